"""Passing what borrowers repaid on to the funding parties: a batch a day, sent once, booked once.

Only principal: what the money costs is not agreed with any party yet, so `funders.payable` holds none of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import services as ledger
from domain.ledger.rules.chart import BANK, funder_payable
from domain.lending.events import RemittanceRequested
from domain.lending.models import Remittance, RemittanceLine, RemittanceState
from domain.lending.ports import FundingResult, Remit, RemittanceItem
from domain.lending.ports import FundingState as Told
from domain.lending.queries import remittances as queries
from domain.lending.queries.remittances import Unremitted
from domain.lending.services.funding import IN_FLIGHT
from domain.shared import audit, outbox
from domain.shared.actors import SYSTEM
from domain.shared.asking import next_ask
from domain.shared.callbacks import CallbackRefused
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.money import CURRENCY
from domain.shared.numbers import next_number
from domain.shared.wire import Callback

log = structlog.get_logger()

REMITTED = "funder_remitted"
"""The kind of the transfer."""

_FINAL = (RemittanceState.SUCCEEDED, RemittanceState.FAILED)

_ANSWERS = {
    Told.ACCEPTED: RemittanceState.ACCEPTED,
    Told.SUCCEEDED: RemittanceState.SUCCEEDED,
    Told.FAILED: RemittanceState.FAILED,
}


@dataclass(frozen=True, slots=True)
class Sending:
    """A batch that is to be sent."""

    remittance_id: UUID
    request: Remit


async def gather(session: AsyncSession, *, at: datetime) -> int:
    """Make a batch for each funding party of what was repaid on its loans and not passed on; returns how many.

    A repayment that was taken off its loan again is taken off the next batch. A batch that would not be positive is not
    made: it is carried over to the next day.
    """
    await queries.hold_batches(session)
    made = 0
    for funder, group in groupby(await queries.unremitted(session), key=lambda each: each.funder):
        loans = list(group)
        if sum(each.principal_fen for each in loans) > 0:
            await _request(session, funder, loans, at)
            made += 1
    return made


async def claim(session: AsyncSession, *, remittance_id: UUID, funder: str, at: datetime) -> Sending | None:
    """The request, for whoever sends it first; None if somebody did. Commit before calling the party.

    Raises LookupError when the batch is for another party.
    """
    row = await queries.lock_remittance(session, remittance_id)
    if row.state is not RemittanceState.REQUESTED:
        return None
    if row.funder != funder:
        raise LookupError(f"remittance {row.reference} is for {row.funder}, not for {funder}")
    return await _sending(session, row, at)


async def claim_ask(session: AsyncSession, *, remittance_id: UUID, at: datetime) -> str | None:
    """The reference to ask about, if it is time to; None otherwise. Commit before calling the party."""
    row = await queries.lock_remittance(session, remittance_id)
    if row.ask_at is None or row.ask_at > at:
        return None
    row.asks += 1
    row.ask_at = next_ask(at, row.asks)
    return row.reference


async def claim_again(session: AsyncSession, *, remittance_id: UUID, at: datetime) -> Sending | None:
    """The same batch under the same reference, after the party said that it knows none such.

    None while the one sent before may still be on its way, and once the party has accepted it.
    """
    row = await queries.lock_remittance(session, remittance_id)
    sent = row.state in (RemittanceState.SUBMITTING, RemittanceState.UNKNOWN)
    if not sent or row.submitted_at is None or at - row.submitted_at < IN_FLIGHT:
        return None
    return await _sending(session, row, at)


async def apply_callback(
    session: AsyncSession, callback: Callback[FundingResult], at: datetime, *, provider: str
) -> str:
    """Apply a proven callback. Raises CallbackRefused when its reference is no batch of this party's."""
    row = await queries.remittance_by_reference(session, callback.ref)
    if row is None or row.funder != provider:
        raise CallbackRefused(f"{provider} was never asked about {callback.ref}")
    return await record(session, remittance_id=row.id, result=callback.result, at=at)


async def record(session: AsyncSession, *, remittance_id: UUID, result: FundingResult, at: datetime) -> str:
    """Take down what the party said; the first SUCCEEDED that adds up is booked, once. Says what came of it."""
    row = await queries.lock_remittance(session, remittance_id)
    told, wrong = _made_sure(row, result)
    if row.state in _FINAL:
        return _after_the_fact(session, row, told, at)
    row.reason = wrong
    row.provider_reference = result.provider_ref or row.provider_reference
    if told in _FINAL:
        row.move_to(told)
        row.finished_at, row.ask_at = at, None
        row.reason = "; ".join(result.reasons) or None
    else:
        # ACCEPTED stays ACCEPTED: an ask that failed does not unmake the promise.
        if told is not row.state and row.state is not RemittanceState.ACCEPTED:
            row.move_to(told)
        row.ask_at = next_ask(at, row.asks)
    if told is RemittanceState.SUCCEEDED:
        row.value_date = result.value_date or business_day(at)
        await _post(session, row, at)
    await session.flush()
    return row.state.value


async def _request(session: AsyncSession, funder: str, loans: Sequence[Unremitted], at: datetime) -> None:
    today = business_day(at)
    row = Remittance(
        id=new_id(),
        reference=await next_number(session, "RM", today),
        funder=funder,
        day=today,
        amount_fen=sum(each.principal_fen for each in loans),
        requested_at=at,
        ask_at=next_ask(at, 0),
    )
    session.add(row)
    await session.flush()
    session.add_all(
        RemittanceLine(
            remittance_id=row.id, loan_id=each.loan_id, borrower_id=each.borrower_id, principal_fen=each.principal_fen
        )
        for each in loans
    )
    outbox.publish(session, RemittanceRequested(row.id))
    await session.flush()


async def _sending(session: AsyncSession, row: Remittance, at: datetime) -> Sending:
    if row.state is not RemittanceState.SUBMITTING:
        row.move_to(RemittanceState.SUBMITTING)
    row.submitted_at, row.ask_at = at, next_ask(at, row.asks)
    items = tuple(
        RemittanceItem(loan_number=number, principal_fen=fen, interest_fen=0)
        for number, fen in await queries.items_of(session, row.id)
    )
    return Sending(row.id, Remit(ref=row.reference, day=row.day, items=items))


def _made_sure(row: Remittance, result: FundingResult) -> tuple[RemittanceState, str | None]:
    """What the party told, and why it is not to be believed if it is not. A party need not repeat the sum."""
    told = _ANSWERS.get(result.state, RemittanceState.UNKNOWN)
    took = (row.amount_fen if result.amount_fen is None else result.amount_fen, result.currency or CURRENCY)
    if told is RemittanceState.SUCCEEDED and took != (row.amount_fen, CURRENCY):
        wrong = f"{result.amount_fen} fen {result.currency} taken, {row.amount_fen} {CURRENCY} sent"
        log.error("remittance.mismatch", remittance_id=str(row.id), wrong=wrong)
        return RemittanceState.UNKNOWN, wrong
    return told, None


async def _post(session: AsyncSession, row: Remittance, at: datetime) -> None:
    await ledger.post(
        session,
        source=f"remittance:{row.id}",
        kind=REMITTED,
        value_date=row.value_date or row.day,
        at=at,
        lines=[ledger.debit(funder_payable(row.funder), row.amount_fen), ledger.credit(BANK, row.amount_fen)],
        details={"remittance": row.reference},
    )


def _after_the_fact(session: AsyncSession, row: Remittance, told: RemittanceState, at: datetime) -> str:
    """What is final stands. A contradiction is put on record: the party may hold money that no batch stands for."""
    if told in _FINAL and told is not row.state:
        log.error("remittance.contradiction", remittance_id=str(row.id), stands=row.state, told=told)
        audit.record(
            session,
            actor=SYSTEM,
            action="remittance.contradicted",
            subject=("REMITTANCE", row.id),
            at=at,
            stands=row.state,
            told=told,
        )
        return f"{row.state} stands, {told} was told after it"
    return f"{row.state} already"
