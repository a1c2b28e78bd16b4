"""Promises to pay: their states, and what becomes of one."""

from enum import StrEnum

from domain.shared.machine import Machine


class PromiseStatus(StrEnum):
    """KEPT: by its day the sum came, or nothing was left to pay. BROKEN: its day went by without."""

    OPEN = "OPEN"
    KEPT = "KEPT"
    BROKEN = "BROKEN"


PROMISE = Machine("promise", {PromiseStatus.OPEN: frozenset({PromiseStatus.KEPT, PromiseStatus.BROKEN})})
