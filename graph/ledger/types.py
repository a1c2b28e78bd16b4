"""Accounts and balances as finance sees them."""

import strawberry

from domain.ledger import models
from domain.ledger.queries import AccountBalance
from graph.enums import described
from graph.scalars import Fen

Side = models.Side
described(
    Side,
    "A side of the books.",
    {
        "DEBIT": "Grows by debits: what we have, what we spent.",
        "CREDIT": "Grows by credits: what we owe, what we earned.",
    },
)
AccountKind = models.AccountKind
described(
    AccountKind,
    "What an account stands for.",
    {
        "ASSET": "What we have or are owed.",
        "LIABILITY": "What we owe.",
        "INCOME": "What we earned.",
        "EXPENSE": "What we spent.",
        "MEMO": "Off balance: interest of loans that no longer count as earning.",
    },
)


@strawberry.type(description="An account of the books and what stands in it.")
class LedgerAccount:
    code: str = strawberry.field(description='The account\'s code, such as "clearing.alipay".')
    name_en: str = strawberry.field(description="Its name in English.")
    name_zh: str = strawberry.field(description="Its name in Chinese.")
    kind: AccountKind = strawberry.field(description="What it stands for.")
    side: Side = strawberry.field(description="The side on which it grows.")
    debit: Fen = strawberry.field(description="All that was ever debited.")
    credit: Fen = strawberry.field(description="All that was ever credited.")
    balance: Fen = strawberry.field(description="What stands in it, counted on its own side.")

    @classmethod
    def of(cls, account: AccountBalance) -> "LedgerAccount":
        return cls(
            code=account.code,
            name_en=account.name_en,
            name_zh=account.name_zh,
            kind=account.kind,
            side=account.side,
            debit=Fen(account.debit_fen),
            credit=Fen(account.credit_fen),
            balance=Fen(account.balance_fen),
        )


@strawberry.type(description="Every account, and both sides of the books.")
class TrialBalance:
    accounts: list[LedgerAccount] = strawberry.field(description="By code.")
    debit: Fen = strawberry.field(description="All debits.")
    credit: Fen = strawberry.field(description="All credits; equal to the debits.")

    @classmethod
    def of(cls, accounts: list[AccountBalance]) -> "TrialBalance":
        return cls(
            accounts=[LedgerAccount.of(account) for account in accounts],
            debit=Fen(sum(account.debit_fen for account in accounts)),
            credit=Fen(sum(account.credit_fen for account in accounts)),
        )
