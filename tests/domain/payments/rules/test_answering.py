"""What can be sent as an answer to a notice, and who is handed the notice."""

from typing import Any

import pytest

from domain.payments.ports import HttpAnswer, NoticeOutcome
from domain.payments.rules import answering
from tests.domain.payments.builders import FakeChannel


class Greedy(FakeChannel):
    """Takes whatever it is given, and asks for nothing by name."""

    def answer_notification(self, *given: Any, **named: Any) -> HttpAnswer:
        return HttpAnswer(200, {}, f"{len(given)} {sorted(named)}".encode())


def test_who_does_not_ask_for_the_notice_by_name_is_not_given_it() -> None:
    assert not answering.repeats(FakeChannel())
    assert answering.answer(FakeChannel(), NoticeOutcome.ACCEPTED, object()).body == b"ACCEPTED"
    assert answering.answer(Greedy(), NoticeOutcome.ACCEPTED).body == b"1 []"


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (HttpAnswer(200, {"Content-Type": "text/xml; charset=GBK"}, b"<AIPG/>"), ""),
        (HttpAnswer(204), ""),
        (HttpAnswer(200, {}, b"x" * answering.LONGEST), ""),
        (HttpAnswer(200, {}, b"x" * (answering.LONGEST + 1)), "a body of 65537 bytes"),
        (None, "a NoneType"),
        ("success", "a str"),
        (HttpAnswer(True), "the status True"),
        (HttpAnswer(100), "the status 100"),
        (HttpAnswer(600), "the status 600"),
        (HttpAnswer(200, {}, "success"), "a body that is a str"),  # type: ignore[arg-type]  # a plugin's mistake
        (HttpAnswer(204, {}, b"success"), "HTTP 204 and a body"),
        (HttpAnswer(200, {"X": "1\n2"}), "headers that are none"),
        (HttpAnswer(200, {"X ": "1"}), "headers that are none"),
        (HttpAnswer(200, {"X": "通联"}), "headers that are none"),
        (HttpAnswer(200, {"X": 1}), "headers that are none"),  # type: ignore[dict-item]  # a plugin's mistake
        (HttpAnswer(200, None), "headers that are none"),  # type: ignore[arg-type]  # a plugin's mistake
    ],
)
def test_what_cannot_be_sent_is_known_before_it_is(told: object, wrong: str) -> None:
    assert answering.wrong_with(told) == wrong
