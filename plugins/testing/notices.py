"""Checks of notifications: only what is proven is believed, and each outcome is answered as the provider wants it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from domain.payments.ports import (
    Headers,
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentChannel,
    RawRequest,
    SignatureError,
)
from domain.payments.rules import answering
from plugins.testing.forging import unsigned
from plugins.testing.subject import Subject, must, must_be

_SPOTS = 60
_SETTLED = (NoticeOutcome.ACCEPTED, NoticeOutcome.DUPLICATE)
_AGAIN = (NoticeOutcome.RETRY, NoticeOutcome.BAD_SIGNATURE)


async def notices_are_proven(subject: Subject, good: RawRequest) -> None:
    """A notice the provider signed is read, the same each time; changed anywhere it proves nothing or says the same."""
    channel = subject.channel()
    notice = await channel.parse_notification(good)
    must_be(notice, Notification, "what a notice is read as")
    must(notice.event_id, "a notice without an event_id cannot be recognised when it comes again")
    must(await channel.parse_notification(good) == notice, "the same notice is read in two ways")
    if bare := unsigned(dict(good.headers), good.body):
        try:
            await channel.parse_notification(replace(good, headers=Headers(bare[0].items()), body=bare[1]))
        except SignatureError:
            pass
        except Exception as error:
            raise AssertionError(f"a notice without its signature raises {type(error).__name__}: {error}") from error
        else:
            raise AssertionError("a notice without its signature is believed")
    for what, tampered in _tampered(good):
        try:
            read = await channel.parse_notification(tampered)
        except SignatureError:
            continue
        except Exception as error:
            raise AssertionError(
                f"a notice with {what} raises {type(error).__name__}, not SignatureError: {error}"
            ) from error
        must(said(read) == said(notice), f"a notice with {what} is believed")


async def probes_are_recognised(subject: Subject, *probes: RawRequest) -> None:
    """What a provider sends to see whether we verify is refused like any forgery, or said to be a PROBE; it moves nothing."""
    for probe in probes:
        try:
            read = await subject.channel().parse_notification(probe)
        except SignatureError:
            continue
        except Exception as error:
            raise AssertionError(f"a probe raises {type(error).__name__}: {error}") from error
        must(read.kind is NotificationKind.PROBE and read.result is None, f"a probe is read as a {read.kind}")


async def notices_are_answered(subject: Subject, *notices: RawRequest) -> None:
    """Every outcome has an answer; what is settled is not asked for again, what is not is.

    The same for an answer that says something of these notices, and of the subject's own.
    """
    channel, can = subject.channel(), subject.capabilities()
    answers = _answers(channel, None)
    for outcome in _SETTLED:
        must(answers[outcome].body.decode() == can.notify_answer, f"{outcome} is not answered {can.notify_answer!r}")
    _must_tell_apart(answers)
    if answering.repeats(channel):
        for good in (*subject.notices, *notices):
            _must_tell_apart(_answers(channel, await channel.parse_notification(good)))


def _answers(channel: PaymentChannel, notice: Notification | None) -> dict[NoticeOutcome, HttpAnswer]:
    """What the channel answers to this notice, or to any, for each outcome."""
    answers: dict[NoticeOutcome, HttpAnswer] = {}
    for outcome in NoticeOutcome:
        told = answering.words(channel, outcome, notice)
        must_be(told, HttpAnswer, f"the answer to {outcome}")
        wrong = answering.wrong_with(told)
        must(not wrong, f"{outcome} is answered with {wrong}")
        answers[outcome] = cast("HttpAnswer", told)
    for outcome in _SETTLED:
        must(200 <= answers[outcome].status < 300, f"{outcome} is answered with HTTP {answers[outcome].status}")
    return answers


def _must_tell_apart(answers: Mapping[NoticeOutcome, HttpAnswer]) -> None:
    for outcome in _AGAIN:
        must(answers[outcome] != answers[NoticeOutcome.ACCEPTED], f"{outcome} is answered as if it were accepted")
    must(
        answers[NoticeOutcome.REJECTED] != answers[NoticeOutcome.RETRY],
        "REJECTED is answered like RETRY: what will never be applied is asked for again and again",
    )


def _tampered(good: RawRequest) -> Iterator[tuple[str, RawRequest]]:
    yield "no body", replace(good, body=b"")
    yield "half its body", replace(good, body=good.body[: len(good.body) // 2])
    yield "something added", replace(good, body=good.body + b"&x=1")
    for what, body in _doubled(good.body):
        yield what, replace(good, body=body)
    for at in range(0, len(good.body), max(1, len(good.body) // _SPOTS)):
        spoiled = good.body[:at] + bytes([good.body[at] ^ 1]) + good.body[at + 1 :]
        yield f"byte {at} changed", replace(good, body=spoiled)
    for name, value in good.headers.items():
        spoiled_headers = {**good.headers, name: value[::-1]}
        yield f"another {name}", replace(good, headers=Headers(spoiled_headers.items()))


def _doubled(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Of a form: one field a second time, changed, before all others or after them. Some read the first, some the last."""
    for field in body.split(b"&") if body.count(b"=") > body.count(b"&") > 0 else ():
        again = field[:-1] + bytes([field[-1] ^ 1])
        name = field.partition(b"=")[0].decode("latin-1")
        yield f"another {name} before it", again + b"&" + body
        yield f"another {name} after it", body + b"&" + again


def said(notice: Notification) -> tuple[Any, ...]:
    """What a notice says, whenever it came."""
    numbers = notice.order_no, notice.refund_no, notice.mandate_no, notice.mandate_token, notice.batch_no
    return notice.kind, *numbers, notice.result, dict(notice.results)
