"""Rows of lending."""

from domain.lending.models.books import LoanBook
from domain.lending.models.journal import EventKind, Installment, InstallmentStatus, LoanEvent
from domain.lending.models.loans import Contract, Funding, Loan
from domain.lending.models.papers import Paper, PaperKind, PaperLink
from domain.lending.models.products import LoanProduct, ProductStatus, ProductVersion
from domain.lending.models.quotes import Quote
from domain.lending.models.remittances import Remittance, RemittanceLine
from domain.lending.models.repayments import Allocation, Repayment, RepaymentMethod, RepaymentStatus
from domain.lending.models.simulations import LoanSimulation
from domain.lending.rules.machine import ContractStatus, FundingState, LoanStatus, RemittanceState

__all__ = [
    "Allocation",
    "Contract",
    "ContractStatus",
    "EventKind",
    "Funding",
    "FundingState",
    "Installment",
    "InstallmentStatus",
    "Loan",
    "LoanBook",
    "LoanEvent",
    "LoanProduct",
    "LoanSimulation",
    "LoanStatus",
    "Paper",
    "PaperKind",
    "PaperLink",
    "ProductStatus",
    "ProductVersion",
    "Quote",
    "Remittance",
    "RemittanceLine",
    "RemittanceState",
    "Repayment",
    "RepaymentMethod",
    "RepaymentStatus",
]
