"""Reports on a person: by consent, once an occasion, never doubled when nobody knows, and no longer than needed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from domain.borrowers.models import Consent, ConsentPurpose, DataKind, DataRecord, DataStatus
from domain.borrowers.queries import sources
from domain.borrowers.queries.people import lock_active
from domain.credit import flows
from domain.credit.models import CreditApplication, ReviewVerdict
from domain.credit.ports import ReportRequest, ReportResult, ReportState
from domain.credit.services import application, reports
from domain.credit.services.standing import risk_facts
from domain.shared.db import Sessions
from domain.shared.inbox import InboxRow, InboxState
from domain.shared.parties import PartyError, PartyFault
from domain.shared.policy import PolicyValue
from domain.shared.wire import Callback, RawRequest
from tests.domain.credit.builders import EVER, Hands, member_of_staff, ready_borrower, reviewed, set_up
from tests.domain.parties import proven, signed

READY = ReportResult(ReportState.READY, report={"score": 640, "open_loans": 2, "address": "某街 1 号"}, report_no="RP1")
PENDING = ReportResult(ReportState.PENDING)
LOST = ReportResult(ReportState.UNKNOWN, error=PartyError(PartyFault.TIMEOUT, "no answer"))


@dataclass
class Source:
    """A source that says what the test wants, and remembers what it was asked."""

    code: str = "fake"
    kinds: frozenset[str] = frozenset({"carrier"})
    answer: ReportResult = READY
    query_answer: ReportResult = READY
    requests: list[ReportRequest] = field(default_factory=list[ReportRequest])
    queries: list[str] = field(default_factory=list[str])

    async def request(self, request: ReportRequest) -> ReportResult:
        self.requests.append(request)
        return self.answer

    async def query(self, ref: str) -> ReportResult:
        self.queries.append(ref)
        return self.query_answer

    async def parse_callback(self, request: RawRequest) -> Callback[ReportResult]:
        body = proven(request)
        result = ReportResult(ReportState(body["state"]), report=body.get("report", {}))
        return Callback(body["ref"], f"{body['ref']}:1", result, body)


@dataclass
class Office:
    """One application, and who is asked about the person behind it."""

    sessions: Sessions
    hands: Hands
    application_id: UUID
    bureau: Source = field(default_factory=Source)
    data: Source = field(default_factory=Source)

    @property
    def sources(self) -> Mapping[DataKind, Any]:
        return {DataKind.CREDIT_REPORT: self.bureau, DataKind.CARRIER: self.data}

    async def collect(self) -> None:
        await flows.collect_reports(self.sessions, self.hands.clock, self.sources, application_id=self.application_id)

    async def ask(self, row: DataRecord) -> None:
        await flows.ask_report(self.sessions, self.hands.clock, self.bureau, record_id=row.id)

    async def record(self, kind: DataKind = DataKind.CREDIT_REPORT) -> DataRecord:
        async with self.sessions() as session:
            return (await session.scalars(select(DataRecord).where(DataRecord.kind == kind))).one()

    async def figures(self) -> dict[str, int | bool]:
        async with self.sessions() as session:
            return await reports.features(session, await self.record())


@pytest.fixture
async def office(steps: Sessions) -> Office:
    hands = Hands()
    async with steps.begin() as session:
        await set_up(session)
        session.add(PolicyValue(name="sources.raw_kept_days", value=30, source="the test", effective_from=EVER))
        row = await application.apply(session, borrower_id=await ready_borrower(session), at=hands.now)
    return Office(steps, hands, row.id)


async def test_a_report_is_asked_for_by_its_consent_and_kept_sealed(office: Office) -> None:
    await office.collect()

    row = await office.record()
    (request,) = office.bureau.requests
    assert (row.status, row.reason, row.ask_at) == (DataStatus.READY, "CREDIT_REVIEW", None)
    assert (request.ref, request.consent_ref, request.kind) == (row.reference, row.consent_id.hex, "credit_report")
    assert row.raw_sealed
    assert b"640" not in row.raw_sealed
    assert await office.figures() == {"score": 640, "open_loans": 2}


async def test_what_nobody_consented_to_is_not_asked_for(office: Office) -> None:
    await office.collect()

    assert office.data.requests == []
    async with office.sessions() as session:
        assert (await session.scalars(select(DataRecord.kind))).all() == [DataKind.CREDIT_REPORT]


async def test_an_application_announced_twice_is_asked_about_once(office: Office) -> None:
    await office.collect()
    await office.collect()

    assert len(office.bureau.requests) == 1


async def test_nobody_knows_is_asked_about_and_not_requested_again(office: Office) -> None:
    office.bureau.answer = LOST
    await office.collect()
    row = await office.record()
    assert row.status is DataStatus.UNKNOWN
    assert row.ask_at is not None

    office.hands.wait(minutes=1)
    await office.ask(row)

    assert (len(office.bureau.requests), office.bureau.queries) == (1, [row.reference])
    assert (await office.record()).status is DataStatus.READY


async def test_what_the_source_never_saw_is_sent_again_under_the_same_reference(office: Office) -> None:
    office.bureau.answer = LOST
    await office.collect()
    row = await office.record()
    office.bureau.answer, office.bureau.query_answer = READY, ReportResult(ReportState.NOT_FOUND)

    office.hands.wait(minutes=1)
    await office.ask(row)

    assert [request.ref for request in office.bureau.requests] == [row.reference] * 2
    assert (await office.record()).status is DataStatus.READY


async def test_a_consent_revoked_meanwhile_ends_it(office: Office) -> None:
    office.bureau.answer = LOST
    await office.collect()
    row = await office.record()
    office.bureau.query_answer = ReportResult(ReportState.NOT_FOUND)
    async with office.sessions.begin() as session:
        revoked = update(Consent).where(Consent.purpose == ConsentPurpose.CREDIT_REPORT)
        await session.execute(revoked.values(revoked_at=office.hands.now))

    office.hands.wait(minutes=1)
    await office.ask(row)

    after = await office.record()
    assert (after.status, after.refusals) == (DataStatus.REFUSED, ["the consent was revoked"])
    assert len(office.bureau.requests) == 1


async def test_a_report_that_comes_later_by_callback_counts_once(office: Office) -> None:
    office.bureau.answer = PENDING
    await office.collect()
    row = await office.record()
    assert row.status is DataStatus.PENDING
    first: dict[str, object] = {"ref": row.reference, "state": "READY", "report": {"score": 700}}
    later: dict[str, object] = {"ref": row.reference, "state": "READY", "report": {"score": 300}}

    for body in (first, later):
        raw = signed(body, office.hands.now)
        answer = await flows.receive_report(
            office.sessions, office.hands.clock, office.bureau, origin="bureau/fake", raw=raw
        )
        assert answer.status == 200

    assert await office.figures() == {"score": 700}


async def test_a_callback_about_nothing_of_ours_is_refused_and_kept(office: Office) -> None:
    await office.collect()
    raw = signed({"ref": "DR0", "state": "READY", "report": {}}, office.hands.now)

    answer = await flows.receive_report(
        office.sessions, office.hands.clock, office.bureau, origin="bureau/fake", raw=raw
    )

    assert answer.status == 404
    async with office.sessions() as session:
        assert (await session.scalars(select(InboxRow.state))).all() == [InboxState.REFUSED]


async def test_the_engine_is_told_the_figures_and_nothing_else(office: Office) -> None:
    await office.collect()

    async with office.sessions() as session:
        row = await session.get_one(CreditApplication, office.application_id)
        told = await risk_facts(session, row) | {"reports": await reports.features_by_kind(session, row)}

    assert told["reports"] == {"CREDIT_REPORT": {"score": 640, "open_loans": 2}}


async def test_the_whole_answer_is_forgotten_in_time_and_the_figures_stay(office: Office) -> None:
    await office.collect()
    over = office.hands.now + timedelta(days=30)

    async with office.sessions.begin() as session:
        assert await sources.forget_raw(session, over - timedelta(seconds=1), 10) == 0
        assert await sources.forget_raw(session, over, 10) == 1

    assert (await office.record()).raw_sealed is None
    assert await office.figures() == {"score": 640, "open_loans": 2}


async def test_a_report_does_not_hold_up_the_next_application(sessions: Sessions) -> None:
    """Both wait for the person first; taken the other way round, one of the two was thrown out as a deadlock."""
    hands = Hands()
    async with sessions.begin() as session:
        await set_up(session)
        session.add(PolicyValue(name="sources.raw_kept_days", value=30, source="the test", effective_from=EVER))
        borrower_id = await ready_borrower(session)
        first = await application.apply(session, borrower_id=borrower_id, at=hands.now)
        await reviewed(session, await member_of_staff(session, "anna"), first, verdict=ReviewVerdict.RETURNED)
    office = Office(sessions, hands, first.id)

    async with sessions() as session:
        await session.begin()
        await lock_active(session, borrower_id)
        collecting = asyncio.create_task(office.collect())
        await asyncio.sleep(0.2)
        again = await application.apply(session, borrower_id=borrower_id, at=hands.now)
        await session.commit()
    await collecting

    assert again.supersedes_id == first.id
    assert (await office.record()).status is DataStatus.READY
