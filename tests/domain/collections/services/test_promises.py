"""Promises to pay: what may be promised, and what becomes of it."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.errors import (
    CaseNotTaken,
    PromiseDayNotPossible,
    PromiseNotPositive,
    PromiseOpen,
    PromiseTooLarge,
)
from domain.collections.models import CollectionCase, CollectionTask, PaymentPromise
from domain.collections.rules.promise import PromiseStatus
from domain.collections.rules.task import TaskKind, TaskStatus
from domain.collections.services import cases, promises
from domain.collections.services.promises import Judged
from domain.lending.services import journal
from domain.shared.actors import Actor
from domain.shared.db import Sessions
from tests.domain.collections.builders import after, collector, morning, night, owed, taken_case, tasks
from tests.domain.lending.reminders.builders import at, pay

NOON = at(after(5), 12)
ITS_DAY = after(8)


async def promised(
    session: AsyncSession, case: CollectionCase, actor: Actor, fen: int = 500_00, on: date = ITS_DAY
) -> PaymentPromise:
    return await promises.make(session, case_id=case.id, amount_fen=fen, on=on, actor=actor, at=NOON)


async def stored(session: AsyncSession) -> PaymentPromise:
    found = select(PaymentPromise).execution_options(populate_existing=True)
    return (await session.scalars(found)).one()


async def test_a_promise_says_who_wrote_it_down_when(session: AsyncSession) -> None:
    loan, case, actor = await taken_case(session)

    promise = await promised(session, case, actor)

    assert (promise.amount_fen, promise.promised_on, promise.status) == (500_00, after(8), PromiseStatus.OPEN)
    assert (promise.made_at, promise.recorded_by, promise.loan_id) == (NOON, actor.id, loan.id)


async def test_up_to_all_that_will_be_due_by_its_day_can_be_promised(session: AsyncSession) -> None:
    loan, case, actor = await taken_case(session)
    due_fen = await owed(session, loan, at(after(8)))
    assert due_fen > await owed(session, loan, NOON)

    with pytest.raises(PromiseTooLarge, match=f"By 2026-02-23 {due_fen / 100:.2f} yuan will be due"):
        await promised(session, case, actor, fen=due_fen + 1)
    assert (await promised(session, case, actor, fen=due_fen)).amount_fen == due_fen


@pytest.mark.parametrize("fen", [0, -1])
async def test_nothing_cannot_be_promised(session: AsyncSession, fen: int) -> None:
    _, case, actor = await taken_case(session)

    with pytest.raises(PromiseNotPositive):
        await promised(session, case, actor, fen=fen)


@pytest.mark.parametrize(("days", "possible"), [(4, False), (5, True), (19, True), (20, False)])
async def test_a_promise_is_for_today_or_for_a_fortnight_at_most(
    session: AsyncSession, days: int, possible: bool
) -> None:
    _, case, actor = await taken_case(session)
    if possible:
        assert await promised(session, case, actor, on=after(days))
    else:
        with pytest.raises(PromiseDayNotPossible, match="from 2026-02-20 to 2026-03-06"):
            await promised(session, case, actor, on=after(days))


async def test_there_is_one_open_promise_a_case(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    await promised(session, case, actor)

    with pytest.raises(PromiseOpen, match=r"500\.00 yuan are promised for 2026-02-23"):
        await promised(session, case, actor)


async def test_only_the_case_s_collector_writes_it_down(session: AsyncSession) -> None:
    _, case, _ = await taken_case(session)
    case.assigned_to = None
    await session.flush()

    with pytest.raises(CaseNotTaken):
        await promised(session, case, (await collector(session)).actor())


async def test_two_promises_at_once_are_one(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        _, case, actor = await taken_case(session)

    async def promise() -> str:
        try:
            async with sessions.begin() as session:
                await promised(session, case, actor)
                await asyncio.sleep(0.05)
        except PromiseOpen:
            return "refused"
        return "made"

    assert sorted(await asyncio.gather(promise(), promise())) == ["made", "refused"]


async def test_the_table_itself_holds_one_open_promise_a_case(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    first = await promised(session, case, actor)
    facts = {name: getattr(first, name) for name in ("case_id", "loan_id", "borrower_id", "amount_fen", "promised_on")}

    session.add(PaymentPromise(**facts, made_at=NOON, recorded_by=actor.id))
    with pytest.raises(IntegrityError, match="uq_payment_promises_open"):
        await session.flush()


async def test_payments_that_reach_it_by_its_day_keep_it(session: AsyncSession) -> None:
    loan, case, actor = await taken_case(session)
    await promised(session, case, actor)
    await pay(session, loan, 200_00, at(after(6)))
    await cases.refresh(session, loan_id=loan.id, at=at(after(6)))
    assert (await stored(session)).status is PromiseStatus.OPEN

    await pay(session, loan, 300_00, at(after(8), 23))
    await cases.refresh(session, loan_id=loan.id, at=at(after(8), 23))

    kept = await stored(session)
    assert (kept.status, kept.ended_at) == (PromiseStatus.KEPT, at(after(8), 23))


async def test_what_was_paid_before_it_was_made_does_not_count(session: AsyncSession) -> None:
    loan, case, actor = await taken_case(session)
    await pay(session, loan, 500_00, at(after(4)))
    await promised(session, case, actor)

    assert await promises.judge(session, at=at(after(6))) == Judged(kept=0, broken=0)


@pytest.mark.parametrize(("paid_on", "judged"), [(8, Judged(1, 0)), (9, Judged(0, 1))], ids=["its day", "a day late"])
async def test_the_day_after_it_is_kept_or_broken_by_when_the_money_was_paid(
    session: AsyncSession, paid_on: int, judged: Judged
) -> None:
    loan, case, actor = await taken_case(session)
    await promised(session, case, actor)
    assert await promises.judge(session, at=at(after(8), 23)) == Judged(0, 0)

    # What was announced of the payment is lost, or comes late.
    await pay(session, loan, 500_00, at(after(paid_on), 8))

    assert await promises.judge(session, at=at(after(9))) == judged
    assert await promises.judge(session, at=at(after(9))) == Judged(0, 0)


async def test_with_the_case_ends_the_promise_and_all_that_was_to_be_done(session: AsyncSession) -> None:
    loan, case, actor = await taken_case(session)
    await promised(session, case, actor, fen=1_00)
    session.add_all(open_tasks(case))
    when = at(after(6))
    await pay(session, loan, await owed(session, loan, when), when)

    await cases.refresh(session, loan_id=loan.id, at=when)

    assert (await stored(session)).status is PromiseStatus.KEPT
    assert {task.status for task in await tasks(session)} == {TaskStatus.CANCELLED}


async def test_a_lost_announcement_is_made_up_for_by_the_night(session: AsyncSession) -> None:
    loan, case, actor = await taken_case(session)
    await promised(session, case, actor, fen=1_00)
    session.add_all(open_tasks(case))
    when = at(after(6))
    await pay(session, loan, await owed(session, loan, when), when)

    assert (await night(session, after(7))).closed == 1

    assert (await stored(session)).status is PromiseStatus.KEPT
    assert {(task.status, task.ended_at) for task in await tasks(session)} == {(TaskStatus.CANCELLED, at(after(7), 1))}


async def test_a_promise_is_made_of_what_is_due_then_not_of_what_is_due_now(session: AsyncSession) -> None:
    loan, case, actor = await taken_case(session)
    # By the fifteenth of March the second installment is due as well.
    later = promises.make(
        session,
        case_id=case.id,
        amount_fen=(await journal.history_of(session, loan)).position(date(2026, 3, 15)).due_fen,
        on=date(2026, 3, 15),
        actor=actor,
        at=at(date(2026, 3, 2)),
    )

    assert (await later).amount_fen > await owed(session, loan, at(date(2026, 3, 14)))


async def test_while_it_is_open_nobody_has_to_call_and_the_morning_after_somebody_has(session: AsyncSession) -> None:
    _, case, actor = await taken_case(session)
    await morning(session, after(5))
    await promised(session, case, actor)
    (cancelled,) = await tasks(session, TaskKind.CALL)
    assert cancelled.status is TaskStatus.CANCELLED

    for day in (6, 7, 8):
        assert await morning(session, after(day)) == {}
    assert await morning(session, after(9)) == {"broken": 1, "calls": 1}


def open_tasks(case: CollectionCase) -> list[CollectionTask]:
    return [
        CollectionTask(
            case_id=case.id,
            borrower_id=case.borrower_id,
            key=kind,
            kind=kind,
            rule=f"{kind}:4",
            on_day=after(5),
            priority=1,
            due_at=NOON + timedelta(hours=12),
            made_at=NOON,
        )
        for kind in (TaskKind.CALL, TaskKind.LOCATE)
    ]
