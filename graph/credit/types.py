"""What borrowers and reviewers see of credit."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit import models
from domain.credit.queries import applications, lines, reviews, risk
from domain.shared.actors import ActorKind, Role
from graph.access import check
from graph.context import Context, Info
from graph.credit.reports import Report, reports_of
from graph.enums import described
from graph.ids import global_id
from graph.loaders import loader
from graph.node import Node
from graph.owning import SEES_BORROWERS, himself_or, owner_of
from graph.scalars import Fen

ApplicationStatus = models.ApplicationStatus
described(
    ApplicationStatus,
    "Where a credit application stands.",
    {
        "DRAFT": "Not yet submitted.",
        "SUBMITTED": "Waits for a reviewer.",
        "RETURNED": "To be mended and submitted again.",
        "REJECTED": "A reviewer said no.",
        "RISK_PENDING": "The risk engine is at it.",
        "RISK_REJECTED": "The risk engine said no.",
        "APPROVED": "There is a credit line.",
        "EXPIRED": "It was not decided in time.",
    },
)
ReviewVerdict = models.ReviewVerdict
described(
    ReviewVerdict,
    "What a reviewer decides.",
    {"APPROVED": "It passes.", "RETURNED": "It is to be mended.", "REJECTED": "It does not pass."},
)
ReviewSubject = models.ReviewSubject
described(
    ReviewSubject,
    "What is reviewed.",
    {"CREDIT_APPLICATION": "A credit application.", "LOAN": "A loan application."},
)
ReviewTaskStatus = models.ReviewTaskStatus
described(
    ReviewTaskStatus,
    "Where a review task stands.",
    {
        "OPEN": "Nobody has taken it.",
        "CLAIMED": "A reviewer has taken it.",
        "DONE": "It is decided.",
        "CANCELLED": "It is no longer wanted.",
    },
)
CreditLineStatus = models.CreditLineStatus
described(
    CreditLineStatus,
    "Whether one can borrow from a line.",
    {
        "ACTIVE": "Yes, up to what is available.",
        "FROZEN": "No new loans.",
        "EXPIRED": "Its time is over.",
        "CLOSED": "Another line took its place.",
    },
)
RiskStatus = models.RiskStatus
described(
    RiskStatus,
    "What the risk engine has said.",
    {
        "SUBMITTING": "It is being asked.",
        "PENDING": "It is thinking.",
        "APPROVED": "Yes, with a limit.",
        "REJECTED": "No.",
        "UNKNOWN": "Nobody knows; it is asked again.",
    },
)


@strawberry.type(description="What is to be mended, and why.")
class FieldReason:
    field: str = strawberry.field(description='The part or field, such as "employment.position".')
    reason: str = strawberry.field(description="What is wrong with it.")


@strawberry.type(description="What a reviewer decided.")
class Review:
    verdict: ReviewVerdict = strawberry.field(description="What was decided.")
    reason: str = strawberry.field(description="Why.")
    field_reasons: list[FieldReason] = strawberry.field(description="What to mend, where.")
    decided_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: models.ReviewDecision) -> "Review":
        return cls(
            verdict=row.verdict,
            reason=row.reason,
            field_reasons=[FieldReason(field=name, reason=why) for name, why in sorted(row.field_reasons.items())],
            decided_at=row.decided_at,
        )


@strawberry.type(description="What the risk engine said of an application.")
class RiskDecision:
    status: RiskStatus = strawberry.field(description="What it said.")
    score: int | None = strawberry.field(description="Its score.")
    limit: Fen | None = strawberry.field(description="The limit it would give.")
    reasons: list[str] = strawberry.field(description="Why it said no.")
    decided_at: datetime | None = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: models.RiskDecision) -> "RiskDecision":
        return cls(
            status=row.status,
            score=row.score,
            limit=None if row.limit_fen is None else Fen(row.limit_fen),
            reasons=[str(reason) for reason in row.reasons],
            decided_at=row.decided_at,
        )


@strawberry.type(description="A request for a credit line.")
class CreditApplication(Node):
    key: strawberry.Private[UUID]
    supersedes_key: strawberry.Private[UUID | None]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    status: ApplicationStatus = strawberry.field(description="Where it stands.")
    submitted_at: datetime = strawberry.field(description="When it was submitted.")
    decided_at: datetime | None = strawberry.field(description="When it was decided for good.")

    @classmethod
    def of(cls, row: models.CreditApplication) -> "CreditApplication":
        return cls(
            key=row.id,
            supersedes_key=row.supersedes_id,
            id=global_id("CreditApplication", row.id),
            number=row.number,
            status=row.status,
            submitted_at=row.submitted_at,
            decided_at=row.decided_at,
        )

    @strawberry.field(description="Id of the returned application whose place it takes.")
    def supersedes(self) -> strawberry.ID | None:
        return global_id("CreditApplication", self.supersedes_key) if self.supersedes_key else None

    @strawberry.field(description="What the reviewer decided; null until then.")
    async def review(self, info: Info) -> Review | None:
        row = await loader(info.context, _application_reviews).load(self.key)
        return Review.of(row) if row else None

    @strawberry.field(description="What the risk engine said; for staff only.")
    async def risk(self, info: Info) -> RiskDecision | None:
        if info.context.actor.kind is not ActorKind.STAFF:
            return None
        row = await loader(info.context, risk.decisions_of).load(self.key)
        return RiskDecision.of(row) if row else None

    @strawberry.field(description="What the bureau and other sources were asked; the figures are for reviewers only.")
    async def reports(self, info: Info) -> list[Report]:
        whole = info.context.actor.has(Role.REVIEWER)
        return [Report.of(told, whole=whole) for told in await loader(info.context, reports_of).load(self.key)]


@strawberry.type(description="How much a borrower may owe at once.")
class CreditLine(Node):
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    status: CreditLineStatus = strawberry.field(description="Whether one can borrow from it.")
    limit: Fen = strawberry.field(description="The whole of it.")
    used: Fen = strawberry.field(description="Principal that is lent and not yet paid back.")
    reserved: Fen = strawberry.field(description="Held back for loans that are applied for.")
    available: Fen = strawberry.field(description="What is left.")
    expires_on: date = strawberry.field(description="Its last day.")
    granted_at: datetime = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, row: models.CreditLine) -> "CreditLine":
        return cls(
            key=row.id,
            id=global_id("CreditLine", row.id),
            number=row.number,
            status=row.status,
            limit=Fen(row.limit_fen),
            used=Fen(row.used_fen),
            reserved=Fen(row.reserved_fen),
            available=Fen(row.available_fen),
            expires_on=row.expires_on,
            granted_at=row.granted_at,
        )


@strawberry.type(description="Something in the review queue.")
class ReviewTask:
    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: ReviewSubject = strawberry.field(description="What is reviewed.")
    subject_id: strawberry.ID = strawberry.field(description="Id of the application or the loan.")
    status: ReviewTaskStatus = strawberry.field(description="Where it stands.")
    claimed_by: strawberry.ID | None = strawberry.field(description="Who took it.")
    opened_at: datetime = strawberry.field(description="Since when it waits.")

    @classmethod
    def of(cls, row: models.ReviewTask) -> "ReviewTask":
        return cls(
            id=global_id("ReviewTask", row.id),
            kind=row.subject_kind,
            subject_id=global_id(_SUBJECTS[row.subject_kind], row.subject_id),
            status=row.status,
            claimed_by=global_id("StaffMember", row.claimed_by) if row.claimed_by else None,
            opened_at=row.opened_at,
        )


_SUBJECTS = {models.ReviewSubject.CREDIT_APPLICATION: "CreditApplication", models.ReviewSubject.LOAN: "Loan"}


async def _application_reviews(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, models.ReviewDecision]:
    return await reviews.decisions_on(session, models.ReviewSubject.CREDIT_APPLICATION, keys)


async def loan_reviews(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, models.ReviewDecision]:
    return await reviews.decisions_on(session, models.ReviewSubject.LOAN, keys)


async def load_application(context: Context, key: UUID) -> CreditApplication | None:
    """The application, if the asker may see it."""
    check(context, himself_or(*SEES_BORROWERS))
    async with context.reading() as (session, _):
        row = await applications.application(session, key)
    if row is None or owner_of(context.actor) not in (None, row.borrower_id):
        return None
    return CreditApplication.of(row)


async def load_line(context: Context, key: UUID) -> CreditLine | None:
    """The line, if the asker may see it."""
    check(context, himself_or(*SEES_BORROWERS))
    async with context.reading() as (session, _):
        row = await lines.line(session, key)
    if row is None or owner_of(context.actor) not in (None, row.borrower_id):
        return None
    return CreditLine.of(row)


NODES = {"CreditApplication": load_application, "CreditLine": load_line}
