"""Paying a loan out: asked of its funding party once, believed only when it adds up, never sent twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import CardNotBound
from domain.borrowers.queries.people import box_of
from domain.credit.services import lines
from domain.lending.errors import FundingNotRetryable
from domain.lending.events import DisbursementFailed, FundingRetried
from domain.lending.models import Funding, FundingState, Loan, LoanStatus
from domain.lending.ports import Disburse, FundingResult
from domain.lending.ports import FundingState as Told
from domain.lending.queries.contracts import funder_of, funding_by_reference, live_funding, lock_funding
from domain.lending.queries.contracts import funding as funding_row
from domain.lending.queries.loans import lock_loan, version_of
from domain.lending.rules.plan import make_plan
from domain.lending.services import journal
from domain.lending.services.parties import payee_of, tell
from domain.lending.services.terms import terms_on
from domain.shared import audit, outbox
from domain.shared.actors import SYSTEM, Actor
from domain.shared.asking import next_ask
from domain.shared.callbacks import CallbackRefused
from domain.shared.days import business_day
from domain.shared.money import CURRENCY, yuan
from domain.shared.numbers import next_number
from domain.shared.wire import Callback

log = structlog.get_logger()

IN_FLIGHT = timedelta(seconds=20)
"""So long a request may be on its way: NOT_FOUND is not believed before, or the money could be sent twice."""

_FINAL = (FundingState.SUCCEEDED, FundingState.FAILED)

_ANSWERS = {
    Told.ACCEPTED: FundingState.ACCEPTED,
    Told.SUCCEEDED: FundingState.SUCCEEDED,
    Told.FAILED: FundingState.FAILED,
}


@dataclass(frozen=True, slots=True)
class Sending:
    """A disbursement that is to be sent."""

    funding_id: UUID
    request: Disburse


async def claim(session: AsyncSession, *, loan_id: UUID, funder: str, at: datetime) -> Sending | None:
    """The request, for whoever sends it first; None if somebody did. Commit before calling the party.

    Raises LookupError when `funder` is not the party of the loan's product; MethodUnknown, MethodBroken.
    """
    loan = await lock_loan(session, loan_id)
    if loan.status is not LoanStatus.DISBURSING or await live_funding(session, loan_id) is not None:
        return None
    if (named := await funder_of(session, loan_id)) != funder:
        raise LookupError(f"loan {loan.number} is funded by {named}, not by {funder}")
    await _must_have_a_plan(session, loan, at)
    row = Funding(
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        funder=funder,
        reference=await next_number(session, "FD", business_day(at)),
        amount_fen=loan.principal_fen,
        state=FundingState.SUBMITTING,
        submitted_at=at,
        ask_at=next_ask(at, 0),
        asks=0,
    )
    session.add(row)
    await session.flush()
    return await _sending(session, loan, row, at)


async def _must_have_a_plan(session: AsyncSession, loan: Loan, at: datetime) -> None:
    """Money that went out is not called back: it stays until the loan's method is there. Raises MethodUnknown, -Broken."""
    version = await version_of(session, loan)
    make_plan(terms_on(version, principal_fen=loan.principal_fen, terms=loan.terms, value_date=business_day(at)))


async def claim_ask(session: AsyncSession, *, funding_id: UUID, at: datetime) -> str | None:
    """The reference to ask about, if it is time to; None otherwise. Commit before calling the party."""
    row = await lock_funding(session, funding_id)
    if row.ask_at is None or row.ask_at > at:
        return None
    row.asks += 1
    row.ask_at = next_ask(at, row.asks)
    return row.reference


async def claim_again(session: AsyncSession, *, funding_id: UUID, at: datetime) -> Sending | None:
    """The same request under the same reference, after the party said that it knows none such.

    None while the one sent before may still be on its way, and once the party has accepted it.
    """
    loan, row = await _locked(session, funding_id)
    if row.state not in (FundingState.SUBMITTING, FundingState.UNKNOWN) or at - row.submitted_at < IN_FLIGHT:
        return None
    if row.state is FundingState.UNKNOWN:
        row.move_to(FundingState.SUBMITTING)
    row.submitted_at = at
    return await _sending(session, loan, row, at)


async def retry(session: AsyncSession, *, actor: Actor, loan_id: UUID, at: datetime) -> Loan:
    """Have a failed disbursement tried again, as a new request. Raises LoanNotFound, FundingNotRetryable."""
    loan = await lock_loan(session, loan_id)
    if loan.status is not LoanStatus.DISBURSEMENT_FAILED:
        raise FundingNotRetryable(number=loan.number, status=loan.status)
    loan.move_to(LoanStatus.DISBURSING, at)
    audit.record(session, actor=actor, action="funding.retried", subject=("LOAN", loan.id), at=at)
    outbox.publish(session, FundingRetried(loan.id))
    await session.flush()
    return loan


async def apply_callback(
    session: AsyncSession, callback: Callback[FundingResult], at: datetime, *, provider: str
) -> str:
    """Apply a proven callback. Raises CallbackRefused when its reference is none of this party's."""
    row = await funding_by_reference(session, callback.ref)
    if row is None or row.funder != provider:
        raise CallbackRefused(f"{provider} was never asked to pay {callback.ref} out")
    return await record(session, funding_id=row.id, result=callback.result, at=at)


async def record(session: AsyncSession, *, funding_id: UUID, result: FundingResult, at: datetime) -> str:
    """Take down what the party said; says what came of it. The first SUCCEEDED that adds up pays the loan out, once."""
    loan, row = await _locked(session, funding_id)
    told, wrong = _made_sure(row, loan, result, at)
    late = told is FundingState.SUCCEEDED and await _may_succeed_late(session, loan, row)
    if row.state in _FINAL and not late:
        return _after_the_fact(session, row, told, at)
    row.reason = wrong
    row.provider_reference = result.provider_ref or row.provider_reference
    if result.raw:
        box = await box_of(session, row.borrower_id)
        row.raw_sealed = box.seal_bytes("funding_raw", msgspec.json.encode(result.raw))
    match told:
        case FundingState.SUCCEEDED:
            await _paid_out(session, loan, row, result, at)
        case FundingState.FAILED:
            _failed(session, loan, row, "; ".join(result.reasons) or "no reason given", at)
        case _:
            # ACCEPTED stays ACCEPTED: an ask that failed does not unmake the promise.
            if told is not row.state and row.state is not FundingState.ACCEPTED:
                row.move_to(told)
            row.ask_at = next_ask(at, row.asks)
    await session.flush()
    return row.state.value


async def _paid_out(session: AsyncSession, loan: Loan, row: Funding, result: FundingResult, at: datetime) -> None:
    assert result.value_date is not None  # noqa: S101 - _what_is_wrong
    if loan.status is LoanStatus.DISBURSEMENT_FAILED:
        loan.move_to(LoanStatus.DISBURSING, at)
    row.move_to(FundingState.SUCCEEDED)
    row.value_date, row.finished_at, row.ask_at, row.reason = result.value_date, at, None, None
    await lines.use(
        session, line_id=loan.credit_line_id, amount_fen=loan.principal_fen, source=f"loan:{loan.id}:use", at=at
    )
    await journal.open_loan(session, loan=loan, value_date=result.value_date, at=at)
    await tell(session, loan, "DISBURSED", at=at, amount=yuan(row.amount_fen), due=str(loan.next_due_on))


def _failed(session: AsyncSession, loan: Loan, row: Funding, reason: str, at: datetime) -> None:
    row.move_to(FundingState.FAILED)
    row.reason, row.finished_at, row.ask_at = reason, at, None
    loan.move_to(LoanStatus.DISBURSEMENT_FAILED, at)
    outbox.publish(session, DisbursementFailed(loan.id))


def _made_sure(row: Funding, loan: Loan, result: FundingResult, at: datetime) -> tuple[FundingState, str | None]:
    """What the party told, and why it is not to be believed if it is not."""
    told = _ANSWERS.get(result.state, FundingState.UNKNOWN)
    if told is FundingState.SUCCEEDED and (wrong := _what_is_wrong(row, loan, result, at)):
        log.error("funding.mismatch", funding_id=str(row.id), wrong=wrong)
        return FundingState.UNKNOWN, wrong
    return told, None


def _what_is_wrong(row: Funding, loan: Loan, result: FundingResult, at: datetime) -> str | None:
    """Why a SUCCEEDED does not add up; the money is then asked about until it does, or until a person looks."""
    if result.amount_fen != row.amount_fen or result.currency not in (None, CURRENCY):
        return f"{result.amount_fen} fen {result.currency} paid out, {row.amount_fen} {CURRENCY} asked for"
    if result.value_date is None:
        return "paid out without a value date"
    if not business_day(loan.applied_at) <= result.value_date <= business_day(at):
        return f"paid out with the value date {result.value_date}"
    return None


async def _may_succeed_late(session: AsyncSession, loan: Loan, row: Funding) -> bool:
    """A party that said FAILED and paid after all: the money is out, unless the loan went another way since."""
    waits = loan.status in (LoanStatus.DISBURSEMENT_FAILED, LoanStatus.DISBURSING)
    return row.state is FundingState.FAILED and waits and await live_funding(session, loan.id) is None


def _after_the_fact(session: AsyncSession, row: Funding, told: FundingState, at: datetime) -> str:
    """What is final stands. A contradiction is put on record: money may be out that no loan stands for."""
    if told in _FINAL and told is not row.state:
        log.error("funding.contradiction", funding_id=str(row.id), stands=row.state, told=told)
        audit.record(
            session,
            actor=SYSTEM,
            action="funding.contradicted",
            subject=("LOAN", row.loan_id),
            at=at,
            funding_id=str(row.id),
            stands=row.state,
            told=told,
        )
        return f"{row.state} stands, {told} was told after it"
    return f"{row.state} already"


async def _locked(session: AsyncSession, funding_id: UUID) -> tuple[Loan, Funding]:
    """The loan, then its funding."""
    loan = await lock_loan(session, (await funding_row(session, funding_id)).loan_id)
    return loan, await lock_funding(session, funding_id)


async def _sending(session: AsyncSession, loan: Loan, row: Funding, at: datetime) -> Sending | None:
    """What is to be sent; None, and the funding has failed, if the card was unbound since the application."""
    try:
        account = await payee_of(session, loan)
    except CardNotBound:
        _failed(session, loan, row, "the bank card is not bound any more", at)
        return None
    request = Disburse(
        ref=row.reference,
        loan_number=loan.number,
        amount_fen=row.amount_fen,
        account=account,
        purpose=loan.purpose,
    )
    return Sending(row.id, request)
