"""The withholding run (代扣): what is due on running loans is debited under their borrowers' mandates, by the clock."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import MethodUnusable
from domain.lending.models import Loan
from domain.lending.queries import withholding as queries
from domain.lending.queries.loans import lock_loan
from domain.lending.rules.machine import LoanStatus
from domain.lending.rules.position import Position
from domain.lending.rules.withholding import Hold, Refused, WithholdingRules, hold, moment_of, next_run
from domain.lending.services import journal
from domain.lending.services.parties import tell
from domain.messaging import services as messaging
from domain.payments import queries as payments
from domain.payments.models import Mandate, OrderStatus, PaymentAttempt, PaymentOrder
from domain.payments.ports import ErrorCode
from domain.payments.rules.mandates import ends_mandate
from domain.payments.services import mandates, orders
from domain.payments.services.learning import refusal_of
from domain.shared import policy
from domain.shared.days import business_day, start_of
from domain.shared.money import yuan

log = structlog.get_logger()


class Outcome(StrEnum):
    """What the run did about a loan that owes something."""

    REQUESTED = "requested"
    DONE = "done_before"
    NOTHING_DUE = "nothing_due"
    NO_MANDATE = "no_mandate"
    LONG_PAST_DUE = "long_past_due"
    OVER_CAP = "over_cap"
    LEFT = "left"
    UNDER_WAY = "under_way"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Ran:
    """How many loans by what was done. `after` is where the next part begins; None: no loan is left."""

    figures: dict[str, int]
    after: UUID | None


async def run(session: AsyncSession, *, at: datetime, after: UUID | None = None, limit: int = 100) -> Ran:
    """Request a debit for each loan that owes something due by today, up to `limit` loans, as "withholding.rules" says.

    A loan is debited once per run, so that a part that comes again, or another worker, makes no second one. A run that
    was missed does what is due when it is made up for. In the quiet hours nothing is requested.
    """
    rules = await _rules(session, at)
    if rules.are_quiet(at):
        return Ran({}, None)
    found = await queries.to_withhold(session, today=business_day(at), after=after, limit=limit)
    # All of them first, by id: an order takes the lock on the numbers, for which whoever holds a loan may be waiting.
    loans = [await lock_loan(session, loan_id) for loan_id in found]
    outcomes = Counter([await _withhold_or_leave(session, loan, rules, at) for loan in loans])
    return Ran(
        {str(outcome): number for outcome, number in outcomes.items()}, found[-1] if len(found) == limit else None
    )


async def still_wanted(session: AsyncSession, order: PaymentOrder, at: datetime) -> bool:
    """Whether what a withholding asks for is owed now, as the loan stands; its loan is locked by whoever asks.

    Money that has come and is not applied yet may pay it: then it is not wanted, and the next run sees what is left.
    """
    loan = await session.get_one(Loan, order.loan_id, populate_existing=True)
    if loan.status is not LoanStatus.ACTIVE or (await _rules(session, at)).are_quiet(at):
        return False
    if await queries.has_unapplied(session, loan.id):
        return False
    try:
        return (await _position(session, loan, at)).due_fen >= order.amount_fen
    except MethodUnusable as trouble:
        log.error("withholding.left", loan=loan.number, reason=str(trouble))
        return False


async def declined(session: AsyncSession, *, attempt_id: UUID, at: datetime) -> None:
    """What a refused debit leads to, however we learnt of it: a mandate that is suspended, a borrower who is told.

    Of missing money he is told once for an installment and day.
    """
    attempt = await session.get_one(PaymentAttempt, attempt_id)
    order = await session.get_one(PaymentOrder, attempt.order_id)
    code, retry = refusal_of(attempt.error)
    if order.mandate_id is not None and ends_mandate(code, retry):
        await mandates.suspend(session, mandate_id=order.mandate_id, at=at)
    if code is ErrorCode.INSUFFICIENT_FUNDS:
        await tell(
            session,
            await session.get_one(Loan, order.loan_id),
            "WITHHOLDING_DECLINED",
            at=at,
            about=f"{order.loan_id}:{order.due_on}:{business_day(attempt.submitted_at)}",
            send_after=await messaging.after_quiet(session, at),
            amount=yuan(order.amount_fen),
        )


async def _withhold_or_leave(session: AsyncSession, loan: Loan, rules: WithholdingRules, at: datetime) -> Outcome:
    """A loan of which nobody can say what it owes is left, and holds up no other."""
    try:
        return await _withhold(session, loan, rules, at)
    except MethodUnusable as trouble:
        log.error("withholding.left", loan=loan.number, reason=str(trouble))
        return Outcome.LEFT


async def _withhold(session: AsyncSession, loan: Loan, rules: WithholdingRules, at: datetime) -> Outcome:
    once_key = f"withholding:{loan.id}:{moment_of(at).isoformat()}"
    if await payments.withheld_at(session, once_key):
        return Outcome.DONE
    mandate = await payments.mandate_to_debit(session, loan.borrower_id, business_day(at))
    if mandate is None or mandate.signed_at is None:
        return Outcome.NO_MANDATE
    position = await _position(session, loan, at)
    if outcome := _not_to_take(position, mandate, rules):
        return outcome
    if await _is_under_way(session, loan, at):
        return Outcome.UNDER_WAY
    if reason := await _held(session, loan, mandate.signed_at, rules, at):
        log.info("withholding.held", loan_id=str(loan.id), reason=str(reason))
        return Outcome.HELD
    await orders.create_withholding(
        session,
        mandate=mandate,
        loan_id=loan.id,
        amount_fen=position.due_fen,
        due_on=next(row.due for row in position.rows if row.billed and row.outstanding_fen),
        subject=f"代扣还款 {loan.number}",
        once_key=once_key,
        at=at,
        expires_at=next_run(at),
    )
    return Outcome.REQUESTED


def _not_to_take(position: Position, mandate: Mandate, rules: WithholdingRules) -> Outcome | None:
    if not position.due_fen:
        return Outcome.NOTHING_DUE
    if position.dpd > rules.days_past_due_max:
        return Outcome.LONG_PAST_DUE
    if position.due_fen <= mandate.cap_fen:
        return None
    # A part is not taken either: the borrower agreed to single debits of no more, not to several.
    log.warning("withholding.over_cap", mandate_id=str(mandate.id), due_fen=position.due_fen, cap_fen=mandate.cap_fen)
    return Outcome.OVER_CAP


async def _is_under_way(session: AsyncSession, loan: Loan, at: datetime) -> bool:
    """Whether money may be moving for a loan by a debit, or has come. One that nobody began in its time makes way."""
    under_way = await queries.has_unapplied(session, loan.id)
    for order in await payments.unfinished_withholdings(session, loan.id):
        if order.status is OrderStatus.CREATED and at >= order.expires_at:
            await orders.abandon(session, order_id=order.id, at=at)
        else:
            under_way = True
    return under_way


async def _held(
    session: AsyncSession, loan: Loan, signed_at: datetime, rules: WithholdingRules, at: datetime
) -> Hold | None:
    since = min(signed_at, start_of(business_day(at)))
    refused = [_refused(attempt) for attempt in await payments.declined_debits(session, loan.id, since)]
    paid_at = await payments.paid_himself_at(session, loan.id)
    acted_at = max(signed_at, paid_at or signed_at)
    return hold(refused, at=at, rules=rules, signed_at=signed_at, acted_at=acted_at)


def _refused(attempt: PaymentAttempt) -> Refused:
    code, retry = refusal_of(attempt.error)
    return Refused(attempt.submitted_at, code, retry)


async def _position(session: AsyncSession, loan: Loan, at: datetime) -> Position:
    return (await journal.history_of(session, loan)).position(await journal.today_of(session, loan, at))


async def _rules(session: AsyncSession, at: datetime) -> WithholdingRules:
    return WithholdingRules.read(await policy.value(session, "withholding.rules", on=business_day(at)))
