"""One notice that tells of many debits: each is judged as if it had come alone, and who is not named is asked about."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from domain.payments import flows, queries
from domain.payments.flows import calls
from domain.payments.models import AttemptState, PaymentAttempt
from domain.payments.ports import (
    ChannelError,
    ErrorCode,
    ErrorKind,
    Notification,
    NotificationKind,
    PaymentResult,
    PaymentState,
    RawRequest,
)
from domain.payments.services import attempts
from domain.shared.db import Sessions
from tests.domain.payments.builders import DECLINED, FakeChannel, Hand, an_order, notice, paid, received_fen

FOREIGN = PaymentResult(PaymentState.UNKNOWN, error=ChannelError(ErrorKind.CONFLICT, ErrorCode.FOREIGN_MERCHANT))


@pytest.fixture
async def sent(sessions: Sessions, hand: Hand) -> list[PaymentAttempt]:
    """Three debits of three loans, in one batch."""
    batched: list[PaymentAttempt] = []
    async with sessions.begin() as session:
        for position in range(3):
            order = await an_order(session, at=hand.at)
            attempt = (await attempts.claim(session, order_id=order.id, at=hand.at)).attempt
            attempt.batch_no, attempt.batch_position = (
                f"B{batched[0].order_no if batched else attempt.order_no}",
                position,
            )
            batched.append(attempt)
    return batched


async def _told(
    sessions: Sessions,
    hand: Hand,
    channel: FakeChannel,
    results: Mapping[str, PaymentResult],
    *,
    batch_no: str | None = None,
    nonce: int = 1,
) -> str:
    async def parse(_raw: RawRequest) -> Notification:
        return Notification(NotificationKind.BATCH, "B1", batch_no=batch_no, results=results)

    channel.parse_notification = parse  # type: ignore[method-assign]
    raw = notice(f"batch{batch_no}", nonce=nonce, at=hand.at)
    return (await flows.receive_notice(sessions, hand.clock(), channel, raw)).body.decode()


async def _states(sessions: Sessions, sent: list[PaymentAttempt]) -> list[AttemptState]:
    async with sessions() as session:
        return [(await session.get_one(PaymentAttempt, attempt.id)).state for attempt in sent]


async def test_each_of_a_batch_is_applied_once_and_the_rest_is_asked_about(
    sessions: Sessions, hand: Hand, channel: FakeChannel, sent: list[PaymentAttempt]
) -> None:
    first, second, third = sent
    results = {first.order_no: paid(), second.order_no: DECLINED}

    for nonce in (1, 1, 2):
        told = await _told(sessions, hand, channel, results, batch_no=first.batch_no, nonce=nonce)
        assert told in {"ACCEPTED", "DUPLICATE"}

    assert await _states(sessions, sent) == [AttemptState.SUCCEEDED, AttemptState.DECLINED, AttemptState.SUBMITTING]
    async with sessions() as session:
        assert [await received_fen(session, each.loan_id) for each in sent] == [1000_00, 0, 0]
        assert (await session.get_one(PaymentAttempt, third.id)).ask_at == hand.at


async def test_two_notices_of_one_batch_at_the_same_time_book_each_debit_once(
    sessions: Sessions, hand: Hand, channel: FakeChannel, sent: list[PaymentAttempt]
) -> None:
    numbers = [attempt.order_no for attempt in sent]
    said = [dict.fromkeys(order, paid()) for order in (numbers, numbers[::-1])] * 3

    async def parse(raw: RawRequest) -> Notification:
        results = said[json.loads(raw.body)["nonce"]]
        return Notification(NotificationKind.BATCH, "B1", batch_no=sent[0].batch_no, results=results)

    channel.parse_notification = parse  # type: ignore[method-assign]
    raws = [notice("batch", nonce=nonce, at=hand.at) for nonce in range(6)]
    answers = await asyncio.gather(*(flows.receive_notice(sessions, hand.clock(), channel, raw) for raw in raws))

    assert {answer.body for answer in answers} == {b"ACCEPTED"}
    async with sessions() as session:
        assert [await received_fen(session, each.loan_id) for each in sent] == [1000_00] * 3


async def test_a_batch_that_is_only_said_to_be_finished_is_asked_about_item_by_item(
    sessions: Sessions, hand: Hand, channel: FakeChannel, sent: list[PaymentAttempt]
) -> None:
    assert await _told(sessions, hand, channel, {}, batch_no=sent[0].batch_no) == "ACCEPTED"
    async with sessions() as session:
        assert {(await session.get_one(PaymentAttempt, each.id)).ask_at for each in sent} == {hand.at}


async def test_what_a_batch_tells_of_nobodys_number_is_put_aside_and_the_others_are_booked(
    sessions: Sessions, hand: Hand, channel: FakeChannel, sent: list[PaymentAttempt]
) -> None:
    results = {"nobodys": paid(7_00), sent[1].order_no: paid()}

    assert await _told(sessions, hand, channel, results) == "REJECTED"

    assert (await _states(sessions, sent))[1] is AttemptState.SUCCEEDED
    async with sessions() as session:
        assert [(row.order_no, row.amount_fen) for row in await queries.unplaced(session, limit=9)] == [
            ("nobodys", 7_00)
        ]


async def test_a_batch_with_another_merchants_payment_in_it_moves_nothing(
    sessions: Sessions, hand: Hand, channel: FakeChannel, sent: list[PaymentAttempt]
) -> None:
    results = {sent[0].order_no: paid(), sent[1].order_no: FOREIGN}

    assert await _told(sessions, hand, channel, results) == "REJECTED"
    assert set(await _states(sessions, sent)) == {AttemptState.SUBMITTING}


async def test_a_batch_that_names_nothing_is_kept_for_a_person(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    assert await _told(sessions, hand, channel, {}) == "REJECTED"


def test_whoever_asks_about_a_debit_of_a_batch_is_told_its_place(sent: list[PaymentAttempt]) -> None:
    refs = [calls.ref_of(attempt) for attempt in sent]
    assert [(ref.batch_no, ref.batch_position) for ref in refs] == [(sent[0].batch_no, n) for n in range(3)]
