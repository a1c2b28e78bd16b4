"""What lending announces by the outbox."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LoanDisbursed:
    """The money is with the borrower: the loan runs."""

    topic: ClassVar[str] = "lending.disbursed"
    loan_id: UUID


@dataclass(frozen=True, slots=True)
class LoanProjected:
    """What is owed on a loan was worked out anew, because something happened to it."""

    topic: ClassVar[str] = "lending.projected"
    loan_id: UUID


@dataclass(frozen=True, slots=True)
class LoanRepaid:
    """A payment was applied to a loan."""

    topic: ClassVar[str] = "lending.repaid"
    loan_id: UUID
    repayment_id: UUID


@dataclass(frozen=True, slots=True)
class LoanSettled:
    """Nothing is owed on a loan any more."""

    topic: ClassVar[str] = "lending.settled"
    loan_id: UUID


@dataclass(frozen=True, slots=True)
class LoanApproved:
    """A reviewer passed a loan: its contract is to be sent to be signed."""

    topic: ClassVar[str] = "lending.approved"
    loan_id: UUID


@dataclass(frozen=True, slots=True)
class SignatureReported:
    """The provider says that a contract is signed: the signed document is to be fetched."""

    topic: ClassVar[str] = "lending.signature_reported"
    contract_id: UUID


@dataclass(frozen=True, slots=True)
class ContractSigned:
    """The signed document is here and proven: the money is to be paid out."""

    topic: ClassVar[str] = "lending.contract_signed"
    loan_id: UUID


@dataclass(frozen=True, slots=True)
class FundingRetried:
    """A disbursement that failed is to be tried again, as a new request."""

    topic: ClassVar[str] = "lending.funding_retried"
    loan_id: UUID


@dataclass(frozen=True, slots=True)
class DisbursementFailed:
    """The funding party will not pay this request out; a person decides what comes next."""

    topic: ClassVar[str] = "lending.disbursement_failed"
    loan_id: UUID


@dataclass(frozen=True, slots=True)
class RemittanceRequested:
    """A day's repayments are to be passed on to their funding party."""

    topic: ClassVar[str] = "lending.remittance_requested"
    remittance_id: UUID
