"""One try at one channel: claimed once, moved by whatever is learnt of it, booked once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.models import Transfer
from domain.payments import queries
from domain.payments.errors import AnotherPaymentLive, OrderNotPayable, WishAlreadyPaid
from domain.payments.models import AttemptState, OrderStatus, PaymentAttempt, PaymentIntent, UnplacedReason
from domain.payments.ports import PaymentResult, PaymentState
from domain.payments.rules.asking import CRASHED_AFTER
from domain.payments.services import attempts, janitor, orders, unplaced
from domain.payments.services.attempts import Source
from domain.shared.outbox import OutboxRow
from tests.domain.payments.builders import (
    ACTION,
    CLOSED,
    DECLINED,
    HOUR,
    NOT_EXECUTED,
    NOT_FOUND,
    NOW,
    PROCESSING,
    UNKNOWN,
    Debt,
    a_loan,
    an_order,
    paid,
    received_fen,
)


async def _begun(session: AsyncSession, at: datetime = NOW) -> PaymentAttempt:
    order = await an_order(session, at=at)
    return (await attempts.claim(session, order_id=order.id, at=at)).attempt


async def _told(
    session: AsyncSession,
    attempt: PaymentAttempt,
    *results: PaymentResult,
    source: Source = Source.NOTICE,
    at: datetime = NOW,
) -> attempts.Applied:
    for result in results:
        applied = await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=source, at=at)
    return applied


async def _announced(session: AsyncSession, attempt: PaymentAttempt) -> int:
    return await session.scalar(
        select(func.count())
        .select_from(OutboxRow)
        .where(OutboxRow.topic == "payments.settled", OutboxRow.payload["attempt_id"].astext == str(attempt.id))
    )


async def test_an_attempt_is_submitting_before_the_call_under_a_number_every_channel_takes(
    session: AsyncSession,
) -> None:
    attempt = await _begun(session)

    assert (attempt.state, attempt.live) == (AttemptState.SUBMITTING, True)
    assert attempt.order_no.isalnum()
    assert 8 <= len(attempt.order_no) <= 32
    assert attempt.ask_at == NOW + CRASHED_AFTER


async def test_claiming_again_returns_the_open_attempt_and_makes_no_second(session: AsyncSession) -> None:
    order = await an_order(session)
    first = await attempts.claim(session, order_id=order.id, at=NOW)
    second = await attempts.claim(session, order_id=order.id, at=NOW)

    assert (first.fresh, second.fresh) == (True, False)
    assert second.attempt is first.attempt


async def test_a_loan_has_one_live_attempt_and_the_refusal_names_it(session: AsyncSession) -> None:
    debt = await a_loan(session)
    one, other = await an_order(session, debt), await an_order(session, debt)
    await attempts.claim(session, order_id=one.id, at=NOW)

    with pytest.raises(AnotherPaymentLive, match=one.number) as refusal:
        await attempts.claim(session, order_id=other.id, at=NOW)
    assert refusal.value.passing


async def test_a_new_number_is_given_only_after_the_old_one_is_final(session: AsyncSession) -> None:
    order = await an_order(session)
    first = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
    await _told(session, first, DECLINED)

    second = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt

    assert second.order_no != first.order_no
    assert order.status is OrderStatus.PROCESSING


async def test_an_order_out_of_time_is_not_begun(session: AsyncSession) -> None:
    order = await an_order(session, expires_at=NOW + HOUR)

    with pytest.raises(OrderNotPayable):
        await attempts.claim(session, order_id=order.id, at=NOW + HOUR)


async def test_money_is_booked_once_and_announced_once_however_often_we_are_told(session: AsyncSession) -> None:
    attempt = await _begun(session)

    applied = await _told(session, attempt, ACTION, paid(), paid(), UNKNOWN, CLOSED, paid())

    assert applied.order.status is OrderStatus.PAID
    assert (attempt.live, attempt.ask_at, attempt.action) == (False, None, None)
    assert await received_fen(session, attempt.loan_id) == 1000_00
    assert await _announced(session, attempt) == 1
    assert not await queries.unplaced(session, limit=10)


async def test_the_value_date_is_the_channels_shanghai_day_and_the_booking_date_today(session: AsyncSession) -> None:
    attempt = await _begun(session, datetime(2026, 3, 2, 15, 30, tzinfo=UTC))
    just_past_midnight_there = datetime(2026, 3, 2, 16, 5, tzinfo=UTC)
    heard_at = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)

    await _told(session, attempt, paid(paid_at=just_past_midnight_there), at=heard_at)

    transfer = (await session.scalars(select(Transfer).where(Transfer.source == f"payment:{attempt.id}"))).one()
    assert (transfer.value_date.day, transfer.booking_date.day) == (3, 4)
    assert attempt.paid_at == just_past_midnight_there


@pytest.mark.parametrize("given_up", [DECLINED, CLOSED, NOT_FOUND])
async def test_a_late_success_is_booked_and_paid(session: AsyncSession, given_up: PaymentResult) -> None:
    attempt = await _begun(session)
    later = attempt.final_at
    assert (await _told(session, attempt, given_up, at=later)).order.status in {OrderStatus.FAILED, OrderStatus.CLOSED}

    applied = await _told(session, attempt, paid(), at=later + HOUR)

    assert (applied.order.status, attempt.late) == (OrderStatus.PAID, True)
    assert await received_fen(session, attempt.loan_id) == 1000_00
    assert await _announced(session, attempt) == 1


async def test_another_sum_goes_to_suspense_and_the_work_list_never_to_the_loan(session: AsyncSession) -> None:
    attempt = await _begun(session)

    applied = await _told(session, attempt, paid(999_99), paid(999_99), paid(1000_00), source=Source.QUERY)

    (work,) = await queries.unplaced(session, limit=10)
    assert (work.reason, work.amount_fen, work.attempt_id) == (UnplacedReason.WRONG_AMOUNT, 999_99, attempt.id)
    assert applied.order.status is OrderStatus.MISMATCH
    assert await received_fen(session, attempt.loan_id) == 999_99
    assert await _announced(session, attempt) == 0


async def test_another_currency_is_not_in_the_books_and_on_the_work_list(session: AsyncSession) -> None:
    attempt = await _begun(session)

    applied = await _told(session, attempt, paid(1000_00, "USD"), source=Source.QUERY)

    (work,) = await queries.unplaced(session, limit=10)
    assert (work.reason, work.amount_fen) == (UnplacedReason.WRONG_CURRENCY, 0)
    assert work.details == {"received": 1000_00, "currency": "USD"}
    assert applied.order.status is OrderStatus.MISMATCH
    assert await received_fen(session, attempt.loan_id) == 0


async def test_an_order_paid_by_two_of_its_attempts_is_paid_double(session: AsyncSession) -> None:
    order = await an_order(session)
    first = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
    await _told(session, first, DECLINED)
    second = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt

    await _told(session, first, paid())
    await _told(session, second, paid())

    (work,) = await queries.unplaced(session, limit=10)
    assert (work.reason, work.attempt_id) == (UnplacedReason.DOUBLE, second.id)
    assert (await _announced(session, first), await _announced(session, second)) == (1, 0)
    assert await received_fen(session, order.loan_id) == 2000_00


async def test_a_declined_attempt_told_again_does_not_fail_the_order_its_successor_pays(session: AsyncSession) -> None:
    order = await an_order(session)
    first = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
    await _told(session, first, DECLINED)
    await attempts.claim(session, order_id=order.id, at=NOW)

    assert (await _told(session, first, DECLINED)).order.status is OrderStatus.PROCESSING


async def _superseding(
    session: AsyncSession, intent: PaymentIntent = PaymentIntent.INSTALLMENT
) -> tuple[PaymentAttempt, PaymentAttempt]:
    debt = await a_loan(session)
    one, other = await an_order(session, debt), await an_order(session, debt, intent=intent)
    old = (await attempts.claim(session, order_id=one.id, at=NOW)).attempt
    await _told(session, old, ACTION)
    await attempts.supersede(session, attempt=old, at=NOW)
    await orders.take_place_of(session, other, one)
    return old, (await attempts.claim(session, order_id=other.id, at=NOW)).attempt


async def test_an_attempt_is_superseded_once_however_many_try_at_the_same_moment(session: AsyncSession) -> None:
    old, _ = await _superseding(session)
    await attempts.supersede(session, attempt=old, at=NOW + HOUR)

    assert old.superseded_at == NOW
    told = [change.told for change in await queries.changes_of(session, old.id)]
    assert told.count("SUPERSEDED") == 1


@pytest.mark.parametrize("newer_first", [True, False])
async def test_a_wish_paid_by_the_old_page_and_the_new_is_paid_double(session: AsyncSession, newer_first: bool) -> None:
    pages = await _superseding(session)
    first, second = reversed(pages) if newer_first else pages

    await _told(session, first, paid())
    await _told(session, second, paid())

    (work,) = await queries.unplaced(session, limit=10)
    assert (work.reason, work.attempt_id) == (UnplacedReason.DOUBLE, second.id)
    assert (await _announced(session, first), await _announced(session, second)) == (1, 0)


async def test_two_wishes_of_different_intent_are_both_announced(session: AsyncSession) -> None:
    old, new = await _superseding(session, PaymentIntent.PAYOFF)

    await _told(session, old, paid())
    await _told(session, new, paid())

    assert (await _announced(session, old), await _announced(session, new)) == (1, 1)
    assert not await queries.unplaced(session, limit=10)


async def test_an_automatic_debit_waits_for_a_superseded_page_too(session: AsyncSession) -> None:
    old, new = await _superseding(session)
    await _told(session, new, CLOSED)
    debit = await an_order(session, _debt_of(new))

    with pytest.raises(AnotherPaymentLive):
        await attempts.claim(session, order_id=debit.id, at=NOW, automatic=True)
    await _told(session, old, CLOSED)
    assert (await attempts.claim(session, order_id=debit.id, at=NOW, automatic=True)).fresh


async def test_a_wish_that_was_paid_meanwhile_is_not_begun_again(session: AsyncSession) -> None:
    attempt = await _begun(session)
    order = (await _told(session, attempt, paid())).order
    again = await an_order(session, _debt_of(attempt))
    await orders.take_place_of(session, again, order)

    with pytest.raises(WishAlreadyPaid, match=order.number):
        await attempts.claim(session, order_id=again.id, at=NOW)


async def test_a_call_that_was_not_executed_leaves_the_attempt_to_be_made(session: AsyncSession) -> None:
    attempt = await _begun(session)

    await _told(session, attempt, NOT_EXECUTED)

    assert (attempt.state, attempt.live) == (AttemptState.SUBMITTING, True)
    assert attempt.ask_at == NOW + timedelta(seconds=5)
    assert attempt.error == {"kind": "NOT_EXECUTED", "code": "CONNECT_FAILED", "retry": "NEVER"}


async def test_every_change_says_who_told_us_and_repeats_leave_no_trace(session: AsyncSession) -> None:
    attempt = await _begun(session)
    await _told(session, attempt, ACTION, ACTION, UNKNOWN, PROCESSING, paid(), paid(), CLOSED)

    trail = [(change.before, change.after, change.told) for change in await queries.changes_of(session, attempt.id)]

    assert trail == [
        ("SUBMITTING", "ACTION_REQUIRED", "ACTION_REQUIRED"),
        ("ACTION_REQUIRED", "PROCESSING", "PROCESSING"),
        ("PROCESSING", "SUCCEEDED", "SUCCEEDED"),
        ("SUCCEEDED", "SUCCEEDED", "CLOSED"),
    ]


async def test_what_we_had_given_up_and_the_channel_takes_up_again_is_asked_about(session: AsyncSession) -> None:
    attempt = await _begun(session)
    await _told(session, attempt, DECLINED)
    assert attempt.ask_at is None

    await _told(session, attempt, PROCESSING)

    assert (attempt.state, attempt.live) == (AttemptState.DECLINED, False)
    assert attempt.ask_at is not None


async def test_a_plugins_nonsense_does_not_stop_the_booking(session: AsyncSession) -> None:
    attempt = await _begun(session)
    nonsense = PaymentResult(
        PaymentState.SUCCEEDED,
        amount_fen=1000_00,
        currency="CNY",
        provider_no="T\0" + "9" * 1000,
        channel_state={"blob": "x" * 5000},
        paid_at=datetime(1970, 1, 1),  # noqa: DTZ001 - that is the nonsense
    )

    await _told(session, attempt, nonsense)

    assert attempt.provider_no is not None
    assert len(attempt.provider_no) == 500
    assert (attempt.channel_state, attempt.paid_at) == (None, NOW)
    assert await received_fen(session, attempt.loan_id) == 1000_00


async def test_what_the_channel_gave_us_to_keep_is_kept_and_added_to(session: AsyncSession) -> None:
    attempt = await _begun(session)
    await _told(session, attempt, PaymentResult(PaymentState.PROCESSING, channel_state={"txnTime": "1"}))
    await _told(session, attempt, PaymentResult(PaymentState.UNKNOWN, channel_state={"queryId": "2"}))

    assert attempt.channel_state == {"txnTime": "1", "queryId": "2"}


async def test_the_janitor_announces_what_is_due_and_puts_it_a_step_further(session: AsyncSession) -> None:
    attempt = await _begun(session)
    await _told(session, attempt, UNKNOWN)
    assert attempt.id not in await janitor.due(session, at=NOW + timedelta(seconds=4))

    at = NOW + timedelta(seconds=5)
    assert attempt.id in await janitor.due(session, at=at)
    assert attempt.id not in await janitor.due(session, at=at)
    assert attempt.ask_at == at + timedelta(seconds=15)
    asked = select(func.count()).where(
        OutboxRow.topic == "payments.ask", OutboxRow.payload["attempt_id"].astext == str(attempt.id)
    )
    assert await session.scalar(asked) == 1


async def test_an_order_whose_time_ran_out_before_it_was_begun_is_closed(session: AsyncSession) -> None:
    order = await an_order(session)

    await janitor.due(session, at=order.expires_at)

    assert order.status is OrderStatus.CLOSED


async def test_lending_may_put_on_the_work_list_what_a_loan_cannot_take_once(session: AsyncSession) -> None:
    attempt = await _begun(session)
    await _told(session, attempt, paid())

    for _ in range(2):
        await unplaced.keep(session, attempt_id=attempt.id, reason=UnplacedReason.LOAN_CANNOT_TAKE_IT, at=NOW)

    (work,) = await queries.unplaced(session, limit=10)
    assert (work.amount_fen, work.loan_id) == (1000_00, attempt.loan_id)


def _debt_of(attempt: PaymentAttempt) -> Debt:
    return Debt(attempt.loan_id, attempt.borrower_id)
