"""Steps with the credit bureau and the licensed sources of data: claim, call, record; and their callbacks."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import DataKind
from domain.credit.ports import ReportRequest, ReportResult, ReportSource, ReportState
from domain.credit.services import reports
from domain.shared import callbacks
from domain.shared.calls import answered
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.parties import PartyError
from domain.shared.wire import Callback, HttpAnswer, RawRequest


async def collect_reports(
    sessions: Sessions, clock: Clock, sources: Mapping[DataKind, ReportSource], *, application_id: UUID
) -> None:
    """Request what an application is judged by, of every source there is and for which there is a consent.

    Doing it again requests nothing twice.
    """
    async with sessions.begin() as session:
        asked = {kind: source.code for kind, source in sources.items()}
        opened = await reports.open_records(
            session, application_id=application_id, asked=asked, at=await clock.now(session)
        )
    for record_id, kind in opened:
        async with sessions.begin() as session:
            request = await reports.claim(session, record_id=record_id, at=await clock.now(session))
        if request is not None:
            await _request(sessions, clock, sources[kind], record_id, request)


async def ask_report(sessions: Sessions, clock: Clock, source: ReportSource, *, record_id: UUID) -> None:
    """Ask what became of a request, if it is time to. Only if the source never saw it, the same one is sent again."""
    async with sessions.begin() as session:
        reference = await reports.claim_ask(session, record_id=record_id, at=await clock.now(session))
    if reference is None:
        return
    result = await answered(source.query(reference), _unknown, ref=reference)
    if result.state is not ReportState.NOT_FOUND:
        await _record(sessions, clock, record_id, result)
        return
    async with sessions.begin() as session:
        request = await reports.claim_again(session, record_id=record_id, at=await clock.now(session))
    if request is not None:
        await _request(sessions, clock, source, record_id, request)


async def receive_report(
    sessions: Sessions, clock: Clock, source: ReportSource, *, origin: str, raw: RawRequest
) -> HttpAnswer:
    """Keep, prove, apply and answer a callback. `origin` is its kind of party and its code: "bureau/sandbox"."""
    return await callbacks.receive(
        sessions, clock, source=origin, raw=raw, parse=source.parse_callback, apply=_applying(source.code)
    )


async def resume_report(sessions: Sessions, clock: Clock, source: ReportSource, *, inbox_id: UUID) -> None:
    """Judge a callback that was kept and not yet judged."""
    await callbacks.resume(sessions, clock, row_id=inbox_id, parse=source.parse_callback, apply=_applying(source.code))


def _applying(provider: str) -> callbacks.Apply[ReportResult]:
    async def apply(session: AsyncSession, callback: Callback[ReportResult], at: datetime) -> str:
        return await reports.apply_callback(session, callback, at, provider=provider)

    return apply


async def _request(
    sessions: Sessions, clock: Clock, source: ReportSource, record_id: UUID, request: ReportRequest
) -> None:
    result = await answered(source.request(request), _unknown, ref=request.ref)
    await _record(sessions, clock, record_id, result)


async def _record(sessions: Sessions, clock: Clock, record_id: UUID, result: ReportResult) -> None:
    async with sessions.begin() as session:
        await reports.record(session, record_id=record_id, result=result, at=await clock.now(session))


def _unknown(error: PartyError) -> ReportResult:
    return ReportResult(ReportState.UNKNOWN, error=error)
