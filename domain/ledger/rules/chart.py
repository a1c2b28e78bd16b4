"""The chart of accounts: which there are, what they are called, on which side they grow."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """The side on which an account grows, or on which an entry stands."""

    DEBIT = "DEBIT"
    CREDIT = "CREDIT"


class AccountKind(StrEnum):
    """`MEMO` accounts stand off balance, beside the others."""

    ASSET = "ASSET"
    LIABILITY = "LIABILITY"
    INCOME = "INCOME"
    EXPENSE = "EXPENSE"
    MEMO = "MEMO"


_GROWS = {
    AccountKind.ASSET: Side.DEBIT,
    AccountKind.EXPENSE: Side.DEBIT,
    AccountKind.LIABILITY: Side.CREDIT,
    AccountKind.INCOME: Side.CREDIT,
}


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account as the chart has it."""

    code: str
    name_en: str
    name_zh: str
    kind: AccountKind
    side: Side


BANK = "bank.operating"
LOANS_PRINCIPAL = "loans.principal"
LOANS_INTEREST = "loans.interest"
LOANS_PENALTY = "loans.penalty"
SUSPENSE = "suspense.payments"
EXCESS = "borrowers.excess"
INCOME_INTEREST = "income.interest"
INCOME_PENALTY = "income.penalty"
INCOME_FEE = "income.prepayment_fee"
INCOME_RECOVERY = "income.recovery"
CHANNEL_FEES = "expense.channel_fees"
FUNDING_COST = "expense.funding"
WAIVERS = "expense.waivers"
WRITE_OFF = "expense.write_off"
NONACCRUAL = "memo.nonaccrual_interest"
NONACCRUAL_CONTRA = "memo.nonaccrual_contra"

_CLEARING = "clearing."
_FUNDERS = "funders.payable."


def clearing(channel: str) -> str:
    """What a channel holds for us until it settles."""
    return _CLEARING + channel


def funder_payable(funder: str) -> str:
    """What we owe a funding party."""
    return _FUNDERS + funder


def _account(code: str, name_en: str, name_zh: str, kind: AccountKind, side: Side | None = None) -> ChartAccount:
    return ChartAccount(code, name_en, name_zh, kind, side or _GROWS[kind])


def _by_code(*accounts: ChartAccount) -> Mapping[str, ChartAccount]:
    return {account.code: account for account in accounts}


CHART = _by_code(
    _account(BANK, "Operating bank account", "银行存款", AccountKind.ASSET),
    _account(LOANS_PRINCIPAL, "Loans: principal", "贷款本金", AccountKind.ASSET),
    _account(LOANS_INTEREST, "Loans: interest receivable", "应收利息", AccountKind.ASSET),
    _account(LOANS_PENALTY, "Loans: penalty receivable", "应收罚息", AccountKind.ASSET),
    _account(SUSPENSE, "Payments not yet applied", "待处理收款", AccountKind.LIABILITY),
    _account(EXCESS, "Excess held for borrowers", "应退借款人款项", AccountKind.LIABILITY),
    _account(INCOME_INTEREST, "Interest income", "利息收入", AccountKind.INCOME),
    _account(INCOME_PENALTY, "Penalty income", "罚息收入", AccountKind.INCOME),
    _account(INCOME_FEE, "Prepayment fee income", "提前还款手续费收入", AccountKind.INCOME),
    _account(INCOME_RECOVERY, "Recovery after write-off", "已核销贷款收回", AccountKind.INCOME),
    _account(CHANNEL_FEES, "Payment channel fees", "支付渠道手续费", AccountKind.EXPENSE),
    _account(FUNDING_COST, "Funding cost", "资金成本", AccountKind.EXPENSE),
    _account(WAIVERS, "Waivers", "息费减免", AccountKind.EXPENSE),
    _account(WRITE_OFF, "Write-off", "贷款核销损失", AccountKind.EXPENSE),
    _account(NONACCRUAL, "Interest of loans 90 days past due", "表外应收利息", AccountKind.MEMO, Side.DEBIT),
    _account(
        NONACCRUAL_CONTRA, "Contra to interest off balance", "表外应收利息对方科目", AccountKind.MEMO, Side.CREDIT
    ),
)
"""The accounts there are one of. Clearing accounts are opened per channel, payables per funding party."""


def account_named(code: str) -> ChartAccount:
    """The account of that code, in the chart or of one of its families. Raises LookupError for any other."""
    if account := CHART.get(code):
        return account
    if channel := _member(code, _CLEARING):
        return _account(code, f"Clearing: {channel}", f"渠道待清算：{channel}", AccountKind.ASSET)
    if funder := _member(code, _FUNDERS):
        return _account(code, f"Payable to {funder}", f"应付资金方：{funder}", AccountKind.LIABILITY)
    raise LookupError(f"{code!r} is not in the chart of accounts")


def _member(code: str, family: str) -> str | None:
    return code.removeprefix(family) or None if code.startswith(family) else None
