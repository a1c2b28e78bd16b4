"""The withholding run (代扣): what is due on running loans is debited under their borrowers' mandates, by the clock."""

from collections import Counter
from collections.abc import Sequence
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
from domain.lending.rules.withholding import (
    Elsewhere,
    Hold,
    Refused,
    WithholdingRules,
    elsewhere,
    hold,
    moment_of,
    next_run,
)
from domain.lending.services import journal
from domain.lending.services.parties import tell
from domain.messaging import services as messaging
from domain.payments import queries as payments
from domain.payments.models import Mandate, OrderStatus, PaymentAttempt, PaymentOrder
from domain.payments.ports import ErrorCode
from domain.payments.queries import routing as routing_queries
from domain.payments.rules.mandates import ends_mandate
from domain.payments.rules.routing import Candidate, Choice, Need
from domain.payments.services import mandates, orders, routing
from domain.payments.services.learning import refusal_of
from domain.payments.services.routing import Lately
from domain.shared import policy
from domain.shared.days import business_day, start_of
from domain.shared.money import yuan

log = structlog.get_logger()

_SHORT = ErrorCode.INSUFFICIENT_FUNDS
"""So often a day a loan is tried, whichever account it was."""


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
    NO_CHANNEL = "no_channel"


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
    known = await routing.lately(session, at)
    outcomes = Counter([await _withhold_or_leave(session, loan, rules, known, at) for loan in loans])
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
    """What a refused debit leads to, however we learnt of it.

    A mandate that is suspended; the same once more under another mandate, where the reason need not be shared by its
    channel or account (`rules.withholding.elsewhere`); else a borrower who is told. Of missing money he is told once for
    an installment and day.
    """
    attempt = await session.get_one(PaymentAttempt, attempt_id)
    order = await payments.lock_order(session, attempt.order_id)
    code, retry = refusal_of(attempt.error)
    if order.mandate_id is not None and ends_mandate(code, retry):
        await mandates.suspend(session, mandate_id=order.mandate_id, at=at)
    if (way := await another_way(session, order, elsewhere(code), at=at)) is not None:
        await request_instead(session, order, way, at=at)
    elif code is ErrorCode.INSUFFICIENT_FUNDS:
        await tell(
            session,
            await session.get_one(Loan, order.loan_id),
            "WITHHOLDING_DECLINED",
            at=at,
            about=f"{order.loan_id}:{order.due_on}:{business_day(attempt.submitted_at)}",
            send_after=await messaging.after_quiet(session, at),
            amount=yuan(order.amount_fen),
        )


async def not_made(session: AsyncSession, *, attempt_id: UUID, at: datetime) -> None:
    """A debit that was surely not sent is made under another mandate, however late that is certain; else the next run tries."""
    attempt = await session.get_one(PaymentAttempt, attempt_id)
    order = await payments.lock_order(session, attempt.order_id)
    if (way := await another_way(session, order, Elsewhere.CHANNEL, at=at)) is not None:
        await request_instead(session, order, way, at=at)


@dataclass(frozen=True, slots=True)
class Way:
    """A mandate under which a loan can be debited, and how we came to its channel."""

    mandate: Mandate
    choice: Choice


async def another_way(
    session: AsyncSession,
    order: PaymentOrder,
    where: Elsewhere,
    *,
    at: datetime,
    candidates: Sequence[Candidate] | None = None,
) -> Way | None:
    """Where else what a withholding was for can be taken in the same run; None: nowhere. Its loan is locked.

    Each mandate has one turn in a run, and so has a channel that failed or an account without money. `candidates`: the
    channels as the process knows them; None where no plugin can be asked.
    """
    rules = await _rules(session, at)
    if where is Elsewhere.NOWHERE or at >= order.expires_at or rules.are_quiet(at):
        return None
    if await routing_queries.order_instead(session, order.id) is not None:
        return None
    if not await still_wanted(session, order, at) or await _is_under_way(session, order, at):
        return None
    tried = await routing_queries.tried_before(session, order)
    had = list(
        (await payments.mandates_by_id(session, [each.mandate_id for each in tried if each.mandate_id])).values()
    )
    left = [
        each
        for each in await payments.mandates_to_debit(session, order.borrower_id, business_day(at))
        if each.id not in {mandate.id for mandate in had} and order.amount_fen <= each.cap_fen
    ]
    if where is Elsewhere.ACCOUNT:
        left = [each for each in left if _account(each) not in {_account(mandate) for mandate in had}]
    else:
        left = [each for each in left if each.channel not in {mandate.channel for mandate in had}]
    way = await _way(session, order.loan_id, left, order.amount_fen, rules, at=at, candidates=candidates)
    return way if isinstance(way, Way) else None


async def request_instead(session: AsyncSession, order: PaymentOrder, way: Way, *, at: datetime) -> PaymentOrder:
    """The same debit under another mandate; the order it is made instead of is over, and brought no money."""
    tried = await routing_queries.tried_before(session, order)
    log.info("withholding.failed_over", order_id=str(order.id), channel=way.mandate.channel)
    return await orders.create_withholding(
        session,
        mandate=way.mandate,
        loan_id=order.loan_id,
        amount_fen=order.amount_fen,
        due_on=order.due_on or business_day(at),
        subject=order.subject,
        once_key=f"{tried[-1].once_key}:{len(tried) + 1}",
        at=at,
        expires_at=order.expires_at,
        choice=way.choice.facts(),
        instead_of=order,
    )


async def _withhold_or_leave(
    session: AsyncSession, loan: Loan, rules: WithholdingRules, known: Lately, at: datetime
) -> Outcome:
    """A loan of which nobody can say what it owes is left, and holds up no other."""
    try:
        return await _withhold(session, loan, rules, known, at)
    except MethodUnusable as trouble:
        log.error("withholding.left", loan=loan.number, reason=str(trouble))
        return Outcome.LEFT


async def _withhold(session: AsyncSession, loan: Loan, rules: WithholdingRules, known: Lately, at: datetime) -> Outcome:
    once_key = f"withholding:{loan.id}:{moment_of(at).isoformat()}"
    if await payments.withheld_at(session, once_key):
        return Outcome.DONE
    in_force = await payments.mandates_to_debit(session, loan.borrower_id, business_day(at))
    if not in_force:
        return Outcome.NO_MANDATE
    position = await _position(session, loan, at)
    if outcome := _not_to_take(position, in_force, rules):
        return outcome
    if await _is_under_way(session, loan, at):
        return Outcome.UNDER_WAY
    enough = [mandate for mandate in in_force if position.due_fen <= mandate.cap_fen]
    way = await _way(session, loan.id, enough, position.due_fen, rules, at=at, known=known)
    if not isinstance(way, Way):
        log.info("withholding.held", loan_id=str(loan.id), reason=str(way))
        return Outcome.HELD if isinstance(way, Hold) else Outcome.NO_CHANNEL
    await orders.create_withholding(
        session,
        mandate=way.mandate,
        loan_id=loan.id,
        amount_fen=position.due_fen,
        due_on=next(row.due for row in position.rows if row.billed and row.outstanding_fen),
        subject=f"代扣还款 {loan.number}",
        once_key=once_key,
        at=at,
        expires_at=next_run(at),
        choice=way.choice.facts(),
    )
    return Outcome.REQUESTED


def _not_to_take(position: Position, mandates: Sequence[Mandate], rules: WithholdingRules) -> Outcome | None:
    if not position.due_fen:
        return Outcome.NOTHING_DUE
    if position.dpd > rules.days_past_due_max:
        return Outcome.LONG_PAST_DUE
    most = max(mandates, key=lambda mandate: mandate.cap_fen)
    if position.due_fen <= most.cap_fen:
        return None
    # A part is not taken either: the borrower agreed to single debits of no more, not to several.
    log.warning("withholding.over_cap", mandate_id=str(most.id), due_fen=position.due_fen, cap_fen=most.cap_fen)
    return Outcome.OVER_CAP


async def _is_under_way(session: AsyncSession, of: Loan | PaymentOrder, at: datetime) -> bool:
    """Whether money may be moving for a loan by a debit, or has come. One that nobody began in its time makes way.

    Of a withholding: by another than itself.
    """
    loan_id = of.id if isinstance(of, Loan) else of.loan_id
    under_way = await queries.has_unapplied(session, loan_id)
    for order in await payments.unfinished_withholdings(session, loan_id):
        if order.id == of.id:
            continue
        if order.status is OrderStatus.CREATED and at >= order.expires_at:
            await orders.abandon(session, order_id=order.id, at=at)
        else:
            under_way = True
    return under_way


async def _way(
    session: AsyncSession,
    loan_id: UUID,
    mandates: Sequence[Mandate],
    amount_fen: int,
    rules: WithholdingRules,
    *,
    at: datetime,
    candidates: Sequence[Candidate] | None = None,
    known: Lately | None = None,
) -> Way | Hold | None:
    """The mandate whose channel costs least, of one channel the one that was signed last; or why there is none."""
    holds = {mandate.id: await _held(session, loan_id, mandate, rules, at) for mandate in mandates}
    free = [mandate for mandate in mandates if holds[mandate.id] is None]
    if not free:
        return next((reason for reason in holds.values() if reason), None)
    codes = {mandate.channel for mandate in free}
    offers = [each for each in candidates or [] if each.code in codes]
    others = [Candidate(code, ready=candidates is None) for code in sorted(codes - {each.code for each in offers})]
    need = Need(at, amount_fen, debit=True)
    borrower_id = free[0].borrower_id
    choice = await routing.chosen(session, [*offers, *others], need, borrower_id=borrower_id, known=known)
    return next((Way(mandate, choice) for mandate in free if mandate.channel == choice.best), None)


async def _held(
    session: AsyncSession, loan_id: UUID, mandate: Mandate, rules: WithholdingRules, at: datetime
) -> Hold | None:
    signed_at = mandate.signed_at or at
    since = min(signed_at, start_of(business_day(at)))
    debits = await payments.declined_debits(session, loan_id, since)
    refused = [_refused(attempt, under) for attempt, under in debits]
    paid_at = await payments.paid_himself_at(session, loan_id)
    acted_at = max(signed_at, paid_at or signed_at)
    return hold(
        [each for each in refused if each.code is _SHORT or each.concerns(mandate.channel, _account(mandate))],
        at=at,
        rules=rules,
        signed_at=signed_at,
        acted_at=acted_at,
    )


def _account(mandate: Mandate) -> str:
    """What is debited: a card, or the account its borrower has at the channel."""
    return str(mandate.bank_card_id or mandate.channel)


def _refused(attempt: PaymentAttempt, under: Mandate) -> Refused:
    code, retry = refusal_of(attempt.error)
    return Refused(attempt.submitted_at, code, retry, attempt.channel, _account(under))


async def _position(session: AsyncSession, loan: Loan, at: datetime) -> Position:
    return (await journal.history_of(session, loan)).position(await journal.today_of(session, loan, at))


async def _rules(session: AsyncSession, at: datetime) -> WithholdingRules:
    return WithholdingRules.read(await policy.value(session, "withholding.rules", on=business_day(at)))
