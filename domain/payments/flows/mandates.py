"""A mandate's steps with its channel: claim, call, record."""

import re
from collections.abc import Mapping
from uuid import UUID

from domain.payments.errors import BadMandateCode, MandateNotReached
from domain.payments.flows import mandate_calls as calls
from domain.payments.models import Mandate
from domain.payments.ports import MandateRef, MandateResult, MandateState, PaymentChannel
from domain.payments.rules.asking import CALL_LIMIT, INLINE_LIMIT
from domain.payments.rules.mandates import MandateSource
from domain.payments.services import mandates, signing
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.failpoints import failpoint

Channels = Mapping[str, PaymentChannel]

_CODE = re.compile(r"[0-9]{4,8}")
_GONE = frozenset({MandateState.REVOKED, MandateState.EXPIRED, MandateState.NOT_FOUND, MandateState.DECLINED})


async def begin(sessions: Sessions, clock: Clock, channel: PaymentChannel, *, mandate_id: UUID) -> Mandate:
    """Ask the channel for a mandate that was just written down; afterwards the borrower has a code to enter or a page.

    A repeat asks nothing and returns it as it stands. One that nobody knows about comes back UNKNOWN and is asked about.
    Raises CardNotBound, CardToBindAnew.
    """
    async with sessions.begin() as session:
        request = await mandates.claim_begin(session, mandate_id=mandate_id, at=await clock.now(session))
    if request is None:
        async with sessions() as session:
            return await session.get_one(Mandate, mandate_id)
    failpoint("payments.after_requesting_mandate")
    answer = await calls.begin(channel, mandate_id, request, limit=INLINE_LIMIT)
    return await _record(sessions, clock, mandate_id, answer, MandateSource.BEGIN)


async def confirm(
    sessions: Sessions, clock: Clock, channels: Channels, *, mandate_id: UUID, borrower_id: UUID, code: str
) -> Mandate:
    """Sign by the code the borrower received. What came of a wrong one is committed before it is refused.

    Raises BadMandateCode, MandateNotFound, MandatePending, MandateNotAwaitingCode, MandateCodeWrong, MandateNotReached.
    """
    if not _CODE.fullmatch(code.strip()):
        raise BadMandateCode
    async with sessions.begin() as session:
        at = await clock.now(session)
        code_of, request = await mandates.claim_confirm(
            session, mandate_id=mandate_id, borrower_id=borrower_id, code=code.strip(), at=at
        )
        channel = _ready(channels, code_of)
    answer = await calls.confirm(channel, mandate_id, request, limit=INLINE_LIMIT)
    mandate = await _record(sessions, clock, mandate_id, answer, MandateSource.CONFIRM)
    if refusal := signing.refusal_after(mandate, answer):
        raise refusal
    return mandate


async def revoke(
    sessions: Sessions, clock: Clock, channels: Channels, *, mandate_id: UUID, borrower_id: UUID
) -> Mandate:
    """Revoke a mandate: at once for us, and as soon as may be for the channel. Revoking again changes nothing.

    Raises MandateNotFound.
    """
    async with sessions.begin() as session:
        at = await clock.now(session)
        task = await mandates.revoke(session, mandate_id=mandate_id, borrower_id=borrower_id, at=at)
    if task is not None and task.channel in channels:
        answer = await calls.revoke(channels[task.channel], mandate_id, task.ref, limit=INLINE_LIMIT)
        return await _record(sessions, clock, mandate_id, answer, MandateSource.REVOKE)
    async with sessions() as session:
        return await session.get_one(Mandate, mandate_id)


async def ask(sessions: Sessions, clock: Clock, channels: Channels, *, mandate_id: UUID) -> None:
    """Ask what became of a mandate (`queries.due_mandate_asks`); one to be revoked that is still there is revoked.

    One whose channel is not there now is looked at again in a minute.
    """
    async with sessions.begin() as session:
        task = await mandates.claim_ask(session, mandate_id=mandate_id, at=await clock.now(session))
    if task is None or task.channel not in channels:
        return
    channel = channels[task.channel]
    told = await calls.query(channel, mandate_id, task.ref, limit=CALL_LIMIT)
    await _record(sessions, clock, mandate_id, told, MandateSource.QUERY)
    if task.revoking and told.state not in _GONE:
        ref = MandateRef(
            task.ref.mandate_no,
            told.token or task.ref.token,
            task.ref.submitted_at,
            told.channel_state or task.ref.channel_state,
        )
        answer = await calls.revoke(channel, mandate_id, ref, limit=CALL_LIMIT)
        await _record(sessions, clock, mandate_id, answer, MandateSource.REVOKE)


async def _record(
    sessions: Sessions, clock: Clock, mandate_id: UUID, answer: MandateResult, source: MandateSource
) -> Mandate:
    async with sessions.begin() as session:
        at = await clock.now(session)
        return await signing.record(session, mandate_id=mandate_id, result=answer, source=source, at=at)


def _ready(channels: Channels, code: str) -> PaymentChannel:
    if code not in channels:
        raise MandateNotReached
    return channels[code]
