"""Paying a loan out: sent once, asked about when nobody knows, never sent twice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.ports import FundingParty, FundingResult, FundingState
from domain.lending.queries.remittances import remittance_by_reference
from domain.lending.services import funding, remittance
from domain.shared import callbacks
from domain.shared.calls import answered
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.parties import PartyError
from domain.shared.wire import Callback, HttpAnswer, RawRequest


async def disburse(sessions: Sessions, clock: Clock, party: FundingParty, *, loan_id: UUID) -> None:
    """Have a signed loan paid out for which no request is alive. One that may be on its way is left to `ask`."""
    async with sessions.begin() as session:
        at = await clock.now(session)
        sending = await funding.claim(session, loan_id=loan_id, funder=party.code, at=at)
    if sending is not None:
        await _send(sessions, clock, party, sending)


async def ask(sessions: Sessions, clock: Clock, party: FundingParty, *, funding_id: UUID) -> None:
    """Ask what became of a disbursement, if it is time to. Only if the party never saw it, the same one is sent again."""
    async with sessions.begin() as session:
        reference = await funding.claim_ask(session, funding_id=funding_id, at=await clock.now(session))
    if reference is None:
        return
    result = await answered(party.query(reference), _unknown, ref=reference)
    if result.state is not FundingState.NOT_FOUND:
        await _record(sessions, clock, funding_id, result)
        return
    async with sessions.begin() as session:
        sending = await funding.claim_again(session, funding_id=funding_id, at=await clock.now(session))
    if sending is not None:
        await _send(sessions, clock, party, sending)


async def receive_callback(
    sessions: Sessions, clock: Clock, party: FundingParty, code: str, raw: RawRequest
) -> HttpAnswer:
    """Keep, prove, apply and answer a callback of the party."""
    return await callbacks.receive(
        sessions, clock, source=f"funding/{code}", raw=raw, parse=party.parse_callback, apply=_applying(code)
    )


async def resume_callback(sessions: Sessions, clock: Clock, party: FundingParty, code: str, *, inbox_id: UUID) -> None:
    """Judge a callback that was kept and not yet judged (`callbacks.waiting(source="funding/<code>")`)."""
    await callbacks.resume(sessions, clock, row_id=inbox_id, parse=party.parse_callback, apply=_applying(code))


def _applying(code: str) -> callbacks.Apply[FundingResult]:
    async def apply(session: AsyncSession, callback: Callback[FundingResult], at: datetime) -> str:
        if await remittance_by_reference(session, callback.ref):
            return await remittance.apply_callback(session, callback, at, provider=code)
        return await funding.apply_callback(session, callback, at, provider=code)

    return apply


async def _send(sessions: Sessions, clock: Clock, party: FundingParty, sending: funding.Sending) -> None:
    result = await answered(party.disburse(sending.request), _unknown, ref=sending.request.ref)
    await _record(sessions, clock, sending.funding_id, result)


async def _record(sessions: Sessions, clock: Clock, funding_id: UUID, result: FundingResult) -> None:
    async with sessions.begin() as session:
        await funding.record(session, funding_id=funding_id, result=result, at=await clock.now(session))


def _unknown(error: PartyError) -> FundingResult:
    return FundingResult(FundingState.UNKNOWN, error=error)
