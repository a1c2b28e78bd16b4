"""A harmless question that shows whether a channel could work now."""

from datetime import datetime

from domain.payments.ports import Health, PaymentChannel, PaymentRef, PaymentState

NOBODYS_ORDER = "suidaihealth"


async def of(channel: PaymentChannel, at: datetime) -> Health:
    """Ask for an order that cannot be: a proven "not found" proves keys, rights and the way there."""
    told = await channel.query_payment(PaymentRef(NOBODYS_ORDER, at))
    if told.state is PaymentState.NOT_FOUND:
        return Health(ok=True)
    error = told.error
    return Health(ok=False, problem=f"{error.code}: {error.message} {error.provider_code}" if error else told.state)
