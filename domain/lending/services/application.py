"""Applying for a loan by a confirmed quote, and taking the application back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries.people import lock_active
from domain.credit.models import CreditLine, ReviewSubject
from domain.credit.queries.lines import line_of, lock_line
from domain.credit.services import lines, tasks
from domain.lending.errors import (
    LoanNotCancellable,
    LoanNotFound,
    NoCreditLine,
    PurposeMissing,
)
from domain.lending.models import ContractStatus, Loan, LoanStatus, Quote
from domain.lending.queries.applications import exposure_fen
from domain.lending.queries.contracts import contract_of, lock_contract
from domain.lending.queries.loans import lock_loan
from domain.lending.queries.products import versions_with_products
from domain.lending.rules.exposure import exposure_refusal
from domain.lending.rules.limits import purpose_refusal
from domain.lending.rules.machine import LOAN
from domain.lending.rules.quoting import hold_below, work_out
from domain.lending.services import quotes
from domain.lending.services.parties import must_be_own_card
from domain.lending.services.products import ceiling_on
from domain.lending.services.terms import terms_on
from domain.shared import policy
from domain.shared.days import business_day
from domain.shared.numbers import next_number

LONGEST_PURPOSE = 60


async def apply(
    session: AsyncSession, *, borrower_id: UUID, quote_id: UUID, purpose: str, bank_card_id: UUID, at: datetime
) -> Loan:
    """Apply for the loan of a confirmed quote; its sum is reserved from the credit line until the loan is decided.

    `purpose` is a code such as CONSUMPTION. Raises PurposeMissing, PurposeRefused, QuoteNotFound, -Used, -Expired,
    -NotConfirmed, CostAboveCeiling, BankCardNotUsable, NoCreditLine, ExposureAboveCap, CreditLineNotUsable,
    CreditLineTooSmall, and AccountFrozen or AccountClosed.
    """
    await lock_active(session, borrower_id)
    wanted = await _permitted(session, purpose, at)
    quote = await quotes.usable(session, borrower_id=borrower_id, quote_id=quote_id, at=at)
    await _must_still_be_below_ceiling(session, quote, at)
    await must_be_own_card(session, borrower_id=borrower_id, card_id=bank_card_id)
    line = await _line(session, borrower_id)
    await _must_be_below_cap(session, quote, at)
    loan = Loan(
        number=await next_number(session, "LN", business_day(at)),
        borrower_id=borrower_id,
        product_version_id=quote.product_version_id,
        quote_id=quote.id,
        credit_line_id=line.id,
        bank_card_id=bank_card_id,
        status=LoanStatus.PENDING_REVIEW,
        principal_fen=quote.principal_fen,
        terms=quote.terms,
        purpose=wanted,
        applied_at=at,
        updated_at=at,
    )
    session.add(loan)
    await session.flush()
    await lines.reserve(
        session, line_id=line.id, amount_fen=loan.principal_fen, source=f"loan:{loan.id}:reserve", at=at
    )
    await tasks.open_task(session, kind=ReviewSubject.LOAN, subject_id=loan.id, borrower_id=borrower_id, at=at)
    return loan


async def cancel(session: AsyncSession, *, borrower_id: UUID, loan_id: UUID, at: datetime) -> Loan:
    """The borrower takes his application back, before money is on the way. Raises LoanNotFound, LoanNotCancellable."""
    loan = await lock_loan(session, loan_id)
    if loan.borrower_id != borrower_id:
        raise LoanNotFound
    if not LOAN.allows(loan.status, LoanStatus.CANCELLED):
        raise LoanNotCancellable(number=loan.number, status=loan.status)
    if contract := await contract_of(session, loan.id):
        contract = await lock_contract(session, contract.id)
        if loan.status is LoanStatus.AWAITING_SIGNATURE:
            # He has signed: the loan is made, only its signed document is still being fetched.
            if contract.status is ContractStatus.SIGNED:
                raise LoanNotCancellable(number=loan.number, status=loan.status)
            contract.move_to(ContractStatus.VOID)
            contract.ask_at = None
    await tasks.cancel(session, kind=ReviewSubject.LOAN, subject_id=loan.id, at=at)
    await give_up(session, loan, LoanStatus.CANCELLED, reason="cancelled by the borrower", at=at)
    return loan


async def give_up(session: AsyncSession, loan: Loan, status: LoanStatus, *, reason: str, at: datetime) -> None:
    """End a locked loan that was never paid out: what was reserved for it is free again."""
    loan.move_to(status, at)
    loan.closed_reason = reason
    await lines.release(
        session,
        line_id=loan.credit_line_id,
        amount_fen=loan.principal_fen,
        source=f"loan:{loan.id}:release",
        at=at,
    )


async def _permitted(session: AsyncSession, purpose: str, at: datetime) -> str:
    wanted = purpose.strip()
    if not 0 < len(wanted) <= LONGEST_PURPOSE:
        raise PurposeMissing(longest=LONGEST_PURPOSE, fields=("purpose",))
    refused: list[str] = await policy.value(session, "lending.refused_purposes", on=business_day(at))
    if refusal := purpose_refusal(wanted, refused):
        raise refusal
    return wanted


async def _must_still_be_below_ceiling(session: AsyncSession, quote: Quote, at: datetime) -> None:
    """The ceiling may have come down between quote and application."""
    _, version = (await versions_with_products(session, [quote.product_version_id]))[quote.product_version_id]
    terms = terms_on(version, principal_fen=quote.principal_fen, terms=quote.terms, value_date=quote.value_date)
    hold_below(await ceiling_on(session, business_day(at)), work_out(terms))


async def _line(session: AsyncSession, borrower_id: UUID) -> CreditLine:
    """The borrower's line, locked: two applications at once come here one after the other."""
    line = await line_of(session, borrower_id)
    if line is None:
        raise NoCreditLine
    return await lock_line(session, line.id)


async def _must_be_below_cap(session: AsyncSession, quote: Quote, at: datetime) -> None:
    cap_fen = int(await policy.value(session, "lending.exposure_cap_fen", on=business_day(at)))
    owed_fen = await exposure_fen(session, quote.borrower_id)
    if refusal := exposure_refusal(
        asked_fen=quote.principal_fen, owed_fen=owed_fen, cap_fen=cap_fen, fields=("quoteId",)
    ):
        raise refusal
