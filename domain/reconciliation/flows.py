"""The steps with a channel: fetch a bill, read it, ask about what only the bill has. Nothing is open meanwhile."""

import asyncio
from collections.abc import Collection
from typing import cast
from uuid import UUID

import structlog

from domain.payments.flows import calls
from domain.payments.models import PaymentAttempt
from domain.payments.ports import (
    BillAnswer,
    BillEmpty,
    BillFile,
    BillKind,
    BillNotReady,
    BillRequest,
    ChannelError,
    ErrorCode,
    ErrorKind,
    PaymentChannel,
    PaymentResult,
    PaymentState,
)
from domain.payments.rules.asking import CALL_LIMIT
from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from domain.payments.services.exchanges import About, about
from domain.reconciliation.rules.fetching import LIMIT
from domain.reconciliation.services import keeping, running
from domain.reconciliation.services.running import Compared, Question
from domain.shared.apart import apart
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.failpoints import failpoint

log = structlog.get_logger()


async def fetch(
    sessions: Sessions,
    clock: Clock,
    channel: PaymentChannel,
    *,
    kinds: Collection[BillKind],
    bill_id: UUID,
    again: bool = False,
) -> None:
    """Fetch a bill that is not here yet, or `again`, and keep what came. `kinds` are the bills the channel offers.

    Fetching moves no money, so it may be done twice; a crash before it is recorded only means that it is done once more.
    """
    async with sessions() as session:
        request = await keeping.request_for(session, bill_id=bill_id, again=again)
    if request is None:
        return
    if request.kind not in kinds:
        async with sessions.begin() as session:
            await keeping.not_offered(session, bill_id=bill_id)
        return
    answer = await _asked(channel, request)
    failpoint("reconciliation.after_fetch")
    async with sessions.begin() as session:
        await keeping.record(session, bill_id=bill_id, answer=answer, at=await clock.now(session))


async def reconcile(sessions: Sessions, clock: Clock, channel: PaymentChannel, *, bill_id: UUID) -> None:
    """Read a bill that is kept and not read yet, compare it, settle it, and apply what only the channel knew."""
    await _read(sessions, clock, channel, bill_id)
    failpoint("reconciliation.after_reading")
    compared = await _run(sessions, clock, bill_id)
    for question in compared.questions:
        await _ask(sessions, clock, channel, question)
    if compared.questions or compared.look_again:
        await _run(sessions, clock, bill_id)


async def _asked(channel: PaymentChannel, request: BillRequest) -> BillAnswer:
    """The channel's answer; whatever goes wrong, the bill is simply not here yet."""
    try:
        async with asyncio.timeout(LIMIT.total_seconds()):
            with about(About("fetch_bill")):
                answer = cast("object", await channel.fetch_bill(request))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        log.warning("reconciliation.fetch_failed", channel=channel.code, error=type(error).__name__)
        return _nothing(type(error).__name__)
    if isinstance(answer, BillFile | BillNotReady | BillEmpty):
        return answer
    return _nothing(f"{type(answer).__name__} is no answer")


def _nothing(why: str) -> BillNotReady:
    return BillNotReady(error=ChannelError(ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR, why))


async def _read(sessions: Sessions, clock: Clock, channel: PaymentChannel, bill_id: UUID) -> None:
    async with sessions() as session:
        found = await keeping.to_read(session, bill_id=bill_id)
    if found is None:
        return
    file_id, file = found
    try:
        entries = await apart(f"{channel.code}.parse_bill", lambda: list(channel.parse_bill(file)), LIMIT)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        # The type only: what a plugin says in an exception may hold personal data.
        async with sessions.begin() as session:
            at = await clock.now(session)
            problem = f"cannot be read: {type(error).__name__}"
            await keeping.unreadable(session, bill_id=bill_id, file_id=file_id, problem=problem, at=at)
        return
    async with sessions.begin() as session:
        at = await clock.now(session)
        await keeping.record_lines(session, bill_id=bill_id, file_id=file_id, entries=entries, at=at)


async def _run(sessions: Sessions, clock: Clock, bill_id: UUID) -> Compared:
    async with sessions.begin() as session:
        return await running.run(session, bill_id=bill_id, at=await clock.now(session))


async def _ask(sessions: Sessions, clock: Clock, channel: PaymentChannel, question: Question) -> None:
    """Ask about a payment that only the bill has. Where the channel says nothing, its bill decides.

    Where it says something else than its bill, nothing is applied: a person looks.
    """
    async with sessions() as session:
        attempt = await session.get_one(PaymentAttempt, question.attempt_id)
    told = await calls.query(channel, attempt, limit=CALL_LIMIT)
    result = _decided(told, question.by_bill)
    if result is None:
        return
    async with sessions.begin() as session:
        at = await clock.now(session)
        await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=Source.BILL, at=at)


def _decided(told: PaymentResult, by_bill: PaymentResult) -> PaymentResult | None:
    if told.state is PaymentState.SUCCEEDED:
        return told
    return by_bill if told.state is PaymentState.UNKNOWN else None
