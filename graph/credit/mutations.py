"""Applying for credit, and deciding on it."""

from typing import Annotated

import strawberry

from domain.credit.queries import applications
from domain.credit.services import application, limits, review, tasks
from domain.shared.actors import Role
from graph.access import borrower, mutation, staff
from graph.context import Info
from graph.credit.types import CreditApplication, ReviewTask, ReviewVerdict
from graph.ids import read_id
from graph.problems import Problem
from graph.scalars import Fen
from graph.staff.types import ChangeRequest


@strawberry.input(description="Apply for a credit line with what was told and proved so far.")
class ApplyForCreditInput:
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


@strawberry.input(description="Which task to take.")
class ClaimReviewInput:
    task_id: strawberry.ID = strawberry.field(description="The task.")


@strawberry.input(description="Which task to put back.")
class ReleaseReviewInput:
    task_id: strawberry.ID = strawberry.field(description="The task.")


@strawberry.input(description="What is to be mended, and why.")
class FieldReasonInput:
    field: str = strawberry.field(description='The part or field, such as "employment.position".')
    reason: str = strawberry.field(description="What is wrong with it.")


@strawberry.input(description="A decision on a credit application one has claimed.")
class ReviewCreditApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="The application.")
    verdict: ReviewVerdict = strawberry.field(description="What is decided.")
    reason: str = strawberry.field(description="Why.")
    field_reasons: list[FieldReasonInput] = strawberry.field(
        default_factory=list, description="What to mend, where; needed to return it."
    )


@strawberry.input(description="Another limit for a credit line, asked of a second member of staff.")
class RequestCreditLineChangeInput:
    credit_line_id: strawberry.ID = strawberry.field(description="The line.")
    limit: Fen = strawberry.field(description="The limit it should have.")
    freeze: bool = strawberry.field(default=False, description="Whether no new loan is to be taken from it.")
    reason: str = strawberry.field(description="Why.")


ApplyForCreditResult = Annotated[
    CreditApplication | Problem, strawberry.union("ApplyForCreditResult", description="The application, or why not.")
]
ClaimReviewResult = Annotated[
    ReviewTask | Problem, strawberry.union("ClaimReviewResult", description="The task, or why not.")
]
ReleaseReviewResult = Annotated[
    ReviewTask | Problem, strawberry.union("ReleaseReviewResult", description="The task, or why not.")
]
ReviewCreditApplicationResult = Annotated[
    CreditApplication | Problem,
    strawberry.union("ReviewCreditApplicationResult", description="The application, or why not."),
]
RequestCreditLineChangeResult = Annotated[
    ChangeRequest | Problem,
    strawberry.union("RequestCreditLineChangeResult", description="The change asked for, or why not."),
]


@strawberry.type
class CreditMutation:
    @mutation(borrower, "Apply for a credit line. After a return, apply again: the new one takes its place.")
    async def apply_for_credit(self, info: Info, input: ApplyForCreditInput) -> ApplyForCreditResult:
        async with info.context.once("applyForCredit", input) as (session, at, claim):
            if claim.outcome_id is None:
                made = await application.apply(session, borrower_id=info.context.actor_id, at=at)
                claim.settle("CreditApplication", made.id)
            row = await applications.lock_application(session, claim.done)
            return CreditApplication.of(row)

    @mutation(staff(Role.REVIEWER), "Take a task of the review queue.")
    async def claim_review(self, info: Info, input: ClaimReviewInput) -> ClaimReviewResult:
        async with info.context.transaction() as (session, at):
            task_id = read_id("ReviewTask", input.task_id, "taskId")
            return ReviewTask.of(await tasks.claim(session, actor=info.context.actor, task_id=task_id, at=at))

    @mutation(staff(Role.REVIEWER), "Put a task back.")
    async def release_review(self, info: Info, input: ReleaseReviewInput) -> ReleaseReviewResult:
        async with info.context.transaction() as (session, _):
            task_id = read_id("ReviewTask", input.task_id, "taskId")
            return ReviewTask.of(await tasks.release(session, actor=info.context.actor, task_id=task_id))

    @mutation(staff(Role.REVIEWER), "Decide on a credit application one has claimed.")
    async def review_credit_application(
        self, info: Info, input: ReviewCreditApplicationInput
    ) -> ReviewCreditApplicationResult:
        async with info.context.transaction() as (session, at):
            row = await review.decide(
                session,
                actor=info.context.actor,
                application_id=read_id("CreditApplication", input.application_id, "applicationId"),
                verdict=input.verdict,
                reason=input.reason,
                field_reasons={part.field: part.reason for part in input.field_reasons},
                risk_provider=info.context.house.registry.provider("risk").code,
                at=at,
            )
            return CreditApplication.of(row)

    @mutation(staff(Role.REVIEWER), "Ask for another limit, or a freeze; another member of staff decides.")
    async def request_credit_line_change(
        self, info: Info, input: RequestCreditLineChangeInput
    ) -> RequestCreditLineChangeResult:
        async with info.context.transaction() as (session, at):
            change = await limits.ask(
                session,
                line_id=read_id("CreditLine", input.credit_line_id, "creditLineId"),
                limit_fen=input.limit,
                freeze=input.freeze,
                reason=input.reason,
                by=info.context.actor,
                at=at,
            )
            return ChangeRequest.of(change)
