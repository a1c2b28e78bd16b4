"""Money that came and is not applied to a loan: the work list, and what a person does with it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain.lending.services import placing
from domain.payments import models, queries
from domain.shared.actors import Role
from domain.shared.paging import Window
from graph.access import mutation, staff
from graph.connections import Connection, paged
from graph.context import Context, Info
from graph.enums import described
from graph.ids import global_id, read_id, read_optional_id
from graph.loaders import loader
from graph.paging import listing
from graph.payments.channels import ready
from graph.payments.enums import Resolution, UnplacedReason
from graph.payments.refunds import Refund
from graph.problems import Problem
from graph.scalars import Fen

if TYPE_CHECKING:
    from graph.lending.types import Loan

UnplacedAction = placing.Action
described(
    UnplacedAction,
    "What to do with money on the work list.",
    {
        "REFUND": "Send it back through its channel.",
        "APPLY": "Apply it to its loan.",
        "CLOSE": "Take it off the list: the books hold nothing of it, and a person has seen to it.",
    },
    name="UnplacedAction",
)


@strawberry.type(description="Money that came and is not applied: it lies in suspense until it goes back or to a loan.")
class UnplacedPayment:
    key: strawberry.Private[UUID]
    loan_key: strawberry.Private[UUID | None]
    id: strawberry.ID = strawberry.field(description="Its id.")
    channel: str = strawberry.field(description="The channel it came by.")
    order_no: str = strawberry.field(description="What the channel knows it by.")
    amount: Fen = strawberry.field(description="What lies in suspense for it.")
    reason: UnplacedReason = strawberry.field(description="Why it is not applied.")
    found_at: datetime = strawberry.field(description="Since when it waits.")
    resolution: Resolution | None = strawberry.field(description="What became of it; null while it waits.")
    resolved_at: datetime | None = strawberry.field(description="When that was.")

    @classmethod
    def of(cls, row: models.Unplaced) -> "UnplacedPayment":
        return cls(
            key=row.id,
            loan_key=row.loan_id,
            id=global_id("UnplacedPayment", row.id),
            channel=row.channel,
            order_no=row.order_no,
            amount=Fen(row.amount_fen),
            reason=row.reason,
            found_at=row.found_at,
            resolution=row.resolution,
            resolved_at=row.resolved_at,
        )

    @classmethod
    async def load(cls, context: Context, key: UUID) -> "UnplacedPayment":
        async with context.reading() as (session, _):
            return cls.of(await queries.unplaced_row(session, key))

    @strawberry.field(description="The loan it was paid for, or applied to; null where nobody knows.")
    async def loan(self, info: Info) -> Annotated["Loan", strawberry.lazy("graph.lending.types")] | None:
        from graph.lending.loading import loan_of  # noqa: PLC0415 - a loan and its payments name each other

        return await loan_of(info.context, self.loan_key) if self.loan_key else None

    @strawberry.field(description="The latest refund of it; null if there was none.")
    async def refund(self, info: Info) -> Refund | None:
        row = await loader(info.context, queries.refunds_of_unplaced).load(self.key)
        return Refund.of(row) if row else None


@strawberry.input(description="Which money.")
class UnplacedPaymentWhere:
    resolved: bool = strawberry.field(
        default=False, description="What was on the list and is not any more; otherwise what waits."
    )


@strawberry.input(description="What to do with money on the work list.")
class ResolveUnplacedPaymentInput:
    unplaced_payment_id: strawberry.ID = strawberry.field(description="The money.")
    action: UnplacedAction = strawberry.field(description="What to do with it.")
    loan_id: strawberry.ID | None = strawberry.field(
        default=None, description="For APPLY: the loan; only where nobody knows for which loan it was paid."
    )
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


ResolveUnplacedPaymentResult = Annotated[
    UnplacedPayment | Problem,
    strawberry.union("ResolveUnplacedPaymentResult", description="The money as it is now, or why not."),
]


@strawberry.type
class UnplacedQuery:
    @listing(
        staff(Role.FINANCE, Role.CASHIER),
        "Money that came and is not applied: the work list, who has waited longest first.",
    )
    async def unplaced_payments(
        self,
        info: Info,
        window: Window,
        where: Annotated[UnplacedPaymentWhere | None, strawberry.argument(description="Which money.")] = None,
    ) -> Connection[UnplacedPayment]:
        listed = queries.unplaced_listed(resolved=where.resolved if where else False)
        return await paged(info.context, window, listed, queries.BY_WAITING, UnplacedPayment.of)


@strawberry.type
class UnplacedMutation:
    @mutation(
        staff(Role.FINANCE, Role.CASHIER),
        "Send money on the work list back, or apply it to a loan. Money that goes back stays on the list until the "
        "channel says that it went.",
    )
    async def resolve_unplaced_payment(
        self, info: Info, input: ResolveUnplacedPaymentInput
    ) -> ResolveUnplacedPaymentResult:
        key = read_id("UnplacedPayment", input.unplaced_payment_id, "unplacedPaymentId")
        async with info.context.once("resolveUnplacedPayment", input) as (session, at, claim):
            if claim.outcome_id is None:
                await placing.resolve(
                    session,
                    unplaced_id=key,
                    action=input.action,
                    loan_id=read_optional_id("Loan", input.loan_id, "loanId"),
                    reason=input.reason,
                    channels=ready(info.context.house),
                    by=info.context.actor,
                    at=at,
                )
                claim.settle("UnplacedPayment", key)
        return await UnplacedPayment.load(info.context, key)
