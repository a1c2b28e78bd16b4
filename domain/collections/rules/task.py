"""What is to be done in a case: the kinds of tasks, their states, and which may follow which."""

from enum import StrEnum

from domain.shared.machine import Machine


class TaskKind(StrEnum):
    """SMS: the system tells the debtor. CALL: a person calls him. LOCATE: a person asks a contact where he is, no more."""

    SMS = "SMS"
    CALL = "CALL"
    LOCATE = "LOCATE"


class TaskStatus(StrEnum):
    OPEN = "OPEN"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


TASK = Machine("collection task", {TaskStatus.OPEN: frozenset({TaskStatus.DONE, TaskStatus.CANCELLED})})
