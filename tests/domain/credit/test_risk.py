"""The risk engine: asked once, asked about when nobody knows, its decision counted once."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import func, select

from domain.borrowers.models import Borrower
from domain.credit import flows
from domain.credit.models import (
    ApplicationStatus,
    CreditApplication,
    CreditLine,
    CreditLineMovement,
    RiskDecision,
    RiskStatus,
)
from domain.credit.ports import RiskResult, RiskState
from domain.credit.queries.risk import due_asks
from domain.credit.services import application
from domain.messaging.models import Message
from domain.shared import callbacks
from domain.shared.crypto import Keyring
from domain.shared.db import Sessions
from domain.shared.inbox import InboxRow, InboxState
from tests.domain.credit.builders import Hands, member_of_staff, ready_borrower, reviewed, set_up
from tests.domain.credit.engine import APPROVED, PENDING, REJECTED, Engine, letter
from tests.domain.parties import signed

NOT_FOUND = RiskResult(RiskState.NOT_FOUND)


@dataclass
class Desk:
    """One application before the engine."""

    sessions: Sessions
    hands: Hands
    engine: Engine
    decision_id: UUID
    application_id: UUID
    reference: str

    async def submit(self) -> None:
        await flows.submit_risk(self.sessions, self.hands.clock, self.engine, decision_id=self.decision_id)

    async def ask(self, **later: float) -> None:
        self.hands.wait(**later)
        await flows.ask_risk(self.sessions, self.hands.clock, self.engine, decision_id=self.decision_id)

    async def hear(self, body: dict[str, object], key: bytes | None = None) -> int:
        raw = signed(body, self.hands.now, key) if key else signed(body, self.hands.now)
        answer = await flows.receive_risk_callback(self.sessions, self.hands.clock, self.engine, "fake", raw)
        return answer.status

    async def decision(self) -> RiskDecision:
        async with self.sessions() as session:
            return await session.get_one(RiskDecision, self.decision_id)

    async def status(self) -> tuple[ApplicationStatus, RiskStatus]:
        async with self.sessions() as session:
            row = await session.get_one(CreditApplication, self.application_id)
        return row.status, (await self.decision()).status

    async def count(self, model: type) -> int:
        async with self.sessions() as session:
            return await session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
async def desk(steps: Sessions) -> Desk:
    hands = Hands()
    async with steps.begin() as session:
        await set_up(session)
        row = await application.apply(session, borrower_id=await ready_borrower(session), at=hands.now)
        await reviewed(session, await member_of_staff(session, "anna"), row)
        decision = (await session.scalars(select(RiskDecision))).one()
    return Desk(steps, hands, Engine(), decision.id, row.id, decision.reference)


async def test_an_approval_brings_a_line_with_its_number_and_its_movement(desk: Desk, keyring: Keyring) -> None:
    await desk.submit()
    assert await desk.status() == (ApplicationStatus.RISK_PENDING, RiskStatus.PENDING)

    assert await desk.hear(letter(desk.reference)) == 200

    assert await desk.status() == (ApplicationStatus.APPROVED, RiskStatus.APPROVED)
    async with desk.sessions() as session:
        line = (await session.scalars(select(CreditLine))).one()
        (movement,) = await session.scalars(select(CreditLineMovement))
        sent = (await session.scalars(select(Message.template_code))).all()
        decision = await desk.decision()
        borrower = await session.get_one(Borrower, line.borrower_id)
    assert (line.number, line.limit_fen, line.expires_on) == ("CL20260115000001", 50_000_00, date(2027, 1, 14))
    assert (movement.kind, movement.amount_fen, movement.line_id) == ("GRANT", 50_000_00, line.id)
    assert sent == ["CREDIT_APPROVED"]
    assert decision.ask_at is None
    assert decision.raw_sealed is not None
    assert borrower.box(keyring).open("risk_raw", decision.raw_sealed) == '{"score":720}'


async def test_what_the_engine_is_told_is_the_person_and_the_facts_as_applied_with(desk: Desk) -> None:
    await desk.submit()

    (request,) = desk.engine.sent
    assert request.ref == desk.reference
    assert (request.subject.name.reveal(), request.subject.phone.reveal()) == ("王小明", "+8613800001234")
    assert request.facts["monthly_pay_fen"] == 1_500_000
    assert request.facts["contact_relations"] == ["SIBLING", "FRIEND"]
    assert "王小明" not in repr(request)


async def test_an_application_is_submitted_once_however_often_the_job_runs(desk: Desk) -> None:
    for _ in range(3):
        await desk.submit()

    assert len(desk.engine.sent) == 1


async def test_a_call_that_broke_is_asked_about_and_not_made_again(desk: Desk) -> None:
    desk.engine.answer = TimeoutError()
    await desk.submit()
    assert (await desk.decision()).status is RiskStatus.UNKNOWN
    await desk.submit()

    desk.engine.told = PENDING
    await desk.ask(seconds=4)
    assert desk.engine.asked == []
    await desk.ask(seconds=2)

    assert (desk.engine.asked, len(desk.engine.sent)) == ([desk.reference], 1)
    assert (await desk.decision()).status is RiskStatus.PENDING


async def test_a_process_that_died_while_submitting_leaves_it_to_be_asked_about(desk: Desk) -> None:
    desk.engine.answer = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        await desk.submit()
    assert (await desk.decision()).status is RiskStatus.SUBMITTING

    desk.engine.answer, desk.engine.told = PENDING, APPROVED
    await desk.submit()
    assert len(desk.engine.sent) == 1
    await desk.ask(seconds=10)
    assert (len(desk.engine.sent), (await desk.decision()).status) == (1, RiskStatus.APPROVED)


async def test_only_what_the_engine_never_saw_is_sent_again_and_under_the_same_reference(desk: Desk) -> None:
    desk.engine.answer, desk.engine.told = TimeoutError(), NOT_FOUND
    await desk.submit()
    desk.engine.answer = PENDING
    await desk.ask(seconds=10)

    assert [request.ref for request in desk.engine.sent] == [desk.reference] * 2
    assert (await desk.decision()).status is RiskStatus.PENDING


async def test_what_the_engine_has_is_not_sent_again_even_if_it_forgets(desk: Desk) -> None:
    await desk.submit()
    desk.engine.told = NOT_FOUND
    await desk.ask(minutes=10)

    assert len(desk.engine.sent) == 1
    assert (await desk.decision()).status is RiskStatus.PENDING


async def test_a_lost_callback_is_found_by_asking(desk: Desk) -> None:
    await desk.submit()
    async with desk.sessions() as session:
        assert await due_asks(session, at=desk.hands.now, limit=10) == []
        due = await due_asks(session, at=desk.hands.wait(minutes=1), limit=10)
    assert due == [(desk.decision_id, "fake")]

    desk.engine.told = APPROVED
    await desk.ask()

    assert await desk.status() == (ApplicationStatus.APPROVED, RiskStatus.APPROVED)
    assert await desk.count(CreditLine) == 1


async def test_a_decision_counts_once_however_often_it_is_told(desk: Desk) -> None:
    await desk.submit()
    for _ in range(3):
        assert await desk.hear(letter(desk.reference)) == 200
    assert await desk.hear(letter(desk.reference) | {"again": True}) == 200

    assert await desk.count(CreditLine) == await desk.count(CreditLineMovement) == await desk.count(Message) == 1
    async with desk.sessions() as session:
        kept = (await session.scalars(select(InboxRow).order_by(InboxRow.id))).all()
    assert [(row.copies, row.state) for row in kept] == [(3, InboxState.APPLIED), (1, InboxState.APPLIED)]


async def test_a_rejection_ends_the_application(desk: Desk) -> None:
    await desk.submit()
    await desk.hear(letter(desk.reference, "REJECTED"))

    assert await desk.status() == (ApplicationStatus.RISK_REJECTED, RiskStatus.REJECTED)
    assert (await desk.decision()).reasons == ["score below 600"]
    assert await desk.count(CreditLine) == 0


async def test_a_decision_that_was_made_stands(desk: Desk) -> None:
    await desk.submit()
    await desk.hear(letter(desk.reference, "REJECTED"))
    await desk.hear(letter(desk.reference, "APPROVED"))

    assert await desk.status() == (ApplicationStatus.RISK_REJECTED, RiskStatus.REJECTED)
    assert await desk.count(CreditLine) == 0


async def test_a_callback_that_proves_nothing_is_kept_and_changes_nothing(desk: Desk) -> None:
    await desk.submit()

    assert await desk.hear(letter(desk.reference), key=b"another key") == 401

    assert await desk.status() == (ApplicationStatus.RISK_PENDING, RiskStatus.PENDING)
    async with desk.sessions() as session:
        kept = (await session.scalars(select(InboxRow))).one()
    assert kept.state is InboxState.REFUSED
    assert await desk.hear(letter(desk.reference)) == 200
    assert (await desk.decision()).status is RiskStatus.APPROVED


async def test_a_callback_about_nothing_of_ours_is_not_taken(desk: Desk) -> None:
    await desk.submit()

    assert await desk.hear(letter("RK20260115999999")) == 404
    assert await desk.count(CreditLine) == 0


async def test_an_engine_speaks_for_its_own_applications_only(desk: Desk) -> None:
    await desk.submit()
    raw = signed(letter(desk.reference), desk.hands.now)

    answer = await flows.receive_risk_callback(desk.sessions, desk.hands.clock, desk.engine, "other", raw)

    assert answer.status == 404
    assert (await desk.decision()).status is RiskStatus.PENDING


async def test_a_decision_number_is_of_one_application(desk: Desk) -> None:
    await desk.submit()
    await desk.hear(letter(desk.reference))
    async with desk.sessions.begin() as session:
        other = await application.apply(
            session, borrower_id=await ready_borrower(session, phone="+8613800005678"), at=desk.hands.now
        )
        await reviewed(session, await member_of_staff(session, "bert"), other)
        second = (await session.scalars(select(RiskDecision).where(RiskDecision.application_id == other.id))).one()

    assert await desk.hear(letter(second.reference, decision_no="D1")) == 404
    assert await desk.hear(letter(second.reference, decision_no="D2")) == 200


@pytest.mark.parametrize(
    "doubtful",
    [
        replace(APPROVED, limit_fen=None),
        replace(APPROVED, limit_fen=0),
        replace(APPROVED, limit_fen=-1),
        replace(APPROVED, expires_on=None),
        replace(APPROVED, expires_on=date(2026, 1, 14)),
        replace(APPROVED, decision_no=None),
    ],
)
async def test_an_approval_without_its_figures_is_no_answer(desk: Desk, doubtful: RiskResult) -> None:
    desk.engine.answer = doubtful
    await desk.submit()

    assert await desk.status() == (ApplicationStatus.RISK_PENDING, RiskStatus.UNKNOWN)
    desk.engine.told = REJECTED
    await desk.ask(minutes=1)
    assert (await desk.decision()).status is RiskStatus.REJECTED


async def test_a_callback_that_was_kept_when_the_process_died_is_applied_later(desk: Desk) -> None:
    await desk.submit()
    patient = Engine()

    async def dies(_: object) -> None:
        raise KeyboardInterrupt

    patient.parse_callback = dies  # type: ignore[assignment]  # the process dies between keeping and applying
    raw = signed(letter(desk.reference), desk.hands.now)
    with pytest.raises(KeyboardInterrupt):
        await flows.receive_risk_callback(desk.sessions, desk.hands.clock, patient, "fake", raw)
    assert (await desk.decision()).status is RiskStatus.PENDING

    async with desk.sessions() as session:
        before = desk.hands.wait(seconds=1)
        (waiting,) = await callbacks.waiting(session, source="risk/fake", before=before, limit=10)
    await flows.resume_risk_callback(desk.sessions, desk.hands.clock, desk.engine, "fake", inbox_id=waiting)

    assert (await desk.decision()).status is RiskStatus.APPROVED
    async with desk.sessions() as session:
        assert await callbacks.waiting(session, source="risk/fake", before=desk.hands.now, limit=10) == []
