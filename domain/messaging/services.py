"""Queueing messages, releasing those that waited, and noting what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.messaging import queries
from domain.messaging.events import MessageQueued
from domain.messaging.models import Message, MessageTemplate
from domain.messaging.ports import Sms, SmsResult, SmsState
from domain.messaging.rules.machine import MESSAGE, MessageStatus, TemplateKind
from domain.messaging.rules.quiet import GUARDED, KEEPS_QUIET, QuietHours, next_allowed
from domain.messaging.rules.wording import rendered
from domain.messaging.templates import CHINESE, LANGUAGES, WORDINGS
from domain.shared import outbox, policy
from domain.shared.asking import next_ask
from domain.shared.callbacks import CallbackRefused
from domain.shared.crypto import keyring_of
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.parties import PartyFault
from domain.shared.secret import SecretStr
from domain.shared.wire import Callback

MAX_TRIES = 5
MAX_ASKS = 12
VERIFICATION_LIFE = timedelta(minutes=5)
"""A code that comes later than this only confuses."""

_FROM = date(2020, 1, 1)
"""From when the built-in wordings hold, so that loans can be tried in the past."""

_ANSWERS = {
    SmsState.SENT: MessageStatus.SENT,
    SmsState.DELIVERED: MessageStatus.DELIVERED,
    SmsState.FAILED: MessageStatus.FAILED,
}


class NotDecided(RuntimeError):
    """A program would contact a debtor unasked."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message whose sending is ours to do, or with `asks` to ask about."""

    sms: Sms
    asks: bool = False


async def install_templates(session: AsyncSession, *, at: datetime) -> None:
    """Put the built-in wordings in place; those already there are left as they are."""
    rows = [
        {
            "id": new_id(),
            "code": wording.code,
            "language": language,
            "version": wording.version,
            "kind": wording.kind,
            "body": wording.body(language),
            "effective_from": _FROM,
            "created_at": at,
        }
        for wording in WORDINGS
        for language in LANGUAGES
    ]
    await session.execute(
        insert(MessageTemplate).values(rows).on_conflict_do_nothing(index_elements=["code", "language", "version"])
    )


async def queue(
    session: AsyncSession,
    *,
    borrower_id: UUID | None,
    to_phone: str,
    template: str,
    params: Mapping[str, str],
    once_key: str,
    at: datetime,
    loan_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
    decision_id: UUID | None = None,
    send_after: datetime | None = None,
    language: str = CHINESE,
) -> Message | None:
    """Queue a message to go out once, after the commit; None when `once_key` was queued before.

    Reminders and overdue notices that would fall into the quiet hours wait until those are over. Raises LookupError
    for a template nobody has worded and for a parameter its wording speaks of and `params` lacks, NotDecided for what is
    collection work and comes without `decision_id`, the contact guard's leave.
    """
    wording = await queries.template(session, code=template, language=language, on=business_day(at))
    if wording.kind in GUARDED and decision_id is None:
        raise NotDecided(f"{template} is collection work: ask the contact guard first")
    rendered(wording.body, params)
    keyring = keyring_of(session)
    moment = await _allowed(session, wording.kind, max(at, send_after or at))
    row = insert(Message).values(
        id=new_id(),
        borrower_id=borrower_id,
        loan_id=loan_id,
        once_key=once_key,
        template_code=template,
        template_version=wording.version,
        language=language,
        kind=wording.kind,
        to_sealed=keyring.system.seal("message_to", to_phone),
        to_masked=_masked(to_phone),
        params_sealed=_sealed(session, params),
        status=MessageStatus.QUEUED,
        tries=0,
        asks=0,
        created_at=at,
        send_after=moment,
        decision_id=decision_id,
        facts=dict(facts or {}),
    )
    row = row.on_conflict_do_nothing(index_elements=["once_key"]).returning(Message)
    message = await session.scalar(row)
    if message is not None and moment <= at:
        _release(session, message, at)
    return message


async def due(session: AsyncSession, at: datetime, limit: int = 500) -> int:
    """Release messages whose hour has come; says how many. What is still QUEUED after that waits for a later hour."""
    waiting = await queries.lock_waiting(session, at=at, limit=limit)
    for message in waiting:
        _release(session, message, at)
    return len(waiting)


async def after_quiet(session: AsyncSession, at: datetime) -> datetime:
    """`at`, or the end of the quiet hours it falls into: for a message that need not come at night."""
    hours = await policy.value(session, "messaging.quiet_hours", on=business_day(at))
    return next_allowed(at, QuietHours.read(hours))


async def text_of(session: AsyncSession, message: Message) -> str | None:
    """What the message says; None when it was a code and is forgotten."""
    params = _params(session, message)
    if message.kind is TemplateKind.VERIFICATION and not params:
        return None
    return rendered((await queries.template_of(session, message)).body, params)


async def texts_of(session: AsyncSession, message_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What messages say, by message. One with a code is left out: a code is read on the handset or nowhere."""
    return {
        message.id: rendered(body, _params(session, message))
        for message, body in await queries.worded(session, message_ids)
        if message.kind is not TemplateKind.VERIFICATION
    }


async def apply_receipt(session: AsyncSession, callback: Callback[SmsResult], at: datetime) -> str:
    """Apply a proven delivery receipt; a repeat changes nothing. Raises CallbackRefused when we sent no such message."""
    try:
        message_id = UUID(hex=callback.ref)
    except ValueError as error:
        raise CallbackRefused(f"{callback.ref!r} is no reference of ours") from error
    message = await record(session, message_id=message_id, result=callback.result, at=at)
    if message is None:
        raise CallbackRefused(f"there is no message {callback.ref}")
    return str(message.status)


async def claim(session: AsyncSession, *, message_id: UUID, at: datetime) -> Claimed | None:
    """Take a message for sending, or for asking when nobody knows what became of it; None when neither is due.

    Commit before the provider is called: a crash then leaves SENDING, which is asked about and never sent blindly.
    """
    message = await queries.lock_message(session, message_id)
    if message is None or not await _may_be_taken(session, message, at):
        return None
    asks = message.status is not MessageStatus.QUEUED
    if asks:
        message.asks += 1
    else:
        message.move_to(MessageStatus.SENDING)
        message.tries += 1
    message.ask_at = next_ask(at, 3 + message.asks)
    return Claimed(await _sms(session, message), asks)


async def record(
    session: AsyncSession, *, message_id: UUID, result: SmsResult, at: datetime, provider: str | None = None
) -> Message | None:
    """Note what a provider said of a message, as its answer or in a receipt. What is known is never unlearnt."""
    message = await queries.lock_message(session, message_id)
    if message is None:
        return None
    message.provider = provider or message.provider
    message.provider_reference = result.provider_ref or message.provider_reference
    if answer := _ANSWERS.get(result.state):
        _told(session, message, answer, result, at)
    elif message.status in (MessageStatus.SENDING, MessageStatus.UNKNOWN):
        _not_told(session, message, result, at)
    return message


def _told(session: AsyncSession, message: Message, answer: MessageStatus, result: SmsResult, at: datetime) -> None:
    """The provider knows. A late SENT after DELIVERED, or anything after FAILED, changes nothing."""
    if not MESSAGE.allows(message.status, answer):
        return
    if answer is MessageStatus.FAILED and not result.permanent and message.status is not MessageStatus.SENT:
        _queue_again(session, message, at, result.reason or "failed")
        return
    message.move_to(answer)
    message.ask_at = None
    if answer is MessageStatus.FAILED:
        message.failure = result.reason or "failed"
    else:
        message.sent_at = message.sent_at or at
    if answer is MessageStatus.DELIVERED:
        message.delivered_at = result.delivered_at or at
    _forget_code(session, message)


def _not_told(session: AsyncSession, message: Message, result: SmsResult, at: datetime) -> None:
    """Nobody knows, or it is certain that the provider never had it."""
    unreached = result.error is not None and result.error.fault is PartyFault.UNREACHED
    # An ask that did not get through says nothing about the sending before it.
    never_had = result.state is SmsState.NOT_FOUND or (unreached and message.asks == 0)
    if never_had:
        _queue_again(session, message, at, "the provider was not reached")
        return
    if message.status is MessageStatus.SENDING:
        message.move_to(MessageStatus.UNKNOWN)
    message.failure = result.error.message if result.error else None
    message.ask_at = next_ask(at, message.asks) if message.asks < MAX_ASKS else None


def _queue_again(session: AsyncSession, message: Message, at: datetime, why: str) -> None:
    message.ask_at, message.asks, message.failure = None, 0, why
    if message.tries >= MAX_TRIES or _too_late(message, at):
        message.move_to(MessageStatus.FAILED)
        _forget_code(session, message)
        return
    message.move_to(MessageStatus.QUEUED)
    message.released_at, message.send_after = None, next_ask(at, message.tries)


async def _may_be_taken(session: AsyncSession, message: Message, at: datetime) -> bool:
    if message.status is not MessageStatus.QUEUED:
        return message.ask_at is not None and message.ask_at <= at
    if _too_late(message, at):
        message.move_to(MessageStatus.CANCELLED)
        message.failure = "too late"
        _forget_code(session, message)
        return False
    message.send_after = await _allowed(session, message.kind, max(at, message.send_after))
    if message.send_after > at:
        message.released_at = None
        return False
    return True


def _too_late(message: Message, at: datetime) -> bool:
    return message.kind is TemplateKind.VERIFICATION and at - message.created_at >= VERIFICATION_LIFE


async def _allowed(session: AsyncSession, kind: TemplateKind, at: datetime) -> datetime:
    return await after_quiet(session, at) if kind in KEEPS_QUIET else at


def _release(session: AsyncSession, message: Message, at: datetime) -> None:
    message.released_at = at
    outbox.publish(session, MessageQueued(message.id))


async def _sms(session: AsyncSession, message: Message) -> Sms:
    params = _params(session, message)
    body = (await queries.template_of(session, message)).body
    to = keyring_of(session).system.open("message_to", message.to_sealed)
    return Sms(message.id.hex, SecretStr(to), message.template_code, params, rendered(body, params))


def _params(session: AsyncSession, message: Message) -> dict[str, str]:
    opened = keyring_of(session).system.open("message_params", message.params_sealed)
    return msgspec.json.decode(opened, type=dict[str, str])


def _sealed(session: AsyncSession, params: Mapping[str, str]) -> bytes:
    return keyring_of(session).system.seal("message_params", msgspec.json.encode(dict(params)).decode())


def _forget_code(session: AsyncSession, message: Message) -> None:
    if message.kind is TemplateKind.VERIFICATION:
        message.params_sealed = _sealed(session, {})


def _masked(phone: str) -> str:
    local = phone.removeprefix("+86")
    return f"{local[:3]}****{local[-4:]}"
