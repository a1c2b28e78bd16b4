"""Every select on the tables of payments, by topic. The order of locks is loan, order, attempt, refund, ledger."""

from domain.payments.queries.attempts import (
    attempt_numbered,
    attempts_of,
    changes_by_attempt,
    changes_of,
    channel_of,
    due_asks,
    exchanges_of,
    lock_attempt,
    long_open,
    open_attempt,
)
from domain.payments.queries.notices import (
    unread_notices,
)
from domain.payments.queries.orders import (
    BY_CREATION,
    listed,
    lock_loan,
    lock_order,
    order_of,
    orders_by_id,
    orders_by_loan,
    paid_of_wish,
    rivals,
    unsent_orders,
)
from domain.payments.queries.worklist import (
    BY_WAITING,
    unplaced,
    unplaced_listed,
    unplaced_of,
)

__all__ = [
    "BY_CREATION",
    "BY_WAITING",
    "attempt_numbered",
    "attempts_of",
    "changes_by_attempt",
    "changes_of",
    "channel_of",
    "due_asks",
    "exchanges_of",
    "listed",
    "lock_attempt",
    "lock_loan",
    "lock_order",
    "long_open",
    "open_attempt",
    "order_of",
    "orders_by_id",
    "orders_by_loan",
    "paid_of_wish",
    "rivals",
    "unplaced",
    "unplaced_listed",
    "unplaced_of",
    "unread_notices",
    "unsent_orders",
]
