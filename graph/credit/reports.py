"""What a bureau and licensed sources said of an applicant, as his reviewer sees it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import DataKind, DataRecord, DataStatus
from domain.borrowers.queries import sources
from domain.credit.services import reports
from graph.enums import described

ReportKind = DataKind
described(
    ReportKind,
    "What was asked for.",
    {
        "CREDIT_REPORT": "The credit report of the bureau (人行征信).",
        "SOCIAL_SECURITY": "Social security.",
        "CARRIER": "The mobile carrier's data.",
        "HOUSING_FUND": "The housing fund.",
        "CREDIT_CARD_BILL": "Credit card bills.",
    },
    name="ReportKind",
)
ReportStatus = DataStatus
described(
    ReportStatus,
    "Where a report stands.",
    {
        "REQUESTED": "It is being asked for.",
        "PENDING": "The source is at it.",
        "READY": "It is there.",
        "REFUSED": "There is none: the source, or the borrower, said no.",
        "UNKNOWN": "Nobody knows; it is asked again.",
    },
    name="ReportStatus",
)

Told = tuple[DataRecord, Mapping[str, int | bool]]


@strawberry.type(description="A figure of a report.")
class ReportFigure:
    name: str = strawberry.field(description='Which one: "score", "owed_fen" (sums are in fen).')
    value: str = strawberry.field(description="The number, or true or false.")


@strawberry.type(description="What one source said of an applicant, by his consent.")
class Report:
    kind: ReportKind = strawberry.field(description="What was asked for.")
    status: ReportStatus = strawberry.field(description="Where it stands.")
    reason: str = strawberry.field(description="Why it was asked for, as the source was told.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    finished_at: datetime | None = strawberry.field(description="When it came, or was refused.")
    refusals: list[str] = strawberry.field(description="Why there is none.")
    figures: list[ReportFigure] = strawberry.field(description="What a decision goes by; for reviewers only.")

    @classmethod
    def of(cls, told: Told, *, whole: bool) -> Self:
        row, figures = told
        return cls(
            kind=row.kind,
            status=row.status,
            reason=row.reason,
            requested_at=row.requested_at,
            finished_at=row.finished_at,
            refusals=list(row.refusals),
            figures=[ReportFigure(name=name, value=str(value).lower()) for name, value in figures.items() if whole],
        )


async def reports_of(session: AsyncSession, application_ids: Sequence[UUID]) -> dict[UUID, list[Told]]:
    """What was said on each of these applications."""
    found = await sources.records_of(session, application_ids)
    return {key: [(row, await reports.features(session, row)) for row in rows] for key, rows in found.items()}
