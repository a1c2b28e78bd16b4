"""Having a contract signed: sent once, asked about when nobody knows, its signed document fetched."""

import asyncio
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.papers.contract import contract_on_paper
from domain.lending.ports import ESignProvider, SignResult, SignState
from domain.lending.services import contract
from domain.shared import callbacks
from domain.shared.calls import answered
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.parties import PartyError
from domain.shared.wire import Callback, HttpAnswer, RawRequest

log = structlog.get_logger()


async def send(sessions: Sessions, clock: Clock, provider: ESignProvider, *, loan_id: UUID) -> None:
    """Draw up and send the contract of an approved loan that has none. One that may be out is left to `ask`."""
    async with sessions.begin() as session:
        facts = await contract.draft(session, loan_id=loan_id, at=await clock.now(session))
    if facts is None:
        return
    document = await asyncio.to_thread(contract_on_paper, facts)
    async with sessions.begin() as session:
        at = await clock.now(session)
        sending = await contract.claim(
            session, loan_id=loan_id, provider=provider.code, facts=facts, document=document, at=at
        )
    if sending is not None:
        await _send(sessions, clock, provider, sending)


async def ask(sessions: Sessions, clock: Clock, provider: ESignProvider, *, contract_id: UUID) -> None:
    """Ask what became of a contract, if it is time to: signed in time, over, or still out.

    Only if the provider never saw it, the same request is sent again; a signed one whose document is missing is
    fetched.
    """
    async with sessions.begin() as session:
        asking = await contract.claim_ask(session, contract_id=contract_id, at=await clock.now(session))
    if asking is None:
        return
    if asking.signed:
        await fetch(sessions, clock, provider, contract_id=contract_id)
        return
    result = await answered(provider.query(asking.reference), _unknown, ref=asking.reference)
    if result.state is not SignState.NOT_FOUND:
        await _record(sessions, clock, contract_id, result)
        return
    async with sessions.begin() as session:
        sending = await contract.claim_again(session, contract_id=contract_id, at=await clock.now(session))
    if sending is not None:
        await _send(sessions, clock, provider, sending)


async def fetch(sessions: Sessions, clock: Clock, provider: ESignProvider, *, contract_id: UUID) -> None:
    """Fetch and prove the signed document; with it the loan may be paid out. What fails now is asked for again."""
    async with sessions.begin() as session:
        reference = await contract.unfetched(session, contract_id=contract_id)
    if reference is None:
        return
    try:
        document = await provider.fetch_signed(reference)
    except Exception as error:  # noqa: BLE001 - fetching changes nothing at the provider; it is done again
        log.warning("contract.fetch_broke", contract_id=str(contract_id), error=type(error).__name__)
        return
    if document is None:
        return
    async with sessions.begin() as session:
        at = await clock.now(session)
        await contract.attach(session, contract_id=contract_id, document=document, at=at)


async def receive_callback(
    sessions: Sessions, clock: Clock, provider: ESignProvider, code: str, raw: RawRequest
) -> HttpAnswer:
    """Keep, prove, apply and answer a callback of the provider."""
    return await callbacks.receive(
        sessions, clock, source=f"esign/{code}", raw=raw, parse=provider.parse_callback, apply=_applying(code)
    )


async def resume_callback(
    sessions: Sessions, clock: Clock, provider: ESignProvider, code: str, *, inbox_id: UUID
) -> None:
    """Judge a callback that was kept and not yet judged (`callbacks.waiting(source="esign/<code>")`)."""
    await callbacks.resume(sessions, clock, row_id=inbox_id, parse=provider.parse_callback, apply=_applying(code))


def _applying(code: str) -> callbacks.Apply[SignResult]:
    async def apply(session: AsyncSession, callback: Callback[SignResult], at: datetime) -> str:
        return await contract.apply_callback(session, callback, at, provider=code)

    return apply


async def _send(sessions: Sessions, clock: Clock, provider: ESignProvider, sending: contract.Sending) -> None:
    result = await answered(provider.create(sending.request), _unknown, ref=sending.request.ref)
    await _record(sessions, clock, sending.contract_id, result)


async def _record(sessions: Sessions, clock: Clock, contract_id: UUID, result: SignResult) -> None:
    async with sessions.begin() as session:
        await contract.record(session, contract_id=contract_id, result=result, at=await clock.now(session))


def _unknown(error: PartyError) -> SignResult:
    return SignResult(SignState.UNKNOWN, error=error)
