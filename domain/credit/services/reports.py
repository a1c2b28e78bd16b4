"""Reports on a person: each asked for once an occasion, by a consent that stands, for a named reason, and kept sealed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import ConsentPurpose, DataKind, DataRecord, DataStatus
from domain.borrowers.queries import facts, people
from domain.borrowers.queries import sources as queries
from domain.borrowers.queries.people import box_of
from domain.credit.models import CreditApplication
from domain.credit.ports import ReportRequest, ReportResult, ReportState
from domain.credit.rules.features import features_of
from domain.credit.services.standing import subject_of
from domain.shared import policy
from domain.shared.asking import next_ask
from domain.shared.callbacks import CallbackRefused
from domain.shared.days import business_day
from domain.shared.numbers import next_number
from domain.shared.wire import Callback

log = structlog.get_logger()

CREDIT_REVIEW = "CREDIT_REVIEW"
"""The reason a bureau is given (授信审批)."""

_STATUSES = {
    ReportState.PENDING: DataStatus.PENDING,
    ReportState.READY: DataStatus.READY,
    ReportState.REFUSED: DataStatus.REFUSED,
}


async def open_records(
    session: AsyncSession, *, application_id: UUID, asked: Mapping[DataKind, str], at: datetime
) -> Sequence[tuple[UUID, DataKind]]:
    """A record for each kind in `asked` (kind: provider) for which a consent stands; all of them, with those there were.

    What nobody consented to is not asked for.
    """
    application = await session.get_one(CreditApplication, application_id)
    # The person first, as everywhere: he may be submitting his next application at this moment.
    await people.lock_borrower(session, application.borrower_id)
    known = {row.kind: row for row in (await queries.records_of(session, [application_id]))[application_id]}
    for kind in sorted(asked.keys() - known.keys()):
        consent = await facts.standing_consent(session, application.borrower_id, _purpose(kind))
        if consent is None:
            continue
        known[kind] = DataRecord(
            borrower_id=application.borrower_id,
            consent_id=consent.id,
            kind=kind,
            provider=asked[kind],
            reference=await next_number(session, "DR", business_day(at)),
            reason=CREDIT_REVIEW,
            occasion=application_id,
            status=DataStatus.REQUESTED,
            refusals=[],
            requested_at=at,
            asks=0,
        )
        session.add(known[kind])
    await session.flush()
    return [(row.id, kind) for kind, row in sorted(known.items()) if kind in asked]


async def claim(session: AsyncSession, *, record_id: UUID, at: datetime) -> ReportRequest | None:
    """The request, to whoever sends it first; None if somebody did. Commit before calling the source."""
    row = await queries.lock_record(session, record_id)
    if row.status is not DataStatus.REQUESTED or row.ask_at is not None:
        return None
    row.ask_at = next_ask(at, row.asks)
    return await _request(session, row)


async def claim_ask(session: AsyncSession, *, record_id: UUID, at: datetime) -> str | None:
    """The reference to ask about, if it is time to; None otherwise. Commit before calling the source."""
    row = await queries.lock_record(session, record_id)
    if row.ask_at is None or row.ask_at > at:
        return None
    row.asks += 1
    row.ask_at = next_ask(at, row.asks)
    return row.reference


async def claim_again(session: AsyncSession, *, record_id: UUID, at: datetime) -> ReportRequest | None:
    """The same request under the same reference, after the source said that it knows none such.

    Not if the consent was revoked meanwhile: then it is REFUSED, by the borrower.
    """
    row = await queries.lock_record(session, record_id)
    if row.status is DataStatus.UNKNOWN:
        row.move_to(DataStatus.REQUESTED)
    if row.status is not DataStatus.REQUESTED:
        return None
    if await facts.standing_consent(session, row.borrower_id, _purpose(row.kind)) is None:
        row.move_to(DataStatus.REFUSED)
        row.refusals, row.ask_at, row.finished_at = ["the consent was revoked"], None, at
        return None
    return await _request(session, row)


async def apply_callback(
    session: AsyncSession, callback: Callback[ReportResult], at: datetime, *, provider: str
) -> str:
    """Apply a proven callback. Raises CallbackRefused when its reference is not this source's."""
    row = await queries.lock_record_by_reference(session, callback.ref)
    if row is None or row.provider != provider:
        raise CallbackRefused(f"{provider} was never asked about {callback.ref}")
    return await record(session, record_id=row.id, result=callback.result, at=at)


async def record(session: AsyncSession, *, record_id: UUID, result: ReportResult, at: datetime) -> str:
    """Take down what the source said; says what came of it. What is final stays, whatever is told after it."""
    row = await queries.lock_record(session, record_id)
    if row.final:
        return f"{row.status} already"
    status = _STATUSES.get(result.state, DataStatus.UNKNOWN)
    # PENDING stays PENDING: that the source has it is known, an ask that failed does not unmake that.
    if status is not row.status and not (row.status is DataStatus.PENDING and status is DataStatus.UNKNOWN):
        row.move_to(status)
    row.ask_at = None if row.final else next_ask(at, row.asks)
    if row.final:
        await _keep(session, row, result, at)
    elif row.status is DataStatus.UNKNOWN:
        log.warning("report.unknown", record_id=str(row.id), error=result.error.fault if result.error else None)
    await session.flush()
    return row.status.value


async def features_by_kind(session: AsyncSession, application: CreditApplication) -> dict[str, dict[str, int | bool]]:
    """What came of the reports on an application so far, for the risk engine: {"CREDIT_REPORT": {"score": 612}}."""
    rows = (await queries.records_of(session, [application.id]))[application.id]
    return {row.kind.value: await features(session, row) for row in rows if row.features_sealed}


async def features(session: AsyncSession, row: DataRecord) -> dict[str, int | bool]:
    """The figures of one report; none before it is READY."""
    if row.features_sealed is None:
        return {}
    box = await box_of(session, row.borrower_id)
    return msgspec.json.decode(box.open_bytes("data_features", row.features_sealed), type=dict[str, int | bool])


async def _keep(session: AsyncSession, row: DataRecord, result: ReportResult, at: datetime) -> None:
    row.finished_at, row.refusals = at, [reason[:200] for reason in result.reasons[:10]]
    if row.status is not DataStatus.READY:
        return
    box = await box_of(session, row.borrower_id)
    days = await policy.value(session, "sources.raw_kept_days", on=business_day(at))
    row.raw_sealed = box.seal_bytes("data_raw", msgspec.json.encode(result.raw or result.report))
    row.raw_expires_at = at + timedelta(days=days)
    row.features_sealed = box.seal_bytes("data_features", msgspec.json.encode(features_of(row.kind, result.report)))


async def _request(session: AsyncSession, row: DataRecord) -> ReportRequest:
    application = await session.get_one(CreditApplication, row.occasion)
    return ReportRequest(
        ref=row.reference,
        subject=await subject_of(session, application),
        consent_ref=row.consent_id.hex,
        reason=row.reason,
        kind=row.kind.lower(),
    )


def _purpose(kind: DataKind) -> ConsentPurpose:
    return ConsentPurpose.CREDIT_REPORT if kind is DataKind.CREDIT_REPORT else ConsentPurpose.DATA_SOURCES
