"""The lender's own timetable over a loan that is not paid: reminders, penalty, notices, case, all by the clock alone."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from domain.collections.models import CollectionCase
from domain.collections.rules.case import CaseStatus, CloseReason
from domain.collections.services import cases
from domain.ledger.models import ClosedDay
from domain.lending.models import Loan
from domain.lending.queries.loans import installments_of
from domain.lending.services import journal
from domain.messaging.models import Message
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.schedule import JobRun
from jobs import timetable
from jobs.ticks import install, run_due
from jobs.timetable import TIMETABLE
from tests.domain.lending.reminders.builders import at, lender, lent, pay

DUE = date(2026, 2, 15)
BEGINNING = DUE - timedelta(days=4)
"""When the clock of the tests begins to run, the loan being four weeks old by then."""
STORY = [
    *[("REPAYMENT_REMINDER", at(DUE + timedelta(days=day), 9)) for day in (-2, 0)],
    *[("OVERDUE_NOTICE", at(DUE + timedelta(days=day), 9)) for day in (1, 2, 3)],
]
"""All that is told of an installment that is missed and paid on the eighth day."""


class World:
    """A lender with one loan, and time."""

    def __init__(self, sessions: Sessions, loan: Loan) -> None:
        self.sessions, self.loan = sessions, loan

    async def until(self, when: datetime, *, movable: bool = True) -> int:
        return await run_due(self.sessions, Clock(movable=movable, real=lambda: when), TIMETABLE)

    async def told(self) -> list[tuple[str, datetime]]:
        async with self.sessions() as session:
            rows = await session.scalars(select(Message).order_by(Message.created_at))
            return [(row.template_code, row.created_at) for row in rows]

    async def case(self) -> CollectionCase | None:
        async with self.sessions() as session:
            return await session.scalar(select(CollectionCase))

    async def pay_what_is_due(self, when: datetime) -> None:
        async with self.sessions.begin() as session:
            fen = (await journal.history_of(session, self.loan)).position(when.date()).due_fen
            await pay(session, self.loan, fen, when)
            await cases.refresh(session, loan_id=self.loan.id, at=when)


@pytest.fixture
async def world(sessions: Sessions) -> World:
    async with sessions.begin() as session:
        await lender(session, offsets=[-2, 0])
        loan = await lent(session, method="EQUAL_INSTALLMENT")
        await install(session, TIMETABLE, at(BEGINNING, 12))
    return World(sessions, loan)


async def test_a_jump_past_a_missed_due_date_brings_everything_in_its_turn_and_once(world: World) -> None:
    await world.until(at(DUE + timedelta(days=8), 12))

    assert await world.told() == STORY
    case = await world.case()
    assert case is not None
    assert (case.overdue_since, case.imported_at) == (DUE, at(DUE + timedelta(days=1), 1))
    async with world.sessions() as session:
        first = (await installments_of(session, [world.loan.id]))[world.loan.id][0]
        position = (await journal.history_of(session, world.loan)).position(DUE + timedelta(days=8))
        assert first.penalty_fen == position.penalty_fen > 0


async def test_day_by_day_brings_the_same_as_a_jump(world: World) -> None:
    day = BEGINNING
    while day <= DUE + timedelta(days=8):
        await world.until(at(day, 12))
        day += timedelta(days=1)

    assert await world.told() == STORY
    case = await world.case()
    assert case is not None
    assert case.imported_at == at(DUE + timedelta(days=1), 1)


async def test_repaying_on_the_eighth_day_ends_it_and_nothing_comes_after(world: World) -> None:
    await world.until(at(DUE + timedelta(days=8), 12))
    await world.pay_what_is_due(at(DUE + timedelta(days=8), 12))

    await world.until(at(DUE + timedelta(days=20), 12))

    case = await world.case()
    assert case is not None
    assert (case.status, case.close_reason) == (CaseStatus.CLOSED, CloseReason.CURED)
    assert await world.told() == STORY


async def test_whoever_pays_on_the_due_date_is_reminded_and_never_dunned(world: World) -> None:
    await world.until(at(DUE, 12))
    await world.pay_what_is_due(at(DUE, 12))

    await world.until(at(DUE + timedelta(days=8), 12))

    assert await world.told() == STORY[:2]
    assert await world.case() is None


async def test_after_a_real_outage_the_useless_reminder_is_left_out_and_the_case_is_opened(world: World) -> None:
    back = at(DUE + timedelta(days=3), 15)

    await world.until(back, movable=False)

    # Of the third overdue day: those of the days that were missed would all come at once.
    assert await world.told() == [("OVERDUE_NOTICE", back)]
    case = await world.case()
    assert case is not None
    assert (case.overdue_since, case.imported_at) == (DUE, back)


async def test_each_night_leaves_its_figures(world: World) -> None:
    await world.until(at(DUE + timedelta(days=1), 23))

    async with world.sessions() as session:
        runs = await session.scalars(select(JobRun).where(JobRun.scheduled_for >= at(DUE + timedelta(days=1), 0)))
        figures = {run.name: run.figures for run in runs}
    assert figures["collections.import_overdue"] == {"opened": 1, "closed": 0, "moved": 0}
    assert figures["collections.work"] == {"kept": 0, "broken": 0, "told": 1, "calls": 0, "raised": 0, "locates": 0}
    assert figures["lending.close_of_day"] == {"looked_at": 1, "accrued": 0, "left": 0, "closed": 1}
    assert set(figures) == set(TIMETABLE.daily)


async def test_a_large_morning_is_worked_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timetable, "_MESSAGES", 1)
    async with world.sessions.begin() as session:
        await lent(session)
    await world.until(at(DUE + timedelta(days=1), 12))

    told = [template for template, _ in await world.told()]
    assert told.count("OVERDUE_NOTICE") == 2
    async with world.sessions() as session:
        mornings = select(JobRun).where(JobRun.name == "collections.work").order_by(JobRun.scheduled_for.desc())
        last = (await session.scalars(mornings.limit(1))).one()
        assert last.figures["told"] == 2
        assert last.finished_at is not None


async def test_a_large_night_is_closed_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timetable, "_REPLAYED", 1)
    async with world.sessions.begin() as session:
        await lent(session)
    await world.until(at(DUE + timedelta(days=1), 12))

    async with world.sessions() as session:
        nights = select(JobRun).where(JobRun.name == "lending.close_of_day").order_by(JobRun.scheduled_for.desc())
        last = (await session.scalars(nights.limit(1))).one()
        assert last.figures == {"looked_at": 2, "accrued": 0, "left": 0, "closed": 1}
        assert last.finished_at is not None
        assert await session.get(ClosedDay, DUE)
