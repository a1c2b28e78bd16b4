"""A collection case as a collector sees it."""

from datetime import date, datetime
from uuid import UUID

import strawberry

from domain.collections import models, rules
from graph.context import Context, Info
from graph.enums import described
from graph.ids import global_id
from graph.lending.loading import loan_of
from graph.lending.types import Loan
from graph.scalars import Fen
from graph.severity import Severity, severity_of

CaseStatus = rules.CaseStatus
described(CaseStatus, "Whether a case is worked on.", {"OPEN": "The loan is past due.", "CLOSED": "It is over."})
CloseReason = rules.CloseReason
described(
    CloseReason,
    "Why a case was closed.",
    {"CURED": "Nothing is past due any more; the loan goes on.", "SETTLED": "The loan is paid off."},
)


@strawberry.type(description="One overdue loan in collections, from its import to its cure.")
class CollectionCase:
    key: strawberry.Private[UUID]
    loan_key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    status: CaseStatus = strawberry.field(description="Whether it is worked on.")
    overdue_since: date = strawberry.field(description="Due date of the oldest installment that is past due.")
    overdue_at_import: Fen = strawberry.field(description="What was past due when the case was opened.")
    imported_at: datetime = strawberry.field(description="When it was opened.")
    closed_at: datetime | None = strawberry.field(description="When it was closed.")
    close_reason: CloseReason | None = strawberry.field(description="Why it was closed.")

    @classmethod
    def of(cls, row: models.CollectionCase) -> "CollectionCase":
        return cls(
            key=row.id,
            loan_key=row.loan_id,
            id=global_id("CollectionCase", row.id),
            number=row.number,
            status=row.status,
            overdue_since=row.overdue_since,
            overdue_at_import=Fen(row.overdue_fen_at_import),
            imported_at=row.imported_at,
            closed_at=row.closed_at,
            close_reason=row.close_reason,
        )

    @strawberry.field(description="The loan.")
    async def loan(self, info: Info) -> Loan:
        return await loan_of(info.context, self.loan_key)

    @strawberry.field(description="Days past due today; 0 once closed.")
    async def days_past_due(self, info: Info) -> int:
        return await _days(info.context, self)

    @strawberry.field(description="How pressing it is today.")
    async def severity(self, info: Info) -> Severity:
        return await severity_of(info.context, await _days(info.context, self))


async def _days(context: Context, case: CollectionCase) -> int:
    since = case.overdue_since if case.status is rules.CaseStatus.OPEN else None
    return rules.days_past_due(since, await context.today())
