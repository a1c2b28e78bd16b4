"""Checks of the notices that a gateway posts in a story: each is proven, says what happened, and is for us."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.payments.ports import ErrorCode, Notification, NotificationKind, RawRequest, SignatureError
from plugins.testing.notices import notices_are_answered, notices_are_proven, said
from plugins.testing.subject import Subject, must
from plugins.testing.town import (
    MANDATE,
    ORDER,
    OTHER_REFUND,
    PART_FEN,
    REFUND,
    SUM_FEN,
    Town,
    by_page,
    must_be_fen,
    only_whole,
    refund,
    town,
)

_LATER = timedelta(seconds=60)
_LONGEST_NAME = 64
"""Letters of a setting that may say who we are; a key has more."""


async def what_it_posts_is_proven(subject: Subject) -> None:
    """Every notice that the gateway posts in a story is proven, says what happened, and is answered; changed, it is not."""
    async with town(subject) as here:
        paid, then = await _posted(here)
    posted = (*paid, *then)
    must(posted, "the gateway posted no notice, and the capabilities promise some")
    for notice in posted:
        await notices_are_proven(subject, notice)
        await notices_are_answered(subject, notice)
        _must_be_ours(await subject.channel().parse_notification(notice), SUM_FEN if only_whole(subject) else PART_FEN)
    await _must_be_told_apart(subject, posted)
    for notice in then:
        read = await subject.channel().parse_notification(notice)
        must(read.kind is not NotificationKind.PAYMENT, "what is posted of a refund is read as a payment's notice")


async def foreign_notices_move_nothing(subject: Subject) -> None:
    """A notice that is proven and yet names another merchant is UNKNOWN with FOREIGN_MERCHANT, whatever it tells."""
    notices = list(subject.notices)
    if subject.gateway:
        async with town(subject) as here:
            paid, _ = await _posted(here)
            notices += paid
    for notice in notices:
        read = await subject.channel().parse_notification(notice)
        if read.kind is NotificationKind.PAYMENT and read.result:
            must(
                await _is_foreign_to_another(subject, notice),
                "a notice is believed whichever merchant it names: no setting of ours, changed in its last letter, makes"
                " it FOREIGN_MERCHANT",
            )


async def _posted(here: Town) -> tuple[Sequence[RawRequest], Sequence[RawRequest]]:
    """What is posted of a payment, and of a mandate where there is one; and what is posted after, of one refund or two."""
    payment = await here.paid()
    if by_page(here.subject) and here.subject.capabilities().products:
        await here.agreed()
    paid = tuple(here.gateway.notices())
    ability = here.subject.capabilities().refund
    for number in (REFUND, OTHER_REFUND)[: 2 if "multiple" in ability else 1] if ability else ():
        asked = refund(payment, here.subject, number)
        await here.ask("refund", lambda channel, asked=asked: channel.refund(asked))
    return paid, tuple(here.gateway.notices())[len(paid) :]


def _must_be_ours(notice: Notification, given_back_fen: int) -> None:
    """It names what the story was about, and its sum."""
    told: Any = notice.result
    refunds = notice.refund_no, (REFUND, OTHER_REFUND)
    for number, ours in ((notice.order_no, (ORDER,)), refunds, (notice.mandate_no, (MANDATE,))):
        must(number in {None, *ours}, f"a {notice.kind} notice names {number!r}, and the story was of {ours[0]}")
    if notice.kind is NotificationKind.PAYMENT:
        must(notice.order_no, "a payment's notice does not name its order")
    if told and told.state == "SUCCEEDED":
        fen = SUM_FEN if notice.kind is NotificationKind.PAYMENT else given_back_fen
        if getattr(told, "cumulative", False) and told.amount_fen == 2 * fen:
            return
        must_be_fen(told.amount_fen, fen, f"in a notice, a {str(notice.kind).lower()}")


async def _must_be_told_apart(subject: Subject, posted: Sequence[RawRequest]) -> None:
    """One event has one event_id whenever it comes and whoever reads it, and another event another."""
    seen: dict[str, Any] = {}
    for notice in posted:
        read = await subject.channel().parse_notification(notice)
        again = read
        with suppress(SignatureError):  # a proof that has grown old by then is refused, and that is no fault
            again = await subject.channel().parse_notification(replace(notice, received_at=notice.received_at + _LATER))
        must(
            again.event_id == read.event_id,
            "a notice that comes again a minute later, or in another process, has another event_id",
        )
        must(
            seen.setdefault(read.event_id, said(read)) == said(read),
            f"two notices that say different things have one event_id, {read.event_id!r}",
        )


async def _is_foreign_to_another(subject: Subject, notice: RawRequest) -> bool:
    for settings in _others(subject):
        with suppress(Exception):  # settings that cannot be, or under which it is not proven
            read = await replace(subject, settings=settings).channel().parse_notification(notice)
            told: Any = read.result
            if told and told.state == "UNKNOWN" and told.error and told.error.code is ErrorCode.FOREIGN_MERCHANT:
                return True
    return False


def _others(subject: Subject) -> Iterator[dict[str, Any]]:
    """Our settings with one of them changed, each that may be a name."""
    for name, value in subject.settings.items():
        if isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and "://" not in value:
            last = "1" if value[-1] == "0" else "0" if value[-1].isdigit() else "b" if value[-1] == "a" else "a"
            yield {**subject.settings, name: value[:-1] + last}
