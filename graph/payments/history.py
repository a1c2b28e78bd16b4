"""An order's whole history, for the staff."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from domain.operations.services import order_history
from domain.payments import models
from graph.enums import described
from graph.scalars import Fen

HistoryKind = order_history.EntryKind
described(
    HistoryKind,
    "What an entry of an order's history is.",
    {
        "CREATED": "The order was written down.",
        "ATTEMPT": "A try at the channel was begun.",
        "EXCHANGE": "Something was said to the channel; `facts` hold it and the answer, masked.",
        "NOTICE": "The channel told us; `after` says what we made of it.",
        "CHANGE": "Something was learnt of an attempt.",
        "REPLACED": "It came to nothing, and another order was made instead: `what` is its number.",
        "POSTING": "The books moved; `facts` hold the lines.",
        "PUT_ASIDE": "Money came that is not applied to a loan.",
        "PLACED": "Somebody decided on money that was put aside.",
        "APPLIED": "It was applied to its loan.",
        "REVERSED": "It was taken off its loan again.",
        "REFUND": "Money is to go back.",
        "REFUND_CHANGE": "Something was learnt of a refund.",
        "BILL_LINE": "It stands in a bill of the channel.",
        "DISCREPANCY": "A bill and our books did not agree.",
        "DECIDED": "A discrepancy was resolved.",
        "SETTLED": "The channel's payment to our bank covers it.",
    },
    name="OrderHistoryKind",
)
AnswerSignature = models.Signature
described(
    AnswerSignature,
    "What is known of the signature on what the channel said.",
    {
        "HELD": "It was verified.",
        "BROKEN": "It did not hold; what was said moved nothing.",
        "NOT_SAID": "Nothing came, or what came proved nothing either way.",
    },
    name="AnswerSignature",
)


@strawberry.type(description="One thing that happened to an order.")
class OrderHistoryEntry:
    kind: HistoryKind = strawberry.field(description="What it is.")
    at: datetime = strawberry.field(description="When, by the business clock.")
    subject: str = strawberry.field(description="The number of what it happened to: order, attempt, refund, transfer.")
    source: str | None = strawberry.field(description="Who told us, or did it.")
    what: str | None = strawberry.field(description="The word: an operation, what was told, a finding.")
    before: str | None = strawberry.field(description="What we knew before.")
    after: str | None = strawberry.field(description="What we knew after, or what came of it.")
    amount: Fen | None = strawberry.field(description="The sum it is about.")
    duration_ms: int | None = strawberry.field(description="How long the channel took, in milliseconds.")
    signature: AnswerSignature | None = strawberry.field(description="Of what the channel said.")
    facts: JSON = strawberry.field(
        description="The rest, by name; sums in fen. Masked, but for what the staff wrote: `reason`."
    )

    @classmethod
    def of(cls, entry: order_history.Entry) -> "OrderHistoryEntry":
        return cls(
            kind=entry.kind,
            at=entry.at,
            subject=entry.subject,
            source=entry.source,
            what=entry.what,
            before=entry.before,
            after=entry.after,
            amount=None if entry.amount_fen is None else Fen(entry.amount_fen),
            duration_ms=entry.duration_ms,
            signature=entry.signature,
            facts=JSON(dict(entry.facts)),
        )
