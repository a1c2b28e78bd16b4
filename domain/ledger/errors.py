"""Refusals of the ledger."""

from domain.shared.errors import DomainError


class DayClosed(DomainError):
    code = "DAY_CLOSED"
    english = "The books are closed through {closed}; nothing is booked on {day} any more."
    chinese = "账务已结账至 {closed}，{day} 不能再记账。"


class DayNotOver(DomainError):
    code = "DAY_NOT_OVER"
    english = "{day} is not over yet, so its books cannot be closed."
    chinese = "{day} 尚未结束，不能结账。"
