"""A mandate: what the borrower agreed to, what he does next to sign it, where it stands."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import BankCard as CardRow
from domain.borrowers.queries.cards import cards_by_id
from domain.payments import models, queries
from domain.payments.ports import SmsSent, actions, mandate_action_from_json
from domain.payments.rules import mandates as rules
from graph.access import check
from graph.borrowers.proofs import BankCard
from graph.context import Context, Info
from graph.enums import described
from graph.ids import global_id
from graph.loaders import loader
from graph.node import Node, Nodes
from graph.owning import SEES_BORROWERS, himself_or, owner_of
from graph.payments.types import HtmlFormAction, RedirectAction
from graph.scalars import Fen

MandateStatus = rules.MandateStatus
described(
    MandateStatus,
    "Where a mandate stands. Only an ACTIVE one is debited.",
    {
        "REQUESTED": "The channel is being asked.",
        "AWAITING_CODE": "The borrower received a code: `confirmMandate`.",
        "AWAITING_PAGE": "The borrower signs on the channel's page.",
        "CONFIRMING": "The code is being checked.",
        "PROCESSING": "The channel is at it.",
        "UNKNOWN": "Nobody knows; the channel is asked.",
        "ACTIVE": "What falls due is debited.",
        "SUSPENDED": "A debit was refused for good: revoke it and sign a new one.",
        "REVOKING": "Revoked; the channel is being told. Nothing is debited any more.",
        "REVOKED": "Revoked.",
        "DECLINED": "It came to nothing.",
        "EXPIRED": "It was not signed in time, or its own time is over.",
    },
)
MandateRefusal = rules.MandateRefusal
described(
    MandateRefusal,
    "Why a mandate came to nothing.",
    {
        "DECLINED": "The channel said no.",
        "WRONG_CODE": "Too many wrong codes.",
        "NOT_REACHED": "The channel never had it.",
        "NO_ANSWER": "The channel never said what became of it.",
    },
)


@strawberry.type(description="A code was sent to this phone: `confirmMandate`.")
class SmsSentAction:
    phone: str = strawberry.field(description="The phone, masked.")


MandateAction = Annotated[
    SmsSentAction | RedirectAction | HtmlFormAction,
    strawberry.union("MandateAction", description="What the borrower does next to sign."),
]


@strawberry.type(description="A borrower's permission to debit him for whatever falls due on his loans (代扣).")
class Mandate(Node):
    key: strawberry.Private[UUID]
    card_key: strawberry.Private[UUID | None]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    status: MandateStatus = strawberry.field(description="Where it stands.")
    channel: str = strawberry.field(description="The channel's code.")
    cap: Fen = strawberry.field(description="The most a single debit takes.")
    terms: str = strawberry.field(description="What is agreed by signing, word for word.")
    terms_hash: str = strawberry.field(description="The SHA-256 of the terms, in hexadecimal.")
    action: MandateAction | None = strawberry.field(
        description="What to do next to sign; null when it is not one's turn."
    )
    account: str | None = strawberry.field(description="The account that is debited, masked, once signed.")
    bank: str | None = strawberry.field(description="The bank, where the channel says it.")
    valid_to: date | None = strawberry.field(description="The last day on which it holds; null: until revoked.")
    refusal: MandateRefusal | None = strawberry.field(description="Why it came to nothing.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    signed_at: datetime | None = strawberry.field(description="Since when it can be debited.")
    revoked_at: datetime | None = strawberry.field(description="Since when it is not any more.")

    @classmethod
    def of(cls, row: models.Mandate) -> "Mandate":
        return cls(
            key=row.id,
            card_key=row.bank_card_id,
            id=global_id("Mandate", row.id),
            number=row.number,
            status=row.status,
            channel=row.channel,
            cap=Fen(row.cap_fen),
            terms=row.terms,
            terms_hash=row.terms_sha256.hex(),
            action=_shown(mandate_action_from_json(row.action)) if row.action else None,
            account=row.account_masked,
            bank=row.bank,
            valid_to=row.valid_to,
            refusal=row.refusal,
            created_at=row.created_at,
            signed_at=row.signed_at,
            revoked_at=row.revoked_at,
        )

    @strawberry.field(description="The card that is debited; null: the account one signs with at the channel.")
    async def bank_card(self, info: Info) -> BankCard | None:
        row = await loader(info.context, _cards).load(self.card_key) if self.card_key else None
        return BankCard.of(row) if row else None


def _shown(action: actions.MandateAction) -> MandateAction:
    match action:
        case SmsSent(phone_masked):
            return SmsSentAction(phone=phone_masked)
        case actions.RedirectUrl(url):
            return RedirectAction(url=url)
        case actions.HtmlForm(html):
            return HtmlFormAction(html=html)


async def _cards(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, CardRow]:
    return await cards_by_id(session, keys)


async def _mandates(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, models.Mandate]:
    return await queries.mandates_by_id(session, keys)


async def load_mandate(context: Context, key: UUID) -> Mandate | None:
    """The mandate, if the asker may see it: his own, or whomever's for staff who may look at a borrower."""
    check(context, himself_or(*SEES_BORROWERS))
    row = await loader(context, _mandates).load(key)
    return Mandate.of(row) if row and owner_of(context.actor) in (None, row.borrower_id) else None


NODES: Nodes = {"Mandate": load_mandate}
