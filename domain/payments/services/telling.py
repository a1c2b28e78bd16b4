"""What observers are told of payments: announced with the change itself, without a word about persons."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.events import PaymentHappened
from domain.payments.models import Mandate, PaymentAttempt, PaymentOrder, Refund, Unplaced
from domain.payments.ports import Happening
from domain.payments.rules.mandates import MandateStatus
from domain.payments.rules.refunding import RefundState
from domain.payments.rules.states import AttemptState, OrderStatus
from domain.payments.services.learning import facts
from domain.shared import outbox
from domain.shared.ids import new_id

_ORDERS: Mapping[OrderStatus, Happening] = {
    OrderStatus.PAID: Happening.ORDER_PAID,
    OrderStatus.MISMATCH: Happening.ORDER_MISMATCH,
    OrderStatus.FAILED: Happening.ORDER_FAILED,
    OrderStatus.CLOSED: Happening.ORDER_CLOSED,
}
_REFUNDS: Mapping[RefundState, Happening] = {
    RefundState.SUCCEEDED: Happening.REFUND_SUCCEEDED,
    RefundState.DECLINED: Happening.REFUND_DECLINED,
}
_MANDATES: Mapping[MandateStatus, Happening] = {
    MandateStatus.ACTIVE: Happening.MANDATE_ACTIVE,
    MandateStatus.SUSPENDED: Happening.MANDATE_SUSPENDED,
    # From then on nothing is debited; that the channel knows it too is not waited for.
    MandateStatus.REVOKING: Happening.MANDATE_REVOKED,
    MandateStatus.REVOKED: Happening.MANDATE_REVOKED,
}


def of_order(session: AsyncSession, order: PaymentOrder, attempt: PaymentAttempt | None, *, at: datetime) -> None:
    """Tell what an order has just become, if that is an end."""
    if what := _ORDERS.get(order.status):
        number = attempt.order_no if attempt else order.number
        _tell(session, what, (order.channel, number), _about(order, attempt), at=at)


def of_attempt(
    session: AsyncSession, order: PaymentOrder, attempt: PaymentAttempt, *, before: AttemptState, at: datetime
) -> None:
    """Tell what an attempt has just become: one that nobody knows about, or money that came after all."""
    if attempt.state is before:
        return
    if attempt.state is AttemptState.UNKNOWN:
        _tell(session, Happening.ATTEMPT_UNKNOWN, (order.channel, attempt.order_no), _about(order, attempt), at=at)
    if attempt.late:
        _tell(session, Happening.ATTEMPT_LATE, (order.channel, attempt.order_no), _about(order, attempt), at=at)


def of_refund(session: AsyncSession, refund: Refund, *, order_no: str, at: datetime) -> None:
    """Tell that a refund is over. `order_no`: of the payment it is of."""
    if what := _REFUNDS.get(refund.state):
        told = facts(refund_no=refund.refund_no, amount_fen=refund.amount_fen, purpose=refund.purpose.value)
        _tell(session, what, (refund.channel, order_no), told, at=at)


def of_mandate(session: AsyncSession, mandate: Mandate, *, before: MandateStatus, at: datetime) -> None:
    """Tell that a mandate can be debited, or no longer can."""
    what = _MANDATES.get(mandate.status)
    if what is not None and what is not _MANDATES.get(before):
        _tell(session, what, (mandate.channel, ""), facts(mandate_no=mandate.mandate_no), at=at)


def of_unplaced(session: AsyncSession, row: Unplaced, *, at: datetime) -> None:
    """Tell that money came that is not applied to a loan."""
    told = facts(amount_fen=row.amount_fen, reason=row.reason.value)
    _tell(session, Happening.MONEY_UNPLACED, (row.channel, row.order_no), told, at=at)


def _about(order: PaymentOrder, attempt: PaymentAttempt | None) -> dict[str, object]:
    return facts(
        order=order.number,
        amount_fen=order.amount_fen,
        received_fen=attempt.received_fen if attempt else None,
        state=attempt.state.value if attempt else None,
        method=order.method.value,
    )


def _tell(
    session: AsyncSession, what: Happening, named: tuple[str, str], told: Mapping[str, object], *, at: datetime
) -> None:
    channel, order_no = named
    outbox.publish(session, PaymentHappened(new_id(), what.value, channel, order_no, at, dict(told)))
