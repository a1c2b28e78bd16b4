"""Sending a message: claim, call, record. Nobody is ever sent the same message twice because we do not know."""

from uuid import UUID

from domain.messaging import services
from domain.messaging.ports import SmsResult, SmsSender, SmsState
from domain.shared import callbacks
from domain.shared.calls import answered
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.parties import PartyError
from domain.shared.wire import HttpAnswer, RawRequest


async def send(sessions: Sessions, clock: Clock, sender: SmsSender, *, message_id: UUID) -> None:
    """Send a queued message whose hour has come, or ask about one of which nobody knows what became.

    Calling it again is harmless. A message whose provider does not know it is queued again; a timeout leaves it
    UNKNOWN, to be asked about.
    """
    async with sessions.begin() as session:
        claimed = await services.claim(session, message_id=message_id, at=await clock.now(session))
    if claimed is None:
        return
    call = sender.query(claimed.sms.ref) if claimed.asks else sender.send(claimed.sms)
    result = await answered(call, _nobody_knows, ref=claimed.sms.ref)
    async with sessions.begin() as session:
        at = await clock.now(session)
        await services.record(session, message_id=message_id, provider=sender.code, result=result, at=at)


def _nobody_knows(error: PartyError) -> SmsResult:
    return SmsResult(SmsState.UNKNOWN, error=error)


ask = send
"""The same for a message that is `due_asks`."""


async def receive_receipt(
    sessions: Sessions, clock: Clock, sender: SmsSender, *, provider: str, raw: RawRequest
) -> HttpAnswer:
    """Keep, prove, apply and answer a delivery receipt."""
    return await callbacks.receive(
        sessions,
        clock,
        source=f"sms/{provider}",
        raw=raw,
        parse=sender.parse_receipt,
        apply=services.apply_receipt,
    )


async def resume_receipt(sessions: Sessions, clock: Clock, sender: SmsSender, *, inbox_id: UUID) -> HttpAnswer:
    """Judge a receipt that was kept and not yet judged (`callbacks.waiting(source="sms/<provider>")`)."""
    return await callbacks.resume(
        sessions, clock, row_id=inbox_id, parse=sender.parse_receipt, apply=services.apply_receipt
    )
