"""Steps with the risk engine: claim, call, record; and its callbacks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.ports import RiskEngine, RiskResult, RiskState, RiskSubmission
from domain.credit.services import risk
from domain.shared import callbacks
from domain.shared.calls import answered
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.parties import PartyError
from domain.shared.wire import Callback, HttpAnswer, RawRequest


async def submit_risk(sessions: Sessions, clock: Clock, engine: RiskEngine, *, decision_id: UUID) -> None:
    """Submit an application that was never submitted. One that may have been is left to `ask_risk`."""
    async with sessions.begin() as session:
        submission = await risk.claim(session, decision_id=decision_id, at=await clock.now(session))
    if submission is not None:
        await _submit(sessions, clock, engine, decision_id, submission)


async def ask_risk(sessions: Sessions, clock: Clock, engine: RiskEngine, *, decision_id: UUID) -> None:
    """Ask what became of a submission, if it is time to. Only if the engine never saw it, the same one is sent again."""
    async with sessions.begin() as session:
        reference = await risk.claim_ask(session, decision_id=decision_id, at=await clock.now(session))
    if reference is None:
        return
    result = await answered(engine.query(reference), _unknown, ref=reference)
    if result.state is not RiskState.NOT_FOUND:
        await _record(sessions, clock, decision_id, result)
        return
    async with sessions.begin() as session:
        submission = await risk.claim_again(session, decision_id=decision_id, at=await clock.now(session))
    if submission is not None:
        await _submit(sessions, clock, engine, decision_id, submission)


async def receive_risk_callback(
    sessions: Sessions, clock: Clock, engine: RiskEngine, provider: str, raw: RawRequest
) -> HttpAnswer:
    """Keep, prove, apply and answer a callback of the engine."""
    return await callbacks.receive(
        sessions, clock, source=f"risk/{provider}", raw=raw, parse=engine.parse_callback, apply=_applying(provider)
    )


async def resume_risk_callback(
    sessions: Sessions, clock: Clock, engine: RiskEngine, provider: str, *, inbox_id: UUID
) -> None:
    """Judge a callback that was kept and not yet judged (`callbacks.waiting(source="risk/<provider>")`)."""
    await callbacks.resume(sessions, clock, row_id=inbox_id, parse=engine.parse_callback, apply=_applying(provider))


def _applying(provider: str) -> callbacks.Apply[RiskResult]:
    async def apply(session: AsyncSession, callback: Callback[RiskResult], at: datetime) -> str:
        return await risk.apply_callback(session, callback, at, provider=provider)

    return apply


async def _submit(
    sessions: Sessions, clock: Clock, engine: RiskEngine, decision_id: UUID, submission: RiskSubmission
) -> None:
    result = await answered(engine.submit(submission), _unknown, ref=submission.ref)
    await _record(sessions, clock, decision_id, result)


async def _record(sessions: Sessions, clock: Clock, decision_id: UUID, result: RiskResult) -> None:
    async with sessions.begin() as session:
        await risk.record(session, decision_id=decision_id, result=result, at=await clock.now(session))


def _unknown(error: PartyError) -> RiskResult:
    return RiskResult(RiskState.UNKNOWN, error=error)
