"""The channels for anyone; all orders for the staff."""

from typing import Annotated

import strawberry

from domain.payments import queries
from domain.shared.actors import Role
from domain.shared.paging import Window
from graph.access import anyone, query, staff
from graph.connections import Connection, paged
from graph.context import Info
from graph.paging import listing
from graph.payments.choosing import asked_of, in_order_of_choice
from graph.payments.types import OrderStatus, PaymentChannel, PaymentProduct, RepaymentOrder
from graph.scalars import Fen


@strawberry.input(description="Which orders.")
class RepaymentOrderWhere:
    status: OrderStatus | None = strawberry.field(default=None, description="In this status only.")
    in_doubt: bool = strawberry.field(
        default=False,
        description="Only those of which nobody knows how they stand, and should: their channel told of another sum, or "
        "is past the time when it knows the end. They are asked about daily; a person may call the channel.",
    )


@strawberry.type
class PaymentsQuery:
    @query(
        anyone,
        "The channels that are installed, and whether they can be used. Asked with a sum or a way to pay: those first that "
        "would be taken for it, the one that createRepayment takes by itself before all.",
    )
    async def payment_channels(
        self,
        info: Info,
        amount: Annotated[Fen | None, strawberry.argument(description="A sum to be paid.")] = None,
        product: Annotated[PaymentProduct | None, strawberry.argument(description="A way to pay it.")] = None,
    ) -> list[PaymentChannel]:
        asked = asked_of(info.context, amount, product)
        listings = info.context.house.registry.channels()
        in_order = await in_order_of_choice(info.context, asked, listings)
        return [PaymentChannel.of(listing, asked) for listing in in_order]

    @listing(staff(Role.FINANCE, Role.CASHIER), "What borrowers asked to pay, newest first.")
    async def repayment_orders(
        self,
        info: Info,
        window: Window,
        where: Annotated[RepaymentOrderWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[RepaymentOrder]:
        wanted = where or RepaymentOrderWhere()
        async with info.context.reading() as (_, at):
            listed = queries.listed(status=wanted.status, in_doubt_at=at if wanted.in_doubt else None)
        return await paged(info.context, window, listed, queries.BY_CREATION, RepaymentOrder.of)
