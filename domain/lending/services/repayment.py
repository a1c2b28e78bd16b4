"""Repayments: what a borrower asks to pay, what came of it applied to his loan, and taken off it again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import services as ledger
from domain.ledger.rules.chart import BANK, SUSPENSE
from domain.lending.errors import (
    LoanNotRunning,
    PaymentAlreadyUsed,
    PaymentBeforeValueDate,
    PaymentInFuture,
    RepaymentNotFound,
)
from domain.lending.events import LoanRepaid
from domain.lending.models import Loan, Repayment, RepaymentMethod, RepaymentStatus
from domain.lending.queries import loans as queries
from domain.lending.rules.doubling import Meant, is_paid_twice
from domain.lending.rules.events import Intent, Paid, Reversed
from domain.lending.rules.machine import PAID_OUT, TAKES_MONEY, LoanStatus
from domain.lending.rules.replay import check_payment
from domain.lending.services import journal, projection, wishes
from domain.payments.models import PaymentAttempt, PaymentIntent, PaymentOrder, UnplacedReason
from domain.payments.ports import Product
from domain.payments.queries import unplaced_of
from domain.payments.rules.routing import Candidate, Choice, Need
from domain.payments.services import orders, routing, unplaced
from domain.shared import audit, outbox
from domain.shared.actors import Actor
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.numbers import next_number
from domain.shared.reasons import reason_of

ORDER_LIFE = timedelta(minutes=30)
"""How long a payment order can be paid; one for a payoff no longer than its quote holds."""


async def request(
    session: AsyncSession,
    *,
    borrower_id: UUID,
    loan_id: UUID,
    intent: Intent,
    amount_fen: int | None,
    channel: orders.ChannelOffer | None,
    product: str,
    at: datetime,
    return_url: str | None = None,
    candidates: Sequence[Candidate] = (),
) -> PaymentOrder:
    """Write down what a borrower wants to pay on his loan. Without a sum: what is due, the next row, or the payoff.

    Without a channel it is the one of `candidates` that costs least (`rules.routing`), and why is kept with the order.
    Raises LoanNotFound, LoanNotRunning, AmountMissing, NothingDue, MoreThanOwed, PayoffTooSmall, PaymentNotPositive,
    NoChannel, and for a channel that he named what it does not take, ChannelAtRest, ChannelLimitReached.
    """
    await queries.loan_of(session, loan_id, borrower_id)
    loan = await queries.lock_loan(session, loan_id)
    wish = await wishes.judged(session, loan, intent=intent, amount_fen=amount_fen, at=at)
    need = Need(at, wish.payment.amount_fen, Product(product))
    offers = candidates if channel is None else [*candidates, Candidate(channel.code, channel.capabilities)]
    choice = await routing.chosen(session, offers, need, borrower_id=borrower_id)
    quoted_until = wish.quoted_until if intent is Intent.PAYOFF else None
    return await orders.create(
        session,
        borrower_id=borrower_id,
        loan_id=loan_id,
        intent=PaymentIntent(intent),
        amount_fen=wish.payment.amount_fen,
        channel=_taken(choice, need, offers) if channel is None else _named(choice, channel),
        product=product,
        subject=f"还款 {loan.number}",
        at=at,
        expires_at=min(at + ORDER_LIFE, quoted_until) if quoted_until else at + ORDER_LIFE,
        quoted_until=quoted_until,
        return_url=return_url,
        choice=choice.facts() if channel is None else None,
    )


def _taken(choice: Choice, need: Need, offers: Sequence[Candidate]) -> Candidate:
    code = routing.must_have(choice, need)
    return next(each for each in offers if each.code == code)


def _named(choice: Choice, channel: orders.ChannelOffer) -> orders.ChannelOffer:
    """What a borrower named is taken where nothing of our own forbids it; what it cannot do is the order's to refuse."""
    routing.must_take(choice, channel.code)
    return channel


async def apply_settled(session: AsyncSession, *, attempt_id: UUID, at: datetime) -> Repayment | None:
    """Apply what a settled attempt brought; the money's date is the day the channel says it was paid.

    A payment counts once: a repeat returns the repayment made the first time. What the loan cannot take, or what turns
    out to be paid twice, stays in suspense and goes on the work list: None. From there a person takes it, or it goes
    back by itself, whatever the loan takes by then.

    A payment that came after we had given up on it (closed, expired, or another took its place) is paid twice where
    another payment has done meanwhile what it was for; what came in time is applied before that is judged. If the loan
    still owes what it was for, it is applied as any other (`rules.doubling`).
    """
    attempt = await session.get_one(PaymentAttempt, attempt_id)
    order = await session.get_one(PaymentOrder, attempt.order_id)
    if attempt.received_fen is None or attempt.paid_at is None:
        raise ValueError(f"attempt {attempt_id} brought nothing")
    loan = await queries.lock_loan(session, attempt.loan_id)
    if earlier := await queries.repayment_of_payment(session, attempt_id):
        return earlier
    if await unplaced_of(session, attempt_id):
        return None
    if reason := await _why_not(session, loan, order, attempt, at):
        details = {"loan_status": loan.status}
        await unplaced.keep(session, attempt_id=attempt_id, reason=reason, at=at, details=details)
        return None
    return await _apply(
        session,
        loan,
        payment_id=attempt_id,
        amount_fen=attempt.received_fen,
        intent=Intent(order.intent),
        method=RepaymentMethod(order.method),
        value_date=max(_money_date(order, attempt.paid_at), loan.value_date or date.min),
        at=at,
    )


async def record_offline(
    session: AsyncSession,
    *,
    loan_id: UUID,
    payment_id: UUID,
    amount_fen: int,
    intent: Intent,
    value_date: date,
    at: datetime,
    actor: Actor,
) -> Repayment:
    """Take down money that reached our bank account outside every channel, and apply it. `payment_id` is the client's.

    A payment counts once; a repeat returns the repayment made the first time. A loan that was settled meanwhile takes
    what came before that: of what was paid after it something is then too much, and the borrower's. Raises LoanNotFound,
    LoanNotRunning, PaymentAlreadyUsed, PaymentInFuture, PaymentNotPositive, PaymentBeforeValueDate, LoanClosed,
    PayoffTooSmall.
    """
    loan = await queries.lock_loan(session, loan_id)
    if earlier := await _applied_before(session, loan, payment_id, amount_fen):
        return earlier
    _must_have_been_paid_out(loan)
    _must_be_in_time(loan, value_date, await journal.today_of(session, loan, at))
    history = await journal.history_of(session, loan)
    check_payment(history.terms, history.events, _payment(loan, value_date, amount_fen, intent))
    await ledger.post(
        session,
        source=f"payment:{payment_id}",
        kind="payment_received",
        value_date=value_date,
        at=at,
        lines=[ledger.debit(BANK, amount_fen), ledger.credit(SUSPENSE, amount_fen)],
        loan_id=loan_id,
    )
    repayment = await _apply(
        session,
        loan,
        payment_id=payment_id,
        amount_fen=amount_fen,
        intent=intent,
        method=RepaymentMethod.OFFLINE,
        value_date=value_date,
        at=at,
    )
    audit.record(session, actor=actor, action="repayment.record", subject=("repayment", repayment.id), at=at)
    return repayment


async def apply(
    session: AsyncSession,
    *,
    loan_id: UUID,
    payment_id: UUID,
    amount_fen: int,
    intent: Intent,
    method: RepaymentMethod,
    value_date: date,
    at: datetime,
) -> Repayment:
    """Apply money that lies in suspense to a loan, as of `value_date`.

    A payment counts once. Channels notify more than once, so a repeat returns the repayment made the first time.
    A payoff that has become too small is a prepayment; what is too much is excess. Raises LoanNotFound,
    PaymentAlreadyUsed, LoanNotRunning, PaymentBeforeValueDate, PaymentInFuture.
    """
    loan = await queries.lock_loan(session, loan_id)
    if earlier := await _applied_before(session, loan, payment_id, amount_fen):
        return earlier
    _must_take_money(loan)
    return await _apply(
        session,
        loan,
        payment_id=payment_id,
        amount_fen=amount_fen,
        intent=intent,
        method=method,
        value_date=value_date,
        at=at,
    )


async def reverse(session: AsyncSession, *, repayment_id: UUID, reason: str, at: datetime, actor: Actor) -> Repayment:
    """Take a repayment off its loan again, which then stands as if it had never been. Once; a repeat changes nothing.

    What a channel had brought lies in suspense after this, on the work list; what was taken down by hand never came.
    Raises RepaymentNotFound, ReasonMissing.
    """
    why = reason_of(reason)
    repayment = await session.get(Repayment, repayment_id)
    if repayment is None:
        raise RepaymentNotFound
    loan = await queries.lock_loan(session, repayment.loan_id)
    await session.refresh(repayment)
    if repayment.status is RepaymentStatus.REVERSED:
        return repayment
    repayment.status = RepaymentStatus.REVERSED
    event = Reversed(
        key=new_id(),
        date=await journal.today_of(session, loan, at),
        sequence=loan.last_sequence + 1,
        payment_key=repayment.event_id,
    )
    await journal.record(session, loan, event, source=f"reversal:{repayment.id}", at=at, note=why)
    await _give_back(session, repayment, at)
    audit.record(
        session, actor=actor, action="repayment.reverse", subject=("repayment", repayment.id), at=at, reason=why
    )
    return repayment


async def _apply(
    session: AsyncSession,
    loan: Loan,
    *,
    payment_id: UUID,
    amount_fen: int,
    intent: Intent,
    method: RepaymentMethod,
    value_date: date,
    at: datetime,
) -> Repayment:
    """Apply a payment that was not applied before to a locked loan that takes money."""
    today = await journal.today_of(session, loan, at)
    _must_be_in_time(loan, value_date, today)
    event = _payment(loan, value_date, amount_fen, intent)
    position = await journal.record(session, loan, event, source=f"repayment:{payment_id}", at=at)
    repayment = Repayment(
        id=new_id(),
        number=await next_number(session, "RP", today),
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        payment_id=payment_id,
        event_id=event.key,
        intent=intent,
        method=method,
        amount_fen=amount_fen,
        value_date=value_date,
        applied_at=at,
    )
    await projection.add_repayment(session, repayment, position)
    outbox.publish(session, LoanRepaid(loan.id, repayment.id))
    return repayment


async def _why_not(
    session: AsyncSession, loan: Loan, order: PaymentOrder, attempt: PaymentAttempt, at: datetime
) -> UnplacedReason | None:
    """Why a locked loan does not take what an attempt brought; None if it does."""
    if attempt.late or attempt.superseded_at is not None:
        for waiting in await queries.waiting_in_time(session, loan.id, but=attempt.id):
            await apply_settled(session, attempt_id=waiting, at=at)
        if await _is_paid_twice(session, loan, order, at):
            return UnplacedReason.DOUBLE
    return None if loan.status in TAKES_MONEY else UnplacedReason.LOAN_CANNOT_TAKE_IT


async def _is_paid_twice(session: AsyncSession, loan: Loan, order: PaymentOrder, at: datetime) -> bool:
    applied = await queries.applied_since(session, loan.id, order.created_at)
    if not applied:
        return False
    history = await journal.history_of(session, loan)
    return is_paid_twice(
        Meant(Intent(order.intent), order.amount_fen),
        since={Meant(Intent(each.intent), each.amount_fen) for each in applied},
        due_fen=history.position(await journal.today_of(session, loan, at)).due_fen,
        closed=loan.status is LoanStatus.SETTLED,
    )


def _payment(loan: Loan, on: date, amount_fen: int, intent: Intent) -> Paid:
    """The payment as the next event of the loan."""
    return Paid(key=new_id(), date=on, sequence=loan.last_sequence + 1, amount_fen=amount_fen, intent=intent)


def _money_date(order: PaymentOrder, paid_at: datetime) -> date:
    """The Shanghai day on which money was paid; for a payoff that was paid in time, the day it was quoted for."""
    if order.quoted_until is not None and paid_at <= order.quoted_until:
        return business_day(order.quoted_until - timedelta.resolution)
    return business_day(paid_at)


async def _applied_before(session: AsyncSession, loan: Loan, payment_id: UUID, amount_fen: int) -> Repayment | None:
    earlier = await queries.repayment_of_payment(session, payment_id)
    if earlier is not None and (earlier.loan_id, earlier.amount_fen) != (loan.id, amount_fen):
        raise PaymentAlreadyUsed(payment_id=payment_id, fields=("paymentId",))
    return earlier


def _must_take_money(loan: Loan) -> None:
    if loan.status not in TAKES_MONEY:
        raise LoanNotRunning(number=loan.number, status=loan.status)


def _must_have_been_paid_out(loan: Loan) -> None:
    """Whether it owed anything on the payment's day is the replay's to say."""
    if loan.status not in PAID_OUT:
        raise LoanNotRunning(number=loan.number, status=loan.status)


def _must_be_in_time(loan: Loan, value_date: date, today: date) -> None:
    if value_date > today:
        raise PaymentInFuture(date=value_date, today=today)
    if loan.value_date is None or value_date < loan.value_date:
        raise PaymentBeforeValueDate(date=value_date, value_date=loan.value_date)


async def _give_back(session: AsyncSession, repayment: Repayment, at: datetime) -> None:
    """What a reversed payment had brought: on the work list, or taken out of the books again."""
    if repayment.method is not RepaymentMethod.OFFLINE:
        await unplaced.put_back(session, payment_id=repayment.payment_id, at=at)
        return
    await ledger.post(
        session,
        source=f"payment:{repayment.payment_id}:reversed",
        kind="payment_reversed",
        value_date=repayment.value_date,
        at=at,
        lines=[ledger.debit(SUSPENSE, repayment.amount_fen), ledger.credit(BANK, repayment.amount_fen)],
        loan_id=repayment.loan_id,
    )
