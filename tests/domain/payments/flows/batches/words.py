"""Short names of what is said of batches."""

from domain.payments.rules.states import AttemptState, OrderStatus

A = AttemptState
PAID, FAILED, CLOSED, UNDER_WAY, WAITING = (
    OrderStatus.PAID,
    OrderStatus.FAILED,
    OrderStatus.CLOSED,
    OrderStatus.PROCESSING,
    OrderStatus.CREATED,
)
