"""Answers that repeat something of their notice: for every outcome, and what is said where they cannot be sent."""

from typing import Any, cast

import pytest

from domain.payments import flows
from domain.payments.ports import (
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentChannel,
    RawRequest,
)
from domain.payments.rules.answering import LONGEST
from domain.shared.db import Sessions
from tests.domain.payments.builders import FakeChannel, Hand, an_order, attempt_of, notice, received_fen


class Repeating(FakeChannel):
    """Answers with the number it was told of, or with `-` where nothing was proven."""

    async def parse_notification(self, request: RawRequest) -> Notification:
        read = await super().parse_notification(request)
        return Notification(read.kind, read.event_id, read.order_no, result=read.result, echo={"no": read.event_id})

    def answer_notification(self, outcome: NoticeOutcome, notification: Notification | None = None) -> HttpAnswer:
        number = notification.echo["no"] if notification else "-"
        return HttpAnswer(200, {}, f"{outcome} {number}".encode())


class Nowhere:
    """A database that is away."""

    def begin(self) -> None:
        raise ConnectionError


async def told_with_no_database(channel: PaymentChannel, raw: RawRequest, hand: Hand) -> HttpAnswer:
    return await flows.receive_notice(cast("Any", Nowhere()), hand.clock(), channel, raw)


async def test_an_answer_repeats_its_notice_whatever_became_of_it(sessions: Sessions, hand: Hand) -> None:
    channel = Repeating()
    async with sessions.begin() as session:
        order = await an_order(session, at=hand.at)
    await flows.submit(sessions, hand.clock(), channel, order_id=order.id)
    async with sessions() as session:
        attempt = await attempt_of(session, order)
    number = attempt.order_no

    async def told(raw: RawRequest) -> str:
        return (await flows.receive_notice(sessions, hand.clock(), channel, raw)).body.decode()

    assert await told(notice(number)) == f"ACCEPTED {number}"
    assert await told(notice(number)) == f"DUPLICATE {number}"
    assert await told(notice("PO1", fen=7)) == "REJECTED PO1"
    assert await told(notice(number, sign="forged")) == "BAD_SIGNATURE -"
    assert await told(notice("P", kind=NotificationKind.PROBE)) == "BAD_SIGNATURE P"
    async with sessions() as session:
        assert await received_fen(session, attempt.loan_id) == 1000_00


async def test_what_cannot_be_applied_is_asked_for_again_by_its_number(sessions: Sessions) -> None:
    class BrokenClock:
        async def now(self, session: object) -> None:
            raise ConnectionError

    answer = await flows.receive_notice(sessions, cast("Any", BrokenClock()), Repeating(), notice("PO1"))

    assert answer.body == b"RETRY PO1"


async def test_what_cannot_be_kept_is_asked_for_again_by_its_number(hand: Hand) -> None:
    assert (await told_with_no_database(Repeating(), notice("PO1"), hand)).body == b"RETRY PO1"
    assert (await told_with_no_database(Repeating(), notice("PO1", sign="forged"), hand)).body == b"RETRY -"
    no_json = RawRequest("POST", "/notify/payments/fake", "", notice("").headers, b"", hand.at)
    assert (await told_with_no_database(Repeating(), no_json, hand)).body == b"RETRY -"


async def test_a_notice_is_not_read_for_an_answer_that_repeats_nothing(hand: Hand) -> None:
    class Plain(FakeChannel):
        async def parse_notification(self, request: RawRequest) -> Notification:
            raise AssertionError("it was read")

    assert (await told_with_no_database(Plain(), notice("PO1"), hand)).body == b"RETRY"


@pytest.mark.parametrize(
    "spoilt",
    [
        ValueError("no key"),
        None,
        "RETRY PO1",
        HttpAnswer(200, {}, b"x" * (LONGEST + 1)),
        HttpAnswer(200, {"X-Serial": "1\r\nSet-Cookie: a=b"}),
        HttpAnswer(204, {}, b"RETRY PO1"),
    ],
    ids=["raises", "none", "text", "too long", "no header", "body where none is"],
)
async def test_an_answer_that_cannot_be_sent_is_replaced_by_the_one_for_any_notice(hand: Hand, spoilt: Any) -> None:
    class Spoilt(Repeating):
        def answer_notification(self, outcome: NoticeOutcome, notification: Notification | None = None) -> HttpAnswer:
            if notification is None:
                return super().answer_notification(outcome)
            if isinstance(spoilt, Exception):
                raise spoilt
            return spoilt

    assert (await told_with_no_database(Spoilt(), notice("PO1"), hand)).body == b"RETRY -"


async def test_a_channel_without_any_answer_is_told_that_it_failed(hand: Hand) -> None:
    class Mute(FakeChannel):
        def answer_notification(self, outcome: NoticeOutcome, notification: Notification | None = None) -> HttpAnswer:
            raise ValueError(outcome)

    assert (await told_with_no_database(Mute(), notice("PO1"), hand)) == HttpAnswer(500)
