"""The staff's view of credit."""

from typing import Annotated

import strawberry

from domain.credit.queries import applications, reviews
from domain.shared.actors import Role
from domain.shared.paging import Window
from graph.access import staff
from graph.connections import Connection, paged
from graph.context import Info
from graph.credit.types import ApplicationStatus, CreditApplication, ReviewSubject, ReviewTask
from graph.paging import listing


@strawberry.input(description="Which applications.")
class CreditApplicationWhere:
    status: ApplicationStatus | None = strawberry.field(default=None, description="In this status only.")


@strawberry.input(description="Which tasks.")
class ReviewQueueWhere:
    kind: ReviewSubject | None = strawberry.field(default=None, description="Of this kind only.")
    mine: bool = strawberry.field(default=False, description="Only what I have taken.")


@strawberry.type
class CreditQuery:
    @listing(staff(Role.REVIEWER), "Credit applications, newest first.")
    async def credit_applications(
        self,
        info: Info,
        window: Window,
        where: Annotated[CreditApplicationWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[CreditApplication]:
        listed = applications.listed(status=where.status if where else None)
        return await paged(info.context, window, listed, applications.BY_SUBMISSION, CreditApplication.of)

    @listing(staff(Role.REVIEWER), "What waits for a reviewer; who has waited longest comes first.")
    async def review_queue(
        self,
        info: Info,
        window: Window,
        where: Annotated[ReviewQueueWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[ReviewTask]:
        wanted = where or ReviewQueueWhere()
        listed = reviews.queued(kind=wanted.kind, claimed_by=info.context.actor.id if wanted.mine else None)
        return await paged(info.context, window, listed, reviews.BY_WAITING, ReviewTask.of)
