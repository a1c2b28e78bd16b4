"""A notice that is believed without a proof, or answered as it should not be, is found."""

import json
from dataclasses import replace

import pytest

from plugins.testing import Subject, notices_are_answered
from suidai.contract import (
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentResult,
    PaymentState,
    RawRequest,
)
from tests.plugins.testing.till import GOOD, Cash, Check, notices, spoiled


async def answers(subject: Subject) -> None:
    await notices_are_answered(subject, GOOD)


async def trusts(self: Cash, request: RawRequest) -> Notification:
    said = json.loads(request.body)
    paid = PaymentResult(PaymentState.SUCCEEDED, said["fen"], "CNY")
    return Notification(NotificationKind.PAYMENT, said["order"], order_no=said["order"], result=paid)


async def nameless(self: Cash, request: RawRequest) -> Notification:
    return replace(await Cash.parse_notification(self, request), event_id="")


def content(self: Cash, outcome: NoticeOutcome) -> HttpAnswer:
    return HttpAnswer(200, {}, b"ok")


def repeats_too_much(self: Cash, outcome: NoticeOutcome, notification: Notification | None = None) -> HttpAnswer:
    told = Cash.answer_notification(self, outcome)
    return replace(told, body=GOOD.body * 9999) if notification else told


def repeats_always(self: Cash, outcome: NoticeOutcome, notification: Notification | None = None) -> HttpAnswer:
    return HttpAnswer(200, {}, b"A1") if notification else Cash.answer_notification(self, outcome)


def shouts(self: Cash, outcome: NoticeOutcome) -> HttpAnswer:
    return HttpAnswer(200, {}, b"OK")


def asks_for_what_is_rejected(self: Cash, outcome: NoticeOutcome) -> HttpAnswer:
    return Cash.answer_notification(self, NoticeOutcome.RETRY if outcome is NoticeOutcome.REJECTED else outcome)


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (notices, spoiled(parse_notification=trusts), "is believed|not SignatureError"),
        (notices, spoiled(parse_notification=nameless), "without an event_id"),
        (notices_are_answered, spoiled(answer_notification=content), "RETRY is answered as if"),
        (notices_are_answered, spoiled(answer_notification=shouts), "is not answered 'ok'"),
        (
            notices_are_answered,
            spoiled(answer_notification=asks_for_what_is_rejected),
            "REJECTED is answered like RETRY",
        ),
        (answers, spoiled(answer_notification=repeats_too_much), "is answered with a body of"),
        (answers, spoiled(answer_notification=repeats_always), "RETRY is answered as if"),
    ],
    ids=range(7),
)
async def test_a_spoiled_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)
