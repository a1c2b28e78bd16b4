"""A collection case as a collector sees it."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain.borrowers.queries import shown as borrowers
from domain.collections import models
from domain.collections.queries import shown
from domain.collections.rules.severity import days_past_due
from domain.collections.services import assigning, guard
from graph.collections.doings import (
    CollectionTask,
    ContactAttempt,
    ContactDecision,
    ContactGuard,
    LocatingContact,
    PaymentPromise,
)
from graph.collections.enums import CaseStatus, CloseReason, ContactChannel, ContactParty
from graph.context import Context, Info
from graph.ids import global_id, read_optional_id
from graph.lending.loading import loan_of
from graph.lending.types import Loan
from graph.loaders import loader
from graph.node import Node, Nodes
from graph.scalars import Fen
from graph.severity import Severity, severity_of
from graph.staff.types import StaffMember


@strawberry.type(description="One overdue loan in collections, from its import to its cure.")
class CollectionCase(Node):
    row: strawberry.Private[models.CollectionCase]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    status: CaseStatus = strawberry.field(description="Whether it is worked on.")
    overdue_since: date = strawberry.field(description="Due date of the oldest installment that is past due.")
    overdue_at_import: Fen = strawberry.field(description="What was past due when the case was opened.")
    imported_at: datetime = strawberry.field(description="When it was opened.")
    assigned_at: datetime | None = strawberry.field(description="When its collector got it.")
    closed_at: datetime | None = strawberry.field(description="When it was closed.")
    close_reason: CloseReason | None = strawberry.field(description="Why it was closed.")

    @classmethod
    def of(cls, row: models.CollectionCase) -> "CollectionCase":
        return cls(
            row=row,
            id=global_id("CollectionCase", row.id),
            number=row.number,
            status=row.status,
            overdue_since=row.overdue_since,
            overdue_at_import=Fen(row.overdue_fen_at_import),
            imported_at=row.imported_at,
            assigned_at=row.assigned_at,
            closed_at=row.closed_at,
            close_reason=row.close_reason,
        )

    @strawberry.field(description="The loan.")
    async def loan(self, info: Info) -> Loan:
        return await loan_of(info.context, self.row.loan_id)

    @strawberry.field(description="Days past due today; 0 once closed.")
    async def days_past_due(self, info: Info) -> int:
        return await _days(info.context, self)

    @strawberry.field(description="How pressing it is today.")
    async def severity(self, info: Info) -> Severity:
        return await severity_of(info.context, await _days(info.context, self))

    @strawberry.field(description="Whose case it is; null: nobody's yet.")
    async def assignee(self, info: Info) -> StaffMember | None:
        return await StaffMember.load(info.context, self.row.assigned_to) if self.row.assigned_to else None

    @strawberry.field(description="The debtor's phone, masked, for the case's collector alone.")
    async def debtor_phone(self, info: Info) -> str | None:
        if not _his(info.context, self):
            return None
        return await loader(info.context, borrowers.phones).load(self.row.borrower_id)

    @strawberry.field(description="What was and is to be done, the newest first.")
    async def tasks(self, info: Info) -> list[CollectionTask]:
        return [CollectionTask.of(row) for row in await loader(info.context, shown.tasks, list).load(self.row.id)]

    @strawberry.field(description="What collectors tried, the newest first.")
    async def attempts(self, info: Info) -> list[ContactAttempt]:
        return [ContactAttempt.of(row) for row in await loader(info.context, shown.attempts, list).load(self.row.id)]

    @strawberry.field(description="What the contact guard said, the newest first.")
    async def decisions(self, info: Info) -> list[ContactDecision]:
        return [ContactDecision.of(row) for row in await loader(info.context, shown.decisions, list).load(self.row.id)]

    @strawberry.field(description="What was promised, the newest first.")
    async def promises(self, info: Info) -> list[PaymentPromise]:
        return [PaymentPromise.of(row) for row in await loader(info.context, shown.promises, list).load(self.row.id)]

    @strawberry.field(
        description="Ask before dialling: whether this contact would be allowed now. Nothing is kept of it; null once closed."
    )
    async def contact_guard(
        self,
        info: Info,
        channel: Annotated[ContactChannel, strawberry.argument(description="By which way.")],
        party: Annotated[ContactParty, strawberry.argument(description="Whom.")],
        contact_id: Annotated[strawberry.ID | None, strawberry.argument(description="Which contact, if known.")] = None,
    ) -> ContactGuard | None:
        async with info.context.reading() as (session, at):
            said = await guard.advise(
                session,
                self.row,
                channel=channel,
                party=party,
                contact_id=read_optional_id("Contact", contact_id, "contactId"),
                at=at,
            )
        return ContactGuard.of(said, info.context.language) if said else None

    @strawberry.field(
        description="Whom the case's collector may ask now where the debtor is; empty unless the guard allows it."
    )
    async def locating_contacts(self, info: Info) -> list[LocatingContact]:
        if not _his(info.context, self):
            return []
        async with info.context.reading() as (session, at):
            return [LocatingContact.of(*found) for found in await guard.locating(session, self.row, at=at)]


async def case_of(context: Context, key: UUID) -> CollectionCase:
    """The case of something the asker may see anyway."""
    return CollectionCase.of(await loader(context, shown.cases).load(key))


async def load_case(context: Context, key: UUID) -> CollectionCase | None:
    """The case, if the asker may see it."""
    row: models.CollectionCase | None = await loader(context, shown.cases).load(key)
    return CollectionCase.of(row) if row is not None and assigning.sees(context.actor, row) else None


async def _days(context: Context, case: CollectionCase) -> int:
    since = case.overdue_since if case.status is CaseStatus.OPEN else None
    return days_past_due(since, await context.today())


def _his(context: Context, case: CollectionCase) -> bool:
    return case.row.assigned_to == context.actor.id


NODES: Nodes = {"CollectionCase": load_case}
