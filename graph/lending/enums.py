"""The states of lending, described."""

from domain.lending import models
from domain.lending.rules import events
from graph.enums import described

LoanStatus = models.LoanStatus
described(
    LoanStatus,
    "Where a loan stands. Overdue is not a status: see daysPastDue and severity.",
    {
        "PENDING_REVIEW": "Waits for a reviewer.",
        "REJECTED": "A reviewer said no.",
        "CANCELLED": "The borrower took it back.",
        "AWAITING_SIGNATURE": "The contract waits to be signed.",
        "SIGNATURE_EXPIRED": "It was not signed in time.",
        "DISBURSING": "The funding party is paying it out.",
        "DISBURSEMENT_FAILED": "The funding party could not pay it out.",
        "ACTIVE": "It runs.",
        "SETTLED": "Nothing is owed any more.",
        "WRITTEN_OFF": "It was given up in the books.",
    },
)
InstallmentStatus = models.InstallmentStatus
described(
    InstallmentStatus,
    "Where an installment stands.",
    {
        "PENDING": "Not due yet.",
        "DUE": "Due, nothing paid.",
        "PARTIAL": "Due, something paid.",
        "PAID": "Nothing left to pay.",
    },
)
ContractStatus = models.ContractStatus
described(
    ContractStatus,
    "Where a contract stands.",
    {
        "SUBMITTING": "It is being sent to be signed.",
        "SENT": "Its signing page is open.",
        "VIEWED": "Its signing page was opened.",
        "SIGNED": "It is signed.",
        "VOID": "It was declined or taken back.",
        "EXPIRED": "It was not signed in time.",
        "UNKNOWN": "Nobody knows; the provider is asked again.",
    },
)
FundingState = models.FundingState
described(
    FundingState,
    "What the funding party has said.",
    {
        "SUBMITTING": "It is being asked to pay.",
        "ACCEPTED": "It will pay.",
        "SUCCEEDED": "It has paid.",
        "FAILED": "It will not pay.",
        "UNKNOWN": "Nobody knows; it is asked again, never paid twice.",
    },
)
RepaymentMethod = models.RepaymentMethod
described(
    RepaymentMethod,
    "How money came.",
    {
        "ACTIVE": "The borrower paid himself.",
        "WITHHOLDING": "It was withheld from his card.",
        "OFFLINE": "It reached us outside every channel.",
    },
)
RepaymentStatus = models.RepaymentStatus
described(
    RepaymentStatus,
    "Whether a repayment counts.",
    {"APPLIED": "It is applied to the loan.", "REVERSED": "It turned out never to have been."},
)
EventKind = models.EventKind
described(
    EventKind,
    "What happened to a loan.",
    {
        "PAID": "Money was paid.",
        "WAIVED": "Penalty or interest was let go.",
        "REVERSED": "A payment turned out never to have been.",
        "WRITTEN_OFF": "It was given up.",
        "EXCESS_REFUNDED": "What was paid too much was sent back.",
    },
)
RepaymentIntent = events.Intent
described(
    RepaymentIntent,
    "What a payment is for, once everything due is paid.",
    {
        "INSTALLMENT": "The next installments.",
        "PREPAY": "Principal before it is due; the rest of the plan is made anew.",
        "PAYOFF": "Everything: the loan is closed.",
    },
    name="RepaymentIntent",
)
