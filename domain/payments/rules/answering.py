"""What a channel is answered: its own words for an outcome, which may repeat something of the notice."""

import re
from collections.abc import Mapping
from inspect import signature
from typing import Any, cast

from domain.payments.ports import HttpAnswer, NoticeOutcome, Notification, PaymentChannel

LONGEST = 64 * 1024
"""Nobody reads an answer that is longer than his notice; this is far more than any."""

_NO_BODY = frozenset({204, 205, 304})
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class NoAnswer(TypeError):
    """What a channel gave as an answer cannot be sent."""


def repeats(channel: PaymentChannel) -> bool:
    """Whether the channel's answers may say something of the notice: it asks for it by naming the argument."""
    try:
        return "notification" in signature(channel.answer_notification).parameters
    except (TypeError, ValueError):
        return False  # made by something that cannot say what it takes


def answer(channel: PaymentChannel, outcome: NoticeOutcome, said: object = None) -> HttpAnswer:
    """The channel's answer to a notice that says `said`. Raises NoAnswer, and whatever a plugin raises."""
    told = words(channel, outcome, said)
    if wrong := wrong_with(told):
        raise NoAnswer(f"{channel.code} answers {outcome} with {wrong}")
    return cast("HttpAnswer", told)


def words(channel: PaymentChannel, outcome: NoticeOutcome, said: object = None) -> object:
    """What a channel gives as its answer, as it is. What is no Notification is nothing that was said."""
    ask = cast("Any", channel.answer_notification)
    if not repeats(channel):
        return ask(outcome)
    return ask(outcome, notification=said if isinstance(said, Notification) else None)


def wrong_with(told: object) -> str:
    """Why this cannot be sent as an answer; empty if it can."""
    if not isinstance(told, HttpAnswer):
        return f"a {type(told).__name__}"
    status, headers, body = cast("Any", told.status), cast("Any", told.headers), cast("Any", told.body)
    if type(status) is not int or not 200 <= status < 600:
        return f"the status {status!r}"
    if not isinstance(body, bytes):
        return f"a body that is a {type(body).__name__}"
    if len(body) > LONGEST:
        return f"a body of {len(body)} bytes"
    if body and status in _NO_BODY:
        return f"HTTP {status} and a body"
    return "" if _are_headers(headers) else "headers that are none"


def _are_headers(headers: object) -> bool:
    return isinstance(headers, Mapping) and all(
        isinstance(name, str) and isinstance(value, str) and _NAME.fullmatch(name) and _VALUE.fullmatch(value)
        for name, value in cast("Mapping[object, object]", headers).items()
    )
