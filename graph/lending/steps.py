"""The steps of a loan: its contract, the requests to pay it out, its repayments."""

from datetime import date, datetime

import strawberry

from domain.lending import models
from domain.lending.services.projection import PART_FACTS
from graph.ids import global_id
from graph.lending.enums import (
    ContractStatus,
    FundingState,
    RepaymentIntent,
    RepaymentMethod,
    RepaymentStatus,
)
from graph.scalars import Fen


@strawberry.type(description="The contract of a loan.")
class Contract:
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    status: ContractStatus = strawberry.field(description="Where it stands.")
    signing_url: str | None = strawberry.field(description="The page on which it is signed.")
    document_hash: str = strawberry.field(description="SHA-256 of the document, in hex.")
    disclosure_hash: str = strawberry.field(description="SHA-256 of the disclosure that was confirmed, in hex.")
    signed_document_hash: str | None = strawberry.field(description="SHA-256 of the signed document, in hex.")
    sent_at: datetime | None = strawberry.field(description="When it was sent to be signed.")
    signed_at: datetime | None = strawberry.field(description="When it was signed.")
    expires_at: datetime = strawberry.field(description="Until when it can be signed.")

    @classmethod
    def of(cls, row: models.Contract) -> "Contract":
        return cls(
            id=global_id("Contract", row.id),
            number=row.number,
            status=row.status,
            signing_url=row.signing_url,
            document_hash=row.document_hash.hex(),
            disclosure_hash=row.disclosure_hash.hex(),
            signed_document_hash=row.signed_document_hash.hex() if row.signed_document_hash else None,
            sent_at=row.sent_at,
            signed_at=row.signed_at,
            expires_at=row.expires_at,
        )


@strawberry.type(description="A request to a funding party to pay a loan out.")
class Funding:
    funder: str = strawberry.field(description="Who pays.")
    reference: str = strawberry.field(description="Our reference with them.")
    amount: Fen = strawberry.field(description="How much.")
    state: FundingState = strawberry.field(description="What they have said.")
    value_date: date | None = strawberry.field(description="The day the money counts from.")
    reason: str | None = strawberry.field(description="Why they will not pay.")
    submitted_at: datetime = strawberry.field(description="When they were asked.")

    @classmethod
    def of(cls, row: models.Funding) -> "Funding":
        return cls(
            funder=row.funder,
            reference=row.reference,
            amount=Fen(row.amount_fen),
            state=row.state,
            value_date=row.value_date,
            reason=row.reason,
            submitted_at=row.submitted_at,
        )


@strawberry.type(description="Where the money of a repayment went.")
class RepaymentParts:
    penalty: Fen = strawberry.field(description="To penalty.")
    interest: Fen = strawberry.field(description="To interest.")
    principal: Fen = strawberry.field(description="To principal.")
    fee: Fen = strawberry.field(description="To the fee for paying early.")
    recovery: Fen = strawberry.field(description="To what had been written off.")
    excess: Fen = strawberry.field(description="More than was owed: held for the borrower.")

    @classmethod
    def of(cls, facts: tuple[int, ...]) -> "RepaymentParts":
        """`facts` in the order in which they are stored."""
        return cls(**{name.removesuffix("_fen"): Fen(fen) for name, fen in zip(PART_FACTS, facts, strict=True)})


@strawberry.type(description="A payment applied to a loan.")
class Repayment:
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    amount: Fen = strawberry.field(description="The whole of it.")
    parts: RepaymentParts = strawberry.field(description="Where it went.")
    intent: RepaymentIntent = strawberry.field(description="What it was for.")
    method: RepaymentMethod = strawberry.field(description="How it came.")
    value_date: date = strawberry.field(description="The day it counts on.")
    status: RepaymentStatus = strawberry.field(description="Whether it counts.")
    applied_at: datetime = strawberry.field(description="When it was applied.")

    @classmethod
    def of(cls, row: models.Repayment) -> "Repayment":
        return cls(
            id=global_id("Repayment", row.id),
            number=row.number,
            amount=Fen(row.amount_fen),
            parts=RepaymentParts.of(tuple(getattr(row, name) for name in PART_FACTS)),
            intent=RepaymentIntent(row.intent),
            method=row.method,
            value_date=row.value_date,
            status=row.status,
            applied_at=row.applied_at,
        )


@strawberry.type(description="What one loan contributes to an account of the books.")
class AccountShare:
    code: str = strawberry.field(description="The account's code.")
    net: Fen = strawberry.field(description="Debits less credits.")
