"""Attempts: one try at one channel, claimed before the call, moved by whatever is learnt of it afterwards."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.errors import AnotherPaymentLive, OrderNotPayable, WishAlreadyPaid
from domain.payments.events import AskDue, PaymentSettled, WithholdingDeclined, WithholdingNotMade
from domain.payments.models import AttemptChange, PaymentAttempt, PaymentOrder, UnplacedReason
from domain.payments.ports import PaymentResult, PaymentState, action_to_json
from domain.payments.rules.asking import CRASHED_AFTER, next_ask
from domain.payments.rules.judging import Asked, Verdict, judge, money_date
from domain.payments.rules.states import OPEN, AttemptState, OrderStatus, PaymentMethod, is_live, order_after
from domain.payments.services import telling, unplaced
from domain.payments.services.learning import error_facts, facts, kept_state, plain, written
from domain.shared import outbox
from domain.shared.ids import new_id

log = structlog.get_logger()

_PAYABLE = frozenset({OrderStatus.CREATED, OrderStatus.FAILED})


class Source(StrEnum):
    """Who told us."""

    ANSWER = "ANSWER"
    NOTICE = "NOTICE"
    QUERY = "QUERY"
    CLOSE = "CLOSE"
    BILL = "BILL"
    MANUAL = "MANUAL"
    REPLACEMENT = "REPLACEMENT"


_HEARSAY = frozenset({Source.ANSWER, Source.NOTICE})
"""Of another sum than was asked for these prove nothing: before it is booked the channel is asked."""

_PROOF = frozenset({Source.QUERY, Source.BILL, Source.MANUAL})
"""Who says of a doubted attempt that no money came is believed."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An order's open attempt. `fresh`: it was begun by this claim, and whoever claimed it makes the call."""

    order: PaymentOrder
    attempt: PaymentAttempt
    fresh: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """What stands after a result was applied."""

    order: PaymentOrder
    attempt: PaymentAttempt
    verdict: Verdict


async def claim(session: AsyncSession, *, order_id: UUID, at: datetime, automatic: bool = False) -> Claim:
    """Begin an attempt, SUBMITTING, to be committed before the channel hears of it.

    An order has one open attempt and a loan one live one; claiming again returns what is open. An `automatic` debit
    also waits for attempts that were superseded, since money may still move by them; one that was surely not sent is
    fresh again, once for each time the channel said so.
    Raises OrderNotPayable, AnotherPaymentLive, WishAlreadyPaid.
    """
    order = await queries.lock_order(session, order_id)
    if attempt := await queries.open_attempt(session, order_id):
        return Claim(order, attempt, fresh=automatic and _may_be_sent_again(order, attempt, at))
    if order.status not in _PAYABLE or at >= order.expires_at:
        raise OrderNotPayable(number=order.number, status=order.status)
    for rival, _ in await queries.rivals(session, order, superseded=automatic):
        raise AnotherPaymentLive(number=rival.number)
    if paid := await queries.paid_of_wish(session, order.wish_id):
        raise WishAlreadyPaid(number=paid.number)
    attempt = _new_attempt(order, at)
    session.add(attempt)
    order.move_to(OrderStatus.PROCESSING, at)
    await session.flush()
    return Claim(order, attempt, fresh=True)


async def apply_result(
    session: AsyncSession,
    *,
    attempt_id: UUID,
    result: PaymentResult,
    source: Source,
    at: datetime,
    believed: bool = False,
) -> Applied:
    """Apply what was learnt of an attempt; the one way by which an attempt changes, whoever told us.

    It never goes back, and money counts once: a repeat changes nothing. What came is booked here, clearing against
    suspense; what came as asked is announced (`payments.settled`), anything else goes on the work list. Another sum
    than was asked for is booked only as the channel said it when it was asked, or if it is to be `believed`: from a
    notice or an answer it moves no money, and the channel is asked at once (`payments.ask`), until it says what came.
    """
    order, attempt = await queries.lock_attempt(session, attempt_id)
    before = attempt.state
    not_found_is_final = at >= attempt.final_at
    asked = Asked(attempt.amount_fen, attempt.currency, not_found_is_final, received_fen=attempt.received_fen)
    verdict = judge(before, result, asked, proves_sums=believed or source not in _HEARSAY)
    if verdict.state is not before or verdict.contradicts or verdict.doubted:
        session.add(_change(attempt, result, source, verdict, at))
    # What may be about another payment teaches nothing, unless it was answered to our own call.
    if (before in OPEN or verdict.state is not before) and not (verdict.doubted and source is Source.NOTICE):
        _learn(attempt, result)
    told_at = attempt.doubted_at
    _doubt(session, attempt, verdict, source, at)
    _move(attempt, verdict, result, at)
    was_unsent, attempt.unsent = attempt.unsent, _is_unsent(attempt, result, source)
    if verdict.paid:
        await _receive(session, order, attempt, verdict=verdict, result=result, told_at=told_at, at=at)
    telling.of_attempt(session, order, attempt, before=before, at=at)
    if verdict.state is not before:
        if order.move_to(order_after(verdict.state, matches=verdict.matches), at):
            telling.of_order(session, order, attempt, at=at)
        if verdict.state is AttemptState.DECLINED and order.method is PaymentMethod.WITHHOLDING:
            outbox.publish(session, WithholdingDeclined(attempt.id))
        if verdict.state is AttemptState.NOT_FOUND and order.method is PaymentMethod.WITHHOLDING and was_unsent:
            outbox.publish(session, WithholdingNotMade(attempt.id))
    await session.flush()
    return Applied(order, attempt, verdict)


async def believe(session: AsyncSession, *, attempt_id: UUID, at: datetime) -> AttemptState:
    """Take what was said last of a doubted attempt for what happened, because its channel cannot be asked."""
    _, attempt = await queries.lock_attempt(session, attempt_id)
    said = [change for change in await queries.changes_of(session, attempt_id) if change.facts.get("doubted")]
    if attempt.doubted_at is not None:
        word, source = _word_of(said[-1]), Source(said[-1].source)
        await apply_result(session, attempt_id=attempt_id, result=word, source=source, at=at, believed=True)
    return attempt.state


async def supersede(session: AsyncSession, *, attempt: PaymentAttempt, at: datetime) -> None:
    """Take the loan's place, once, from an attempt that could not be closed; it is asked about until it is final."""
    if attempt.superseded_at is not None:
        return
    attempt.superseded_at, attempt.live = at, False
    session.add(
        AttemptChange(
            attempt_id=attempt.id,
            source=Source.REPLACEMENT,
            told="SUPERSEDED",
            before=attempt.state,
            after=attempt.state,
            at=at,
        )
    )
    await session.flush()


def ask_soon(attempt: PaymentAttempt, at: datetime) -> None:
    """Let the janitor ask about a locked attempt at once; a paid one is not asked about."""
    if attempt.state in OPEN or attempt.doubted_at is not None:
        attempt.ask_at = at


def _is_unsent(attempt: PaymentAttempt, result: PaymentResult, source: Source) -> bool:
    """Only the answer to the call itself says that it did nothing; a query that did not get through says nothing.

    What is in a batch is sent again with its batch, never alone.
    """
    if attempt.batch_no is not None:
        return False
    if source is Source.ANSWER:
        return result.not_executed and attempt.state is AttemptState.SUBMITTING
    return attempt.unsent and attempt.state is AttemptState.SUBMITTING


def _may_be_sent_again(order: PaymentOrder, attempt: PaymentAttempt, at: datetime) -> bool:
    """Take the right to send it again, where there is one: from now on it may have been sent."""
    if not attempt.unsent or attempt.superseded_at is not None or at >= attempt.expires_at:
        return False
    attempt.unsent, attempt.ask_at = False, at + CRASHED_AFTER
    attempt.final_at = at + (order.final_at - attempt.submitted_at)
    return True


def _new_attempt(order: PaymentOrder, at: datetime) -> PaymentAttempt:
    attempt_id = new_id()
    return PaymentAttempt(
        id=attempt_id,
        order_id=order.id,
        borrower_id=order.borrower_id,
        loan_id=order.loan_id,
        channel=order.channel,
        product=order.product,
        # Letters and digits, 24 of them: what every channel takes. The tail keeps a rebuilt database from reusing one.
        order_no=f"{order.number}{attempt_id.hex[-8:]}",
        amount_fen=order.amount_fen,
        currency=order.currency,
        state=AttemptState.SUBMITTING,
        live=True,
        submitted_at=at,
        expires_at=order.expires_at,
        final_at=order.final_at,
        ask_at=at + CRASHED_AFTER,
        asks=0,
    )


def _change(
    attempt: PaymentAttempt, result: PaymentResult, source: Source, verdict: Verdict, at: datetime
) -> AttemptChange:
    return AttemptChange(
        attempt_id=attempt.id,
        source=source,
        told=result.state,
        before=attempt.state,
        after=verdict.state,
        facts=facts(
            amount_fen=result.amount_fen,
            currency=plain(result.currency),
            provider_no=plain(result.provider_no),
            paid_at=written(result.paid_at),
            error=error_facts(result.error),
            late=verdict.late or None,
            contradicts=verdict.contradicts or None,
            doubted=verdict.doubted or None,
        ),
        at=at,
    )


def _word_of(change: AttemptChange) -> PaymentResult:
    """The success a change was told of, read again."""
    paid_at = change.facts.get("paid_at")
    return PaymentResult(
        PaymentState.SUCCEEDED,
        amount_fen=change.facts["amount_fen"],
        currency=change.facts["currency"],
        provider_no=change.facts.get("provider_no"),
        paid_at=datetime.fromisoformat(paid_at) if paid_at else None,
    )


def _learn(attempt: PaymentAttempt, result: PaymentResult) -> None:
    attempt.provider_no = plain(result.provider_no) or attempt.provider_no
    attempt.payer_masked = plain(result.payer_id_masked) or attempt.payer_masked
    attempt.channel_state = kept_state(attempt.channel_state, result.channel_state)
    if result.action is not None:
        attempt.action = action_to_json(result.action)
    attempt.error = error_facts(result.error)


def _doubt(session: AsyncSession, attempt: PaymentAttempt, verdict: Verdict, source: Source, at: datetime) -> None:
    """Begin to ask which sum came, with the announcement itself, not at the next look of the janitor; or be certain."""
    if verdict.doubted or verdict.contradicts:
        log.warning("payments.contradicted", channel=attempt.channel, attempt_id=str(attempt.id), source=source)
    if verdict.doubted and attempt.doubted_at is None:
        attempt.doubted_at, attempt.asks = at, 0
        outbox.publish(session, AskDue(attempt.id))
    elif verdict.state is AttemptState.SUCCEEDED or (verdict.denied and source in _PROOF):
        attempt.doubted_at = None


def _move(attempt: PaymentAttempt, verdict: Verdict, result: PaymentResult, at: datetime) -> None:
    before, attempt.state = attempt.state, verdict.state
    attempt.live = is_live(verdict.state, superseded=attempt.superseded_at is not None)
    if verdict.state not in OPEN:
        attempt.action = None
        if verdict.state is not before:
            attempt.finished_at = at
    attempt.ask_at = None
    if verdict.state in OPEN or attempt.doubted_at is not None or _is_taken_up(verdict, result):
        attempt.ask_at = next_ask(attempt.asks, at=at, final_at=attempt.final_at, retry_after=result.retry_after)


def _is_taken_up(verdict: Verdict, result: PaymentResult) -> bool:
    """A channel that takes up again what we had given up may yet take the money: it is asked on."""
    going_on = result.state in {PaymentState.ACTION_REQUIRED, PaymentState.PROCESSING}
    return verdict.contradicts and going_on and verdict.state is not AttemptState.SUCCEEDED


async def _receive(
    session: AsyncSession,
    order: PaymentOrder,
    attempt: PaymentAttempt,
    *,
    verdict: Verdict,
    result: PaymentResult,
    told_at: datetime | None,
    at: datetime,
) -> None:
    attempt.late = verdict.late
    # Money without a time of its own had come by when we were first told of it, be it with another sum.
    paid_at = money_date(result.paid_at or told_at, submitted_at=attempt.submitted_at, at=at)
    attempt.paid_at = paid_at
    if result.currency == attempt.currency and result.amount_fen:
        attempt.received_fen = result.amount_fen
        await unplaced.receive(
            session,
            source=f"payment:{attempt.id}",
            channel=attempt.channel,
            amount_fen=result.amount_fen,
            paid_at=paid_at,
            at=at,
            loan_id=attempt.loan_id,
        )
    if aside := await _why_not_applied(session, order, verdict, result):
        reason, details = aside
        await unplaced.keep(session, attempt_id=attempt.id, reason=reason, details=details, at=at)
        return
    order.paid_at = paid_at
    outbox.publish(session, PaymentSettled(attempt.id))


async def _why_not_applied(
    session: AsyncSession, order: PaymentOrder, verdict: Verdict, result: PaymentResult
) -> tuple[UnplacedReason, dict[str, Any]] | None:
    if result.currency != order.currency:
        return UnplacedReason.WRONG_CURRENCY, {"received": result.amount_fen, "currency": plain(result.currency)}
    if not verdict.matches:
        return UnplacedReason.WRONG_AMOUNT, {"asked": order.amount_fen}
    if earlier := await queries.paid_of_wish(session, order.wish_id, intent=order.intent):
        return UnplacedReason.DOUBLE, {"paid_by": earlier.number}
    return None
