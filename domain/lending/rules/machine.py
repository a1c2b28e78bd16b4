"""The states of a loan, of its contract and of its funding, and which may follow which."""

from enum import StrEnum

from domain.shared.machine import Machine


class LoanStatus(StrEnum):
    """SM2 in the API's words. Overdue is derived, not a status."""

    PENDING_REVIEW = "PENDING_REVIEW"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    AWAITING_SIGNATURE = "AWAITING_SIGNATURE"
    SIGNATURE_EXPIRED = "SIGNATURE_EXPIRED"
    DISBURSING = "DISBURSING"
    DISBURSEMENT_FAILED = "DISBURSEMENT_FAILED"
    ACTIVE = "ACTIVE"
    SETTLED = "SETTLED"
    WRITTEN_OFF = "WRITTEN_OFF"


class ContractStatus(StrEnum):
    """SM3. `SUBMITTING` and `UNKNOWN` are asked about by our reference."""

    SUBMITTING = "SUBMITTING"
    SENT = "SENT"
    VIEWED = "VIEWED"
    SIGNED = "SIGNED"
    VOID = "VOID"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


class FundingState(StrEnum):
    """SM7. Never sent twice: SUBMITTING and UNKNOWN are asked about by our reference."""

    SUBMITTING = "SUBMITTING"
    ACCEPTED = "ACCEPTED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class RemittanceState(StrEnum):
    """A day's repayments on their way to the funding party. Never sent twice: asked about by our reference."""

    REQUESTED = "REQUESTED"
    SUBMITTING = "SUBMITTING"
    ACCEPTED = "ACCEPTED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


_S, _C, _F, _R = LoanStatus, ContractStatus, FundingState, RemittanceState

LOAN = Machine(
    "loan",
    {
        _S.PENDING_REVIEW: frozenset({_S.AWAITING_SIGNATURE, _S.REJECTED, _S.CANCELLED}),
        _S.AWAITING_SIGNATURE: frozenset({_S.DISBURSING, _S.SIGNATURE_EXPIRED, _S.CANCELLED}),
        _S.DISBURSING: frozenset({_S.ACTIVE, _S.DISBURSEMENT_FAILED}),
        _S.DISBURSEMENT_FAILED: frozenset({_S.DISBURSING, _S.CANCELLED}),
        _S.ACTIVE: frozenset({_S.SETTLED, _S.WRITTEN_OFF}),
        # A reversed payment opens a loan again, or shows that something was given up.
        _S.SETTLED: frozenset({_S.ACTIVE, _S.WRITTEN_OFF}),
        # A payment of an earlier day came to light: nothing was owed when the loan was given up.
        _S.WRITTEN_OFF: frozenset({_S.SETTLED}),
    },
)

PAID_OUT = frozenset({_S.ACTIVE, _S.SETTLED, _S.WRITTEN_OFF})
"""Its money went out."""

TAKES_MONEY = frozenset({_S.ACTIVE, _S.WRITTEN_OFF})
"""A payment is applied to such a loan: to what it owes, or as recovery."""

OWED = frozenset({_S.PENDING_REVIEW, _S.AWAITING_SIGNATURE, _S.DISBURSING, _S.DISBURSEMENT_FAILED})
"""Not paid out yet and not over: the whole principal counts as what the borrower may come to owe."""

_OVER = frozenset({_C.SIGNED, _C.VOID, _C.EXPIRED})

CONTRACT = Machine(
    "contract",
    {
        _C.SUBMITTING: frozenset({_C.SENT, _C.VIEWED, _C.UNKNOWN}) | _OVER,
        # Back to SUBMITTING only when the provider says that it never saw our reference.
        _C.UNKNOWN: frozenset({_C.SUBMITTING, _C.SENT, _C.VIEWED}) | _OVER,
        _C.SENT: frozenset({_C.VIEWED}) | _OVER,
        _C.VIEWED: _OVER,
    },
)

FUNDING = Machine(
    "funding",
    {
        _F.SUBMITTING: frozenset({_F.ACCEPTED, _F.SUCCEEDED, _F.FAILED, _F.UNKNOWN}),
        _F.UNKNOWN: frozenset({_F.SUBMITTING, _F.ACCEPTED, _F.SUCCEEDED, _F.FAILED}),
        _F.ACCEPTED: frozenset({_F.SUCCEEDED, _F.FAILED}),
        # A party that said FAILED and then paid: the money is out, so the loan is.
        _F.FAILED: frozenset({_F.SUCCEEDED}),
    },
)

REMITTANCE = Machine(
    "remittance",
    {
        _R.REQUESTED: frozenset({_R.SUBMITTING}),
        _R.SUBMITTING: frozenset({_R.ACCEPTED, _R.SUCCEEDED, _R.FAILED, _R.UNKNOWN}),
        # Back to SUBMITTING only when the party says that it never saw our reference.
        _R.UNKNOWN: frozenset({_R.SUBMITTING, _R.ACCEPTED, _R.SUCCEEDED, _R.FAILED}),
        _R.ACCEPTED: frozenset({_R.SUCCEEDED, _R.FAILED}),
    },
)
