"""The risk engine's part: an application goes to it once, and its answer, whichever way it comes, counts once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries import phone_of
from domain.borrowers.queries.people import box_of
from domain.credit.events import ApplicationRejected, RiskRequested
from domain.credit.models import ApplicationStatus, CreditApplication, RiskDecision, RiskStatus
from domain.credit.ports import RiskResult, RiskState, RiskSubmission
from domain.credit.queries.applications import lock_application
from domain.credit.queries.risk import decision_numbered, lock_decision, lock_decision_by_reference
from domain.credit.services import lines
from domain.credit.services.reports import features_by_kind
from domain.credit.services.standing import risk_facts, subject_of
from domain.messaging import services as messaging
from domain.shared import outbox
from domain.shared.asking import next_ask
from domain.shared.callbacks import CallbackRefused
from domain.shared.days import business_day
from domain.shared.money import yuan
from domain.shared.numbers import next_number
from domain.shared.wire import Callback

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Told:
    """What an engine said, made sure of: an approval has its figures, anything doubtful is UNKNOWN."""

    status: RiskStatus
    result: RiskResult


async def request(
    session: AsyncSession, *, application: CreditApplication, provider: str, at: datetime
) -> RiskDecision:
    """Note that an engine is to be asked, and announce it."""
    row = RiskDecision(
        application_id=application.id,
        borrower_id=application.borrower_id,
        provider=provider,
        reference=await next_number(session, "RK", business_day(at)),
        status=RiskStatus.SUBMITTING,
        reasons=[],
        submitted_at=at,
        asks=0,
    )
    session.add(row)
    await session.flush()
    outbox.publish(session, RiskRequested(row.id))
    return row


async def claim(session: AsyncSession, *, decision_id: UUID, at: datetime) -> RiskSubmission | None:
    """The submission, to whoever sends it first; None if somebody did. Commit before calling the engine."""
    row = await lock_decision(session, decision_id)
    if row.status is not RiskStatus.SUBMITTING or row.ask_at is not None:
        return None
    row.submitted_at = at
    row.ask_at = next_ask(at, row.asks)
    return await _submission(session, row)


async def claim_ask(session: AsyncSession, *, decision_id: UUID, at: datetime) -> str | None:
    """The reference to ask about, if it is time to; None otherwise. Commit before calling the engine."""
    row = await lock_decision(session, decision_id)
    if row.ask_at is None or row.ask_at > at:
        return None
    row.asks += 1
    row.ask_at = next_ask(at, row.asks)
    return row.reference


async def claim_again(session: AsyncSession, *, decision_id: UUID, at: datetime) -> RiskSubmission | None:
    """The same submission under the same reference, after the engine said that it knows none such."""
    row = await lock_decision(session, decision_id)
    if row.status is RiskStatus.UNKNOWN:
        row.move_to(RiskStatus.SUBMITTING)
    if row.status is not RiskStatus.SUBMITTING:
        return None
    row.submitted_at = at
    return await _submission(session, row)


async def apply_callback(session: AsyncSession, callback: Callback[RiskResult], at: datetime, *, provider: str) -> str:
    """Apply a proven callback. Raises CallbackRefused when its reference or decision number is not this engine's."""
    row = await lock_decision_by_reference(session, callback.ref)
    if row is None or row.provider != provider:
        raise CallbackRefused(f"{provider} was never asked about {callback.ref}")
    number = callback.result.decision_no
    if number and (other := await decision_numbered(session, provider, number)) and other.id != row.id:
        raise CallbackRefused(f"decision {number} is about {other.reference}, not about {callback.ref}")
    return await record(session, decision_id=row.id, result=callback.result, at=at)


async def record(session: AsyncSession, *, decision_id: UUID, result: RiskResult, at: datetime) -> str:
    """Take down what the engine said; says what came of it. A decision stands: what comes after it changes nothing."""
    row = await lock_decision(session, decision_id)
    told = _made_sure(result, at)
    if row.decided:
        return _after_the_fact(row, told)
    await _note(session, row, told, at)
    if row.decided:
        row.ask_at, row.decided_at = None, at
        application = await lock_application(session, row.application_id)
        application.decided_at = at
        if row.status is RiskStatus.APPROVED:
            await _approve(session, application, row, at)
        else:
            await _reject(session, application, at)
    await session.flush()
    return row.status.value


def _made_sure(result: RiskResult, at: datetime) -> Told:
    match result.state:
        case RiskState.APPROVED if (
            result.decision_no
            and result.limit_fen
            and result.limit_fen > 0
            and result.expires_on
            and result.expires_on >= business_day(at)
        ):
            return Told(RiskStatus.APPROVED, result)
        case RiskState.REJECTED:
            return Told(RiskStatus.REJECTED, result)
        case RiskState.PENDING:
            return Told(RiskStatus.PENDING, result)
        case _:
            return Told(RiskStatus.UNKNOWN, result)


async def _note(session: AsyncSession, row: RiskDecision, told: Told, at: datetime) -> None:
    # PENDING stays PENDING: that the engine has it is known, an ask that failed does not unmake that.
    if told.status is not row.status and not (row.status is RiskStatus.PENDING and told.status is RiskStatus.UNKNOWN):
        row.move_to(told.status)
    row.ask_at = next_ask(at, row.asks)
    result = told.result
    if told.status in (RiskStatus.APPROVED, RiskStatus.REJECTED):
        row.provider_decision_id = result.decision_no
        row.score, row.limit_fen, row.limit_until = result.score, result.limit_fen, result.expires_on
        row.reasons = list(result.reasons)
    if result.raw:
        box = await box_of(session, row.borrower_id)
        row.raw_sealed = box.seal_bytes("risk_raw", msgspec.json.encode(result.raw))
    if told.status is RiskStatus.UNKNOWN:
        log.warning("risk.unknown", decision_id=str(row.id), state=result.state, error=_fault(result))


def _after_the_fact(row: RiskDecision, told: Told) -> str:
    if told.status in (RiskStatus.APPROVED, RiskStatus.REJECTED) and told.status is not row.status:
        log.error("risk.contradiction", decision_id=str(row.id), stands=row.status, told=told.status)
        return f"{row.status} stands, {told.status} was told after it"
    return f"{row.status} already"


async def _approve(session: AsyncSession, application: CreditApplication, row: RiskDecision, at: datetime) -> None:
    assert row.limit_fen is not None and row.limit_until is not None  # noqa: S101, PT018 - _made_sure
    application.move_to(ApplicationStatus.APPROVED, at)
    await lines.grant(session, application=application, limit_fen=row.limit_fen, expires_on=row.limit_until, at=at)
    await _tell(session, application, "CREDIT_APPROVED", at, limit=yuan(row.limit_fen))


async def _reject(session: AsyncSession, application: CreditApplication, at: datetime) -> None:
    application.move_to(ApplicationStatus.RISK_REJECTED, at)
    outbox.publish(session, ApplicationRejected(application.id))
    await _tell(session, application, "CREDIT_REJECTED", at)


async def _tell(
    session: AsyncSession, application: CreditApplication, template: str, at: datetime, **params: str
) -> None:
    await messaging.queue(
        session,
        borrower_id=application.borrower_id,
        to_phone=await phone_of(session, application.borrower_id),
        template=template,
        params={"number": application.number, **params},
        once_key=f"{template.lower()}:{application.id}",
        at=at,
    )


async def _submission(session: AsyncSession, row: RiskDecision) -> RiskSubmission:
    application = await lock_application(session, row.application_id)
    return RiskSubmission(
        ref=row.reference,
        subject=await subject_of(session, application),
        facts=await risk_facts(session, application) | {"reports": await features_by_kind(session, application)},
        submitted_at=row.submitted_at,
    )


def _fault(result: RiskResult) -> str | None:
    return result.error.fault if result.error else None
