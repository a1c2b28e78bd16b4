"""The words of collections, each described once."""

from enum import StrEnum

from domain.collections.rules import case, contact, promise, task
from graph.enums import described

CaseStatus = case.CaseStatus
described(CaseStatus, "Whether a case is worked on.", {"OPEN": "The loan is past due.", "CLOSED": "It is over."})
CloseReason = case.CloseReason
described(
    CloseReason,
    "Why a case was closed.",
    {"CURED": "Nothing is past due any more; the loan goes on.", "SETTLED": "The loan is paid off."},
)
TaskKind = task.TaskKind
described(
    TaskKind,
    "What is to be done in a case.",
    {
        "SMS": "The system tells the debtor.",
        "CALL": "A collector calls the debtor.",
        "LOCATE": "A collector asks a contact where the debtor is; the debt is not disclosed.",
    },
    name="CollectionTaskKind",
)
TaskStatus = task.TaskStatus
described(
    TaskStatus,
    "Whether it is still to be done.",
    {"OPEN": "It is.", "DONE": "It was done.", "CANCELLED": "It is no longer needed."},
    name="CollectionTaskStatus",
)
ContactChannel = contact.Channel
described(
    ContactChannel,
    "A way to reach somebody.",
    {"CALL": "By telephone.", "SMS": "By text message.", "VISIT": "At his door."},
    name="ContactChannel",
)
ContactParty = contact.Party
described(
    ContactParty,
    "Who is to be reached.",
    {"DEBTOR": "Who owes.", "CONTACT": "Somebody he named, who may be asked where he is and nothing else."},
    name="ContactParty",
)
ContactOutcome = contact.Outcome
described(
    ContactOutcome,
    "What came of trying.",
    {
        "ANSWERED": "He was spoken with.",
        "PROMISED": "He was spoken with, and promised to pay.",
        "UNANSWERED": "Nobody answered.",
        "INVALID_NUMBER": "There is no such number.",
        "REFUSED_BY_CONTACT": "The contact does not want to be approached, which is final.",
        "SENT": "A message was sent.",
    },
    name="ContactOutcome",
)
PromiseStatus = promise.PromiseStatus
described(
    PromiseStatus,
    "What became of a promise.",
    {
        "OPEN": "Its day is still to come, or not over.",
        "KEPT": "The sum came, or nothing was left to pay.",
        "BROKEN": "Its day went by without.",
    },
)


class CaseSortField(StrEnum):
    OVERDUE_SINCE = "OVERDUE_SINCE"


described(
    CaseSortField,
    "What cases are sorted by.",
    {"OVERDUE_SINCE": "The due date of the oldest installment that is past due."},
    name="CollectionCaseSortField",
)


class SortDirection(StrEnum):
    ASCENDING = "ASCENDING"
    DESCENDING = "DESCENDING"


described(
    SortDirection,
    "Which way a list is sorted.",
    {"ASCENDING": "The earliest first.", "DESCENDING": "The latest first."},
)
