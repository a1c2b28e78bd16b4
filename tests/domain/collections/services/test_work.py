"""The morning's work over the days of a case: what is missing is made, each once, in parts, and a missed day does no harm."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.models import CollectionTask
from domain.collections.queries import cases as queries
from domain.collections.rules.contact import Outcome
from domain.collections.rules.strategy import NotAStrategy
from domain.collections.rules.task import TaskKind, TaskStatus
from domain.collections.services import cases
from domain.collections.services.work import STAGES, Place, work
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from domain.shared.outcome import done
from domain.shared.paging import Window, rows_in
from domain.shared.policy import PolicyValue
from tests.domain.collections.builders import (
    after,
    all_cases,
    late_loan,
    morning,
    night,
    owed,
    taken_case,
    tasks,
    tried,
)
from tests.domain.lending.reminders.builders import at, lender, pay


async def test_three_messages_then_a_call_that_turns_pressing_and_stays_until_it_is_made(steps: Sessions) -> None:
    async with steps.begin() as session:
        await lender(session)
        await late_loan(session)
    did: list[tuple[int, Any]] = []
    for day in range(8):
        async with steps.begin() as session:
            await night(session, after(day))
        async with steps.begin() as session:
            if figures := await morning(session, after(day)):
                did.append((day, figures))

    assert did == [
        (1, {"told": 1}),
        (2, {"told": 1}),
        (3, {"told": 1}),
        (4, {"calls": 1}),
        (5, {"raised": 1}),
    ]
    async with steps.begin() as session:
        (call,) = await tasks(session, TaskKind.CALL)
        assert (call.rule, call.priority, call.status, call.on_day) == ("CALL:5", 2, TaskStatus.OPEN, after(4))
        assert call.due_at == at(after(5), 0)


async def test_a_call_that_was_made_is_wanted_again_the_next_day(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    for day in (5, 6):
        await morning(session, after(day))
        done(await tried(session, case, actor, at(after(day), 12)))
        assert await morning(session, after(day), hour=15) == {}

    assert [(call.key, call.status) for call in await tasks(session, TaskKind.CALL)] == [
        ("CALL:2026-02-20", TaskStatus.DONE),
        ("CALL:2026-02-21", TaskStatus.DONE),
    ]


async def test_the_queue_of_calls_is_the_list_of_cases_with_an_open_call(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    await late_loan(session, value_date=date(2026, 1, 19))
    await night(session, after(5))
    await morning(session, after(5))

    async def queued(**which: Any) -> list[str]:
        window = Window(limit=9)
        return [row.number for row in await rows_in(session, queries.listed(**which), queries.LONGEST_OVERDUE, window)]

    assert await queued(open_task=TaskKind.CALL) == [case.number]
    assert await queued(open_task=TaskKind.LOCATE) == []
    assert len(await queued(unassigned=True)) == 1
    assert len(await queued(seen_by=actor.id)) == 2
    assert len(await queued(seen_by=new_id())) == 1


async def test_working_twice_does_nothing_twice(session: AsyncSession) -> None:
    await lender(session)
    await late_loan(session)
    await night(session, after(3))

    assert await morning(session, after(3)) == {"told": 1}
    assert await morning(session, after(3), hour=10) == {}


async def test_a_missed_morning_leaves_out_what_is_of_no_use_any_more(session: AsyncSession) -> None:
    await lender(session)
    await late_loan(session)
    await night(session, after(6))

    assert await morning(session, after(6)) == {"calls": 1}


async def test_a_month_late_he_is_looked_for_only_if_he_cannot_be_reached_and_once(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    await morning(session, after(30))
    assert await tasks(session, TaskKind.LOCATE) == []
    attempts = [done(await tried(session, case, actor, at(after(30), hour))) for hour in (10, 11, 12)]

    await morning(session, after(31))
    await morning(session, after(32))

    (look_up,) = await tasks(session, TaskKind.LOCATE)
    assert (look_up.key, look_up.rule, look_up.on_day) == ("LOCATE", "LOCATE:30", after(31))
    assert look_up.evidence == [str(attempt.id) for attempt in reversed(attempts)]


async def test_before_a_month_is_over_nobody_is_asked_where_he_is(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    done(await tried(session, case, actor, at(after(28), 10), Outcome.INVALID_NUMBER))

    await morning(session, after(29))
    assert await tasks(session, TaskKind.LOCATE) == []
    await morning(session, after(30))
    assert len(await tasks(session, TaskKind.LOCATE)) == 1


async def test_by_the_strict_strategy_nobody_is_ever_asked(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    strict = PolicyValue(name="collections.strategy", value="strict", source="a test", effective_from=date(2026, 2, 20))
    session.add(strict)
    done(await tried(session, case, actor, at(after(28), 10), Outcome.INVALID_NUMBER))

    await morning(session, after(30))

    assert {task.kind for task in await tasks(session)} == {TaskKind.CALL, TaskKind.SMS}


async def test_a_large_morning_is_done_in_parts_each_where_the_last_one_ended(session: AsyncSession) -> None:
    await lender(session)
    for _ in range(5):
        await late_loan(session)
    for _ in range(3):
        await late_loan(session, value_date=date(2026, 1, 19))
    await night(session, after(5))

    parts: list[tuple[Place | None, dict[str, int]]] = []
    place: Place | None = Place(0)
    while place is not None:
        part = await work(session, at=at(after(5)), limit=2, place=place)
        parts.append((place, part.figures))
        place = part.next

    told = [figures["told"] for _, figures in parts if figures.get("told")]
    calls = [figures["calls"] for _, figures in parts if figures.get("calls")]
    assert (told, calls) == ([2, 1], [2, 2, 1])
    assert [place.stage for place, _ in parts if place] == [0, 1, 2, 2, 2, 3]
    assert len(STAGES) == 4
    assert await morning(session, after(5)) == {}


async def test_a_part_that_is_done_again_after_a_crash_does_nothing_twice(session: AsyncSession) -> None:
    await lender(session)
    for _ in range(3):
        await late_loan(session)
    await night(session, after(1))
    first = await work(session, at=at(after(1)), limit=2, place=Place(1))

    again = await work(session, at=at(after(1)), limit=2, place=Place(1))

    assert (first.figures["told"], again.figures["told"]) == (2, 1)


async def test_a_case_that_is_cured_has_nothing_left_to_do(session: AsyncSession) -> None:
    loan, _, _ = await taken_case(session)
    await morning(session, after(5))
    when = at(after(5), 12)
    await pay(session, loan, await owed(session, loan, when), when)
    await cases.refresh(session, loan_id=loan.id, at=when)

    assert [task.status for task in await tasks(session)] == [TaskStatus.CANCELLED]
    assert await morning(session, after(6)) == {}


async def test_days_of_grace_put_everything_off(session: AsyncSession) -> None:
    await lender(session)
    await late_loan(session, grace_days=3)
    did = []
    for day in range(1, 9):
        await night(session, after(day))
        did += [(day, name) for name in await morning(session, after(day))]

    assert did == [(4, "told"), (5, "told"), (6, "told"), (7, "calls"), (8, "raised")]


async def test_one_open_task_of_a_kind_is_held_by_the_table_itself(session: AsyncSession) -> None:
    await taken_case(session)
    await morning(session, after(5))
    (call,) = await tasks(session)
    facts = {
        name: getattr(call, name)
        for name in ("case_id", "borrower_id", "kind", "rule", "on_day", "priority", "due_at", "made_at")
    }

    session.add(CollectionTask(key="another", **facts))
    with pytest.raises(IntegrityError, match="uq_collection_tasks_open"):
        await session.flush()


async def test_a_strategy_nobody_can_follow_stops_the_work_with_a_sentence(session: AsyncSession) -> None:
    await taken_case(session)
    nonsense = PolicyValue(
        name="collections.strategy", value="friendly", source="a test", effective_from=date(2026, 2, 20)
    )
    session.add(nonsense)
    await session.flush()

    with pytest.raises(NotAStrategy, match="no collection strategy is called 'friendly'"):
        await morning(session, after(5))


async def test_a_case_that_is_being_closed_while_the_morning_works_gets_no_call(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        loan, _, _ = await taken_case(session)
        when = at(after(5))
        await pay(session, loan, await owed(session, loan, when), when)
    async with sessions() as closing, sessions() as working:
        await cases.refresh(closing, loan_id=loan.id, at=when)
        calling = asyncio.create_task(work(working, at=when, limit=10, place=Place(2)))
        waited, _ = await asyncio.wait([calling], timeout=0.2)
        assert not waited
        await closing.commit()

        assert not any((await calling).figures.values())
    async with sessions() as session:
        assert await tasks(session) == []
        assert len(await all_cases(session)) == 1
