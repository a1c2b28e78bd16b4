"""What is to be done in a case, what was decided, tried and promised."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain.borrowers.views import ContactView
from domain.collections import models
from domain.collections.queries import shown
from domain.collections.rules.guard import Decision
from domain.collections.services import contacting
from graph.borrowers.enums import Relation
from graph.collections.enums import (
    ContactChannel,
    ContactOutcome,
    ContactParty,
    PromiseStatus,
    TaskKind,
    TaskStatus,
)
from graph.context import Info
from graph.ids import global_id
from graph.loaders import loader
from graph.scalars import Fen

if TYPE_CHECKING:
    from graph.collections.types import CollectionCase

Case = Annotated["CollectionCase", strawberry.lazy("graph.collections.types")]


@strawberry.type(description="Something the strategy wants done in a case.")
class CollectionTask:
    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: TaskKind = strawberry.field(description="What is to be done.")
    status: TaskStatus = strawberry.field(description="Whether it is still to be done.")
    rule: str = strawberry.field(description='The step of the strategy it follows from, such as "CALL:5".')
    priority: int = strawberry.field(description="The higher is done first.")
    on_day: date = strawberry.field(description="The day it was made for.")
    due_at: datetime = strawberry.field(description="By when it should be done.")
    ended_at: datetime | None = strawberry.field(description="When it was done, or was no longer needed.")
    evidence: list[strawberry.ID] = strawberry.field(
        description="Of LOCATE: the attempts that prove that the debtor cannot be reached."
    )

    @classmethod
    def of(cls, row: models.CollectionTask) -> "CollectionTask":
        return cls(
            id=global_id("CollectionTask", row.id),
            kind=row.kind,
            status=row.status,
            rule=row.rule,
            priority=row.priority,
            on_day=row.on_day,
            due_at=row.due_at,
            ended_at=row.ended_at,
            evidence=[global_id("ContactAttempt", UUID(attempt)) for attempt in row.evidence],
        )


@strawberry.type(description="What the guard said of a contact; refusals are kept too.")
class ContactDecision:
    id: strawberry.ID = strawberry.field(description="Its id.")
    channel: ContactChannel = strawberry.field(description="By which way.")
    party: ContactParty = strawberry.field(description="Whom.")
    allowed: bool = strawberry.field(description="Whether it was allowed.")
    rule: str | None = strawberry.field(description='The rule that forbade it, such as "cn_gbt_45251.rest_hours".')
    source: str | None = strawberry.field(description="Where that rule comes from.")
    until: datetime | None = strawberry.field(description="From when the same would have been allowed; null: unknown.")
    at: datetime = strawberry.field(description="When it was decided.")

    @classmethod
    def of(cls, row: models.ContactDecision) -> "ContactDecision":
        return cls(
            id=global_id("ContactDecision", row.id),
            channel=row.channel,
            party=row.party,
            allowed=row.allowed,
            rule=row.rule,
            source=row.source,
            until=row.until,
            at=row.at,
        )


@strawberry.type(description="A collector tried to reach somebody.")
class ContactAttempt:
    key: strawberry.Private[UUID]
    case_key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    channel: ContactChannel = strawberry.field(description="By which way.")
    party: ContactParty = strawberry.field(description="Whom.")
    outcome: ContactOutcome = strawberry.field(description="What came of it.")
    decision_id: strawberry.ID = strawberry.field(description="The guard's decision that allowed it.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: models.ContactAttempt) -> "ContactAttempt":
        return cls(
            key=row.id,
            case_key=row.case_id,
            id=global_id("ContactAttempt", row.id),
            channel=row.channel,
            party=row.party,
            outcome=row.outcome,
            decision_id=global_id("ContactDecision", row.decision_id),
            at=row.at,
        )

    @strawberry.field(description="What the collector wrote down; null if nothing.")
    async def note(self, info: Info) -> str | None:
        return await loader(info.context, shown.notes).load(self.key)

    @strawberry.field(description="The case.")
    async def case(self, info: Info) -> Case:
        from graph.collections.types import case_of  # noqa: PLC0415 - a case and its attempts name each other

        return await case_of(info.context, self.case_key)


@strawberry.type(description="What a debtor said he would pay, and by when.")
class PaymentPromise:
    case_key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    amount: Fen = strawberry.field(description="How much.")
    on: date = strawberry.field(description="By the end of which day.")
    status: PromiseStatus = strawberry.field(description="What became of it.")
    made_at: datetime = strawberry.field(description="When it was made.")
    ended_at: datetime | None = strawberry.field(description="When it was kept or broken.")

    @classmethod
    def of(cls, row: models.PaymentPromise) -> "PaymentPromise":
        return cls(
            case_key=row.case_id,
            id=global_id("PaymentPromise", row.id),
            amount=Fen(row.amount_fen),
            on=row.promised_on,
            status=row.status,
            made_at=row.made_at,
            ended_at=row.ended_at,
        )

    @strawberry.field(description="The case.")
    async def case(self, info: Info) -> Case:
        from graph.collections.types import case_of  # noqa: PLC0415 - a case and its promises name each other

        return await case_of(info.context, self.case_key)


@strawberry.type(description="What the guard would say of a contact now.")
class ContactGuard:
    allowed: bool = strawberry.field(description="Whether it would be allowed.")
    rule: str | None = strawberry.field(description='The rule that forbids it, such as "cn_gbt_45251.rest_hours".')
    source: str | None = strawberry.field(description="Where that rule comes from.")
    until: datetime | None = strawberry.field(description="From when it would be allowed; null: nobody can say.")
    message: str | None = strawberry.field(description="The same as a sentence, by Accept-Language.")

    @classmethod
    def of(cls, said: Decision, language: str) -> "ContactGuard":
        return cls(
            allowed=said.allowed,
            rule=said.rule,
            source=said.source,
            until=said.until,
            message=None if said.allowed else contacting.not_allowed(said).message(language),
        )


@strawberry.type(description="Somebody who may be asked now where the debtor is, and nothing else.")
class LocatingContact:
    id: strawberry.ID = strawberry.field(description="The id; give it to `recordContact`.")
    relation: Relation = strawberry.field(description="What the contact is to the debtor.")
    name: str = strawberry.field(description="The name, masked.")
    phone: str = strawberry.field(description="The phone, masked.")

    @classmethod
    def of(cls, key: UUID, view: ContactView) -> "LocatingContact":
        return cls(id=global_id("Contact", key), relation=view.relation, name=view.name, phone=view.phone)
