"""Another sum than was asked for, by a notice or an answer: no money moves before the channel, asked, says which came."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.models import AttemptChange, AttemptState, OrderStatus, PaymentAttempt, UnplacedReason
from domain.payments.ports import PaymentResult
from domain.payments.services import attempts, janitor
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
    an_order,
    paid,
    received_fen,
)

LESS = paid(999_99)
SOON = NOW + timedelta(minutes=1)


async def _begun(session: AsyncSession) -> PaymentAttempt:
    return (await attempts.claim(session, order_id=(await an_order(session)).id, at=NOW)).attempt


async def _told(
    session: AsyncSession, attempt: PaymentAttempt, result: PaymentResult, source: Source, at: datetime = NOW
) -> OrderStatus:
    applied = await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=source, at=at)
    return applied.order.status


async def _doubted(session: AsyncSession) -> PaymentAttempt:
    attempt = await _begun(session)
    await _told(session, attempt, LESS, Source.NOTICE)
    return attempt


async def _announced(session: AsyncSession, attempt: PaymentAttempt, topic: str) -> int:
    about = OutboxRow.payload["attempt_id"].astext == str(attempt.id)
    return await session.scalar(select(func.count()).where(OutboxRow.topic == topic, about)) or 0


async def _changes(session: AsyncSession, attempt: PaymentAttempt) -> list[AttemptChange]:
    return list(await queries.changes_of(session, attempt.id))


@pytest.mark.parametrize("source", [Source.NOTICE, Source.ANSWER])
@pytest.mark.parametrize("word", [LESS, paid(1000_01), paid(1000_00, "USD")], ids=["less", "more", "dollars"])
async def test_it_moves_no_money_and_is_asked_about_at_once_and_once(
    session: AsyncSession, word: PaymentResult, source: Source
) -> None:
    attempt = await _begun(session)

    statuses = [await _told(session, attempt, word, source) for _ in range(2)]

    assert statuses == [OrderStatus.PROCESSING] * 2
    assert (attempt.state, attempt.live, attempt.doubted_at) == (AttemptState.UNKNOWN, True, NOW)
    assert attempt.ask_at == NOW + timedelta(seconds=5)
    assert await received_fen(session, attempt.loan_id) == 0
    assert not await queries.unplaced(session, limit=10)
    assert await _announced(session, attempt, "payments.ask") == 1
    said = (await _changes(session, attempt))[0]
    assert (said.told, said.facts["amount_fen"], said.facts["doubted"]) == ("SUCCEEDED", word.amount_fen, True)


async def test_an_answer_leaves_what_is_needed_to_ask_and_a_notice_does_not(session: AsyncSession) -> None:
    told_by: dict[Source, str | None] = {}
    for source in (Source.ANSWER, Source.NOTICE):
        attempt = await _begun(session)
        await _told(session, attempt, LESS, source)
        told_by[source] = attempt.provider_no

    assert told_by == {Source.ANSWER: "T1", Source.NOTICE: None}


@pytest.mark.parametrize("source", [Source.QUERY, Source.BILL, Source.MANUAL, Source.NOTICE])
async def test_the_sum_that_was_asked_for_is_applied_as_ever_and_what_was_said_stays_to_be_seen(
    session: AsyncSession, source: Source
) -> None:
    attempt = await _doubted(session)

    assert await _told(session, attempt, paid(), source, SOON) is OrderStatus.PAID

    assert (attempt.doubted_at, attempt.ask_at, attempt.received_fen) == (None, None, 1000_00)
    assert attempt.paid_at == NOW, "by then we had been told of it"
    assert await received_fen(session, attempt.loan_id) == 1000_00
    assert await _announced(session, attempt, "payments.settled") == 1
    assert not await queries.unplaced(session, limit=10)
    assert [(change.source, change.facts["amount_fen"]) for change in await _changes(session, attempt)] == [
        ("NOTICE", 999_99),
        (source.value, 1000_00),
    ]


@pytest.mark.parametrize("source", [Source.QUERY, Source.BILL, Source.MANUAL])
async def test_the_other_sum_lies_in_suspense_once_it_is_said_by_who_was_asked(
    session: AsyncSession, source: Source
) -> None:
    attempt = await _doubted(session)

    assert await _told(session, attempt, LESS, source, SOON) is OrderStatus.MISMATCH

    (work,) = await queries.unplaced(session, limit=10)
    assert (work.reason, work.amount_fen) == (UnplacedReason.WRONG_AMOUNT, 999_99)
    assert (attempt.doubted_at, attempt.ask_at) == (None, None)
    assert await received_fen(session, attempt.loan_id) == 999_99
    assert await _announced(session, attempt, "payments.settled") == 0


@pytest.mark.parametrize(
    "answer", [UNKNOWN, NOT_EXECUTED, NOT_FOUND, PROCESSING, ACTION], ids=lambda answer: str(answer.state)
)
async def test_while_the_channel_cannot_say_it_is_asked_on(session: AsyncSession, answer: PaymentResult) -> None:
    attempt = await _doubted(session)

    assert await _told(session, attempt, answer, Source.QUERY, SOON) is OrderStatus.PROCESSING

    assert (attempt.doubted_at, attempt.ask_at) == (NOW, SOON + timedelta(seconds=5))
    assert attempt.id in await janitor.due(session, at=SOON + HOUR)
    assert await received_fen(session, attempt.loan_id) == 0


@pytest.mark.parametrize("given_up", [DECLINED, CLOSED, NOT_FOUND], ids=lambda word: str(word.state))
async def test_of_what_we_had_given_up_it_is_asked_on_too_until_the_channel_says_that_it_came_or_did_not(
    session: AsyncSession, given_up: PaymentResult
) -> None:
    attempt = await _begun(session)
    later = attempt.final_at
    await _told(session, attempt, given_up, Source.QUERY, later)
    assert attempt.ask_at is None

    for word, source in ((LESS, Source.NOTICE), (UNKNOWN, Source.QUERY), (given_up, Source.NOTICE)):
        await _told(session, attempt, word, source, later)
        assert (attempt.state, attempt.live, attempt.doubted_at) == (given_up.state, False, later)
        assert attempt.ask_at is not None
    assert await _announced(session, attempt, "payments.ask") == 1

    await _told(session, attempt, given_up, Source.QUERY, later)
    assert (attempt.doubted_at, attempt.ask_at) == (None, None)
    await _told(session, attempt, LESS, Source.NOTICE, later)
    assert await _told(session, attempt, paid(), Source.QUERY, later) is OrderStatus.PAID
    assert (attempt.late, attempt.ask_at) == (True, None)


@pytest.mark.parametrize("source", [Source.NOTICE, Source.CLOSE, Source.ANSWER])
async def test_that_it_is_over_by_a_word_nobody_asked_for_leaves_the_doubt(
    session: AsyncSession, source: Source
) -> None:
    attempt = await _doubted(session)

    assert await _told(session, attempt, CLOSED, source) is OrderStatus.CLOSED

    assert (attempt.state, attempt.live, attempt.doubted_at) == (AttemptState.CLOSED, False, NOW)
    assert attempt.ask_at is not None
    assert attempt.finished_at == NOW


async def test_however_long_it_was_asked_about_before_it_is_asked_often_again(session: AsyncSession) -> None:
    attempt = await _begun(session)
    await _told(session, attempt, PROCESSING, Source.ANSWER)
    attempt.asks = 60
    await _told(session, attempt, LESS, Source.NOTICE)

    assert attempt.ask_at == NOW + timedelta(seconds=5)


async def test_another_sum_than_was_booked_changes_nothing_and_stays_to_be_seen(session: AsyncSession) -> None:
    attempt = await _begun(session)
    await _told(session, attempt, paid(), Source.QUERY)

    assert await _told(session, attempt, LESS, Source.NOTICE) is OrderStatus.PAID

    assert (attempt.doubted_at, attempt.received_fen) == (None, 1000_00)
    assert await received_fen(session, attempt.loan_id) == 1000_00
    said = (await _changes(session, attempt))[-1]
    assert (said.told, said.before, said.after) == ("SUCCEEDED", "SUCCEEDED", "SUCCEEDED")
    assert (said.facts["amount_fen"], said.facts["contradicts"]) == (999_99, True)


async def test_a_channel_that_cannot_be_asked_is_believed_once(session: AsyncSession) -> None:
    attempt = await _begun(session)
    when = NOW + timedelta(seconds=30)
    await _told(session, attempt, paid(999_98), Source.NOTICE)
    await _told(session, attempt, paid(999_99, paid_at=when), Source.NOTICE, SOON)

    states = [await attempts.believe(session, attempt_id=attempt.id, at=SOON + HOUR) for _ in range(2)]

    assert states == [AttemptState.SUCCEEDED] * 2
    assert (attempt.received_fen, attempt.paid_at, attempt.provider_no) == (999_99, when, "T1")
    (work,) = await queries.unplaced(session, limit=10)
    assert (work.reason, work.amount_fen) == (UnplacedReason.WRONG_AMOUNT, 999_99)
    assert len(await _changes(session, attempt)) == 3
