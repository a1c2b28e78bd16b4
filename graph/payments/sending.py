"""From an order that was written down to what its borrower does next to pay it."""

from uuid import UUID

from domain.payments import flows
from graph.context import Context
from graph.payments.types import RepaymentOrder


async def sent(context: Context, order_id: UUID, *, payer_id: str | None = None) -> RepaymentOrder:
    """The order once its channel was told of it, within 5 seconds; a repeat tells it nothing again.

    Raises AnotherPaymentLive, WishAlreadyPaid, OrderNotPayable.
    """
    house = context.house
    order = await flows.start(
        house.sessions,
        house.clock,
        house.registry.ready_channels(),
        order_id=order_id,
        client_ip=context.client_ip,
        payer_id=payer_id,
        candidates=house.registry.candidates(),
    )
    return RepaymentOrder.of(order)
