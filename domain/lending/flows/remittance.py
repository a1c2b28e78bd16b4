"""Passing a batch of repayments on: sent once, asked about when nobody knows, never sent twice."""

from uuid import UUID

from domain.lending.ports import FundingParty, FundingResult, FundingState
from domain.lending.services import remittance
from domain.shared.calls import answered
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.failpoints import failpoint
from domain.shared.parties import PartyError


async def remit(sessions: Sessions, clock: Clock, party: FundingParty, *, remittance_id: UUID) -> None:
    """Send a batch that nobody has sent. One that may be on its way is left to `ask`."""
    async with sessions.begin() as session:
        at = await clock.now(session)
        sending = await remittance.claim(session, remittance_id=remittance_id, funder=party.code, at=at)
    if sending is not None:
        await _send(sessions, clock, party, sending)


async def ask(sessions: Sessions, clock: Clock, party: FundingParty, *, remittance_id: UUID) -> None:
    """Ask what became of a batch, if it is time to. Only if the party never saw it, the same one is sent again.

    One that was never sent, because its announcement came to nothing, is sent.
    """
    await remit(sessions, clock, party, remittance_id=remittance_id)
    async with sessions.begin() as session:
        at = await clock.now(session)
        reference = await remittance.claim_ask(session, remittance_id=remittance_id, at=at)
    if reference is None:
        return
    result = await answered(party.query(reference), _unknown, ref=reference)
    if result.state is not FundingState.NOT_FOUND:
        await _record(sessions, clock, remittance_id, result)
        return
    async with sessions.begin() as session:
        at = await clock.now(session)
        sending = await remittance.claim_again(session, remittance_id=remittance_id, at=at)
    if sending is not None:
        await _send(sessions, clock, party, sending)


async def _send(sessions: Sessions, clock: Clock, party: FundingParty, sending: remittance.Sending) -> None:
    result = await answered(party.remit(sending.request), _unknown, ref=sending.request.ref)
    failpoint("lending.after_remit")
    await _record(sessions, clock, sending.remittance_id, result)


async def _record(sessions: Sessions, clock: Clock, remittance_id: UUID, result: FundingResult) -> None:
    async with sessions.begin() as session:
        at = await clock.now(session)
        await remittance.record(session, remittance_id=remittance_id, result=result, at=at)


def _unknown(error: PartyError) -> FundingResult:
    return FundingResult(FundingState.UNKNOWN, error=error)
