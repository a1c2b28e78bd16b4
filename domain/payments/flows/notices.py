"""The way of a notice: kept first, then verified and applied, then answered in the channel's own words."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog

from domain.payments import queries
from domain.payments.ports import HttpAnswer, NoticeOutcome, PaymentChannel, RawRequest, SignatureError
from domain.payments.ports.notices import Notification
from domain.payments.rules import answering
from domain.payments.services import notices
from domain.shared import inbox
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.failpoints import failpoint
from domain.shared.inbox import InboxState

log = structlog.get_logger()

_READING = timedelta(seconds=3)
"""A channel wants its answer within 5 s; a plugin that must fetch a certificate first has this long."""

_UNDER_WAY = timedelta(seconds=30)
"""A notice younger than this is being worked on by whoever received it."""


async def receive_notice(sessions: Sessions, clock: Clock, channel: PaymentChannel, raw: RawRequest) -> HttpAnswer:
    """Take a notice in and say what the channel must be answered.

    It is kept, committed, before it is looked at; a repeat is skipped only if its first copy was applied. A fault of
    ours asks for it again (RETRY), and what a crash leaves behind `reapply_inbox` picks up. How it is answered changes
    nothing of what was applied.
    """
    try:
        row_id = await _keep(sessions, channel, raw)
    except Exception:
        log.exception("payments.notice_not_kept", channel=channel.code)
        return _answer(channel, NoticeOutcome.RETRY, await _said(channel, raw))
    if row_id is None:
        return _answer(channel, NoticeOutcome.DUPLICATE, await _said(channel, raw))
    failpoint("payments.after_inbox")
    return _answer(channel, *await _work(sessions, clock, channel, row_id, raw, last_try=False))


async def reapply_inbox(
    sessions: Sessions, clock: Clock, channels: Mapping[str, PaymentChannel], *, limit: int = 100
) -> int:
    """Work on notices that a crash or a fault of ours left; returns how many. Nobody waits for an answer any more.

    One that its plugin cannot read a second time is set aside as REFUSED, so that it holds up no others; the attempt it
    may be about is asked about anyway.
    """
    async with sessions() as session:
        before = await clock.now(session) - _UNDER_WAY
        rows = await queries.unread_notices(session, channels, before=before, limit=limit)
    for row in rows:
        channel = channels[row.source.removeprefix("payments/")]
        await _work_again(sessions, clock, channel, row.id)
    return len(rows)


async def _keep(sessions: Sessions, channel: PaymentChannel, raw: RawRequest) -> UUID | None:
    """The kept notice; None when its first copy was applied."""
    async with sessions.begin() as session:
        row = await inbox.keep(session, source=f"payments/{channel.code}", raw=raw)
        return None if row.state is InboxState.APPLIED else row.id


async def _work(
    sessions: Sessions, clock: Clock, channel: PaymentChannel, row_id: UUID, raw: RawRequest, *, last_try: bool
) -> tuple[NoticeOutcome, Notification | None]:
    """What became of the notice, and what it says, as far as it proved anything."""
    try:
        notification = await _read(channel, raw)
        if notification is None:
            await _refuse(sessions, row_id, NoticeOutcome.BAD_SIGNATURE)
            log.warning("payments.notice_forged", channel=channel.code, row_id=str(row_id))
            return NoticeOutcome.BAD_SIGNATURE, None
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        log.warning("payments.notice_unreadable", channel=channel.code, row_id=str(row_id), error=type(error).__name__)
        if last_try:
            await _refuse(sessions, row_id, "UNREADABLE")
        return NoticeOutcome.RETRY, None
    try:
        async with sessions.begin() as session:
            at = await clock.now(session)
            outcome = await notices.apply(
                session, row_id=row_id, channel=channel.code, notification=notification, at=at
            )
    except Exception:
        log.exception("payments.notice_not_applied", channel=channel.code, row_id=str(row_id))
        return NoticeOutcome.RETRY, notification
    if outcome is NoticeOutcome.REJECTED:
        log.warning("payments.notice_rejected", channel=channel.code, row_id=str(row_id))
    return outcome, notification


async def _work_again(sessions: Sessions, clock: Clock, channel: PaymentChannel, row_id: UUID) -> None:
    try:
        async with sessions() as session:
            raw = await inbox.raw_of(session, row_id)
    except inbox.Damaged:
        log.error("payments.notice_damaged", channel=channel.code, row_id=str(row_id))
        await _refuse(sessions, row_id, "DAMAGED")
        return
    await _work(sessions, clock, channel, row_id, raw, last_try=True)


async def _read(channel: PaymentChannel, raw: RawRequest) -> Notification | None:
    """What the notice says; None when it proves nothing."""
    try:
        async with asyncio.timeout(_READING.total_seconds()):
            return await channel.parse_notification(raw)
    except SignatureError:
        return None


async def _refuse(sessions: Sessions, row_id: UUID, reason: str) -> None:
    async with sessions.begin() as session:
        await notices.refuse(session, row_id=row_id, reason=reason)


async def _said(channel: PaymentChannel, raw: RawRequest) -> Notification | None:
    """What a notice that is not worked on says, read only for a channel whose answers repeat some of it."""
    if not answering.repeats(channel):
        return None
    try:
        return await _read(channel, raw)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        log.warning("payments.notice_unreadable", channel=channel.code, error=type(error).__name__)
        return None


def _answer(channel: PaymentChannel, outcome: NoticeOutcome, said: Notification | None) -> HttpAnswer:
    """In the channel's words for this notice, else in its words for any, else HTTP 500: to be told again harms nobody."""
    try:
        return answering.answer(channel, outcome, said)
    except Exception:
        log.exception("payments.notice_not_answered", channel=channel.code, outcome=outcome)
    return HttpAnswer(500) if said is None else _answer(channel, outcome, None)
