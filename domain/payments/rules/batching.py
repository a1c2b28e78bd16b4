"""Debits in one request: which go together, what an answer says of the batch as such, and when it is asked about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.payments.ports import BatchResult, Capabilities, ErrorKind, PaymentState
from domain.payments.rules.asking import CALL_LIMIT
from domain.shared.machine import Machine

SETTLES = timedelta(hours=2)
"""Channels look at a batch in their own time: before this, "no such batch" is doubt."""

ITEM_AFTER = timedelta(minutes=10)
"""So long after its batch should have been asked about, a debit that is in it is asked about alone."""

MOST = 1000
"""A batch's loans are locked together while it is put together."""


class BatchState(StrEnum):
    """SUBMITTING is committed before the call. UNSENT: the call surely did nothing, and the same one may be made again.

    NOT_SENT: it was given up, and its debits are made alone. DONE: nothing more is asked of the batch as such.
    """

    SUBMITTING = "SUBMITTING"
    UNSENT = "UNSENT"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    DONE = "DONE"
    NOT_SENT = "NOT_SENT"


_B = BatchState

BATCH = Machine(
    "batch",
    {
        _B.SUBMITTING: frozenset({_B.UNSENT, _B.SENT, _B.UNKNOWN, _B.DONE}),
        _B.UNSENT: frozenset({_B.SUBMITTING, _B.SENT, _B.DONE, _B.NOT_SENT}),
        _B.UNKNOWN: frozenset({_B.SENT, _B.DONE}),
        _B.SENT: frozenset({_B.DONE}),
    },
)

OVER = frozenset({_B.DONE, _B.NOT_SENT})

_SAYS_NOTHING = frozenset({PaymentState.UNKNOWN, PaymentState.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Batching:
    """The policy "withholding.batches": {"least": 2, "most": 100}. Fewer debits than `least` are made one by one."""

    least: int
    most: int

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "Batching":
        return cls(int(value["least"]), int(value["most"]))

    def size(self, can: Capabilities) -> int:
        """How many debits may go to a channel at once; 0: they go one by one."""
        most = min(self.most, can.batch_autodebit, MOST)
        return most if most >= max(self.least, 2) else 0


def final_after(can: Capabilities) -> timedelta:
    """How long after a batch was begun the channel's NOT_FOUND of it, or of what is in it, becomes final."""
    return CALL_LIMIT + max(can.query_final_after, SETTLES)


def after_answer(told: BatchResult) -> BatchState:
    """What is known of a batch after the call that sent it. Only the answer itself says that it did nothing."""
    if _says_something(told) or told.error is None:
        return BatchState.SENT
    unsent = told.error.kind is ErrorKind.NOT_EXECUTED and all(item.not_executed for item in told.items.values())
    return BatchState.UNSENT if unsent else BatchState.UNKNOWN


def after_query(state: BatchState, told: BatchResult) -> BatchState:
    """The same after it was asked about. A channel that answers without an error knows the batch."""
    if _says_something(told) or told.error is None:
        return BatchState.SENT
    return BatchState.UNKNOWN if state is BatchState.SUBMITTING else state


def item_ask(batch_ask_at: datetime) -> datetime:
    """When a debit is asked about alone, if its batch is asked about at this time."""
    return batch_ask_at + ITEM_AFTER


def _says_something(told: BatchResult) -> bool:
    return any(item.state not in _SAYS_NOTHING for item in told.items.values())
