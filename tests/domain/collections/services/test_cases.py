"""The life of a case: opened by the night, healed after a missed one, taken by a collector, ended by the loan."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.models import CollectionCase
from domain.collections.queries import cases as queries
from domain.collections.rules.case import CaseStatus, CloseReason
from domain.collections.services import assigning, cases
from domain.collections.services.cases import Imported
from domain.lending.queries.loans import lock_loan
from domain.lending.services import journal
from domain.shared.days import business_day
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from domain.shared.paging import Window, rows_in, total
from tests.domain.collections.builders import (
    ADMIN,
    DUE,
    all_cases,
    collector,
    late_loan,
    night,
    open_case,
    owed,
    project,
)
from tests.domain.lending.reminders.builders import at, lender, lent, pay


async def test_the_night_after_a_missed_due_date_opens_a_case(session: AsyncSession) -> None:
    await lender(session)
    loan = await late_loan(session)

    assert await night(session, DUE) == Imported(opened=0, closed=0, moved=0, after=None)
    assert (await night(session, DUE + timedelta(days=1))).opened == 1

    (case,) = await all_cases(session)
    position = (await journal.history_of(session, loan)).position(DUE + timedelta(days=1))
    assert case.number == "CC20260216000001"
    assert (case.loan_id, case.borrower_id, case.status) == (loan.id, loan.borrower_id, CaseStatus.OPEN)
    assert (case.overdue_since, case.imported_at) == (DUE, at(date(2026, 2, 16), 1))
    assert case.overdue_fen_at_import == position.due_fen > 0
    assert position.penalty_fen > 0


async def test_a_second_night_opens_nothing_twice(session: AsyncSession) -> None:
    await lender(session)
    await late_loan(session)
    await night(session, DUE + timedelta(days=1))

    assert await night(session, DUE + timedelta(days=2)) == Imported(opened=0, closed=0, moved=0, after=None)
    assert len(await all_cases(session)) == 1


async def test_a_missed_night_heals_by_itself(session: AsyncSession) -> None:
    await lender(session)
    first, second = await late_loan(session), await late_loan(session, value_date=date(2026, 1, 17))

    assert (await night(session, date(2026, 2, 25))).opened == 2

    assert [(case.loan_id, case.overdue_since) for case in await all_cases(session)] == [
        (first.id, DUE),
        (second.id, date(2026, 2, 17)),
    ]


async def test_within_the_days_of_grace_there_is_no_case(session: AsyncSession) -> None:
    await lender(session)
    await lent(session, grace_days=3)

    assert (await night(session, DUE + timedelta(days=3))).opened == 0
    assert (await night(session, DUE + timedelta(days=4))).opened == 1


async def test_the_longest_overdue_come_first_and_get_the_lowest_numbers(session: AsyncSession) -> None:
    await lender(session)
    value_dates = [date(2026, 1, 20), date(2026, 1, 16), date(2026, 1, 18), date(2026, 1, 17), date(2026, 1, 19)]
    for value_date in value_dates:
        await late_loan(session, value_date=value_date)

    await night(session, date(2026, 3, 1))

    opened = await all_cases(session)
    assert [case.overdue_since.day for case in opened] == [16, 17, 18, 19, 20]
    assert [case.number[-1] for case in opened] == ["1", "2", "3", "4", "5"]
    assert opened == sorted(opened, key=lambda case: case.id)


async def test_a_large_night_is_done_in_parts(session: AsyncSession) -> None:
    await lender(session)
    for day in range(16, 21):
        await late_loan(session, value_date=date(2026, 1, day))
    morning = date(2026, 3, 1)
    await project(session, morning)

    parts: list[Imported] = []
    while not parts or parts[-1].after:
        begin = parts[-1].after if parts else None
        parts.append(await cases.import_overdue(session, at=at(morning, 1), limit=2, after=begin))

    assert [part.opened for part in parts] == [2, 2, 1]
    assert [case.number[-6:] for case in await all_cases(session)] == [f"{n:06d}" for n in range(1, 6)]


async def test_two_imports_at_once_open_one_case_a_loan(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await lender(session)
        for _ in range(3):
            await late_loan(session)
        await project(session, date(2026, 2, 20))

    async def import_() -> int:
        async with sessions.begin() as session:
            done = await cases.import_overdue(session, at=at(date(2026, 2, 20), 1))
            await asyncio.sleep(0.05)
            return done.opened

    assert sorted(await asyncio.gather(import_(), import_(), import_())) == [0, 0, 3]
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(CollectionCase)) == 3


async def test_a_loan_that_is_being_paid_while_the_night_runs_gets_no_case(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await lender(session)
        loan = await late_loan(session)
        await project(session, date(2026, 2, 20))
    async with sessions() as paying, sessions() as importing:
        await pay(paying, loan, 5_000_00, at(date(2026, 2, 20), 0, 59))
        import_ = asyncio.create_task(cases.import_overdue(importing, at=at(date(2026, 2, 20), 1)))
        done, _ = await asyncio.wait([import_], timeout=0.2)
        assert not done
        await paying.commit()

        assert (await import_).opened == 0


async def test_repaying_what_is_past_due_closes_the_case_as_cured(session: AsyncSession) -> None:
    loan, case = await open_case(session)
    when = at(DUE + timedelta(days=8))
    await pay(session, loan, await owed(session, loan, when), when)

    assert await cases.refresh(session, loan_id=loan.id, at=when) is case

    assert (case.status, case.close_reason, case.closed_at) == (CaseStatus.CLOSED, CloseReason.CURED, when)


async def test_paying_the_loan_off_closes_the_case_as_settled(session: AsyncSession) -> None:
    loan, case = await open_case(session)
    when = at(DUE + timedelta(days=8))
    payoff_fen = (await journal.history_of(session, loan)).position(business_day(when)).payoff_fen
    await pay(session, loan, payoff_fen, when)

    await cases.refresh(session, loan_id=loan.id, at=when)

    assert (case.status, case.close_reason) == (CaseStatus.CLOSED, CloseReason.SETTLED)


async def test_a_part_payment_leaves_the_case_open(session: AsyncSession) -> None:
    loan, case = await open_case(session)
    await pay(session, loan, 100_00, at(DUE + timedelta(days=2)))

    await cases.refresh(session, loan_id=loan.id, at=at(DUE + timedelta(days=2)))

    assert (case.status, case.overdue_since) == (CaseStatus.OPEN, DUE)


async def test_repaying_the_oldest_of_two_rows_moves_the_case_to_the_next(session: AsyncSession) -> None:
    loan, case = await open_case(session)
    when = at(date(2026, 3, 20))
    first_row = (await journal.history_of(session, loan)).position(business_day(when)).rows[0]
    await pay(session, loan, first_row.outstanding_fen, when)

    await cases.refresh(session, loan_id=loan.id, at=when)

    assert (case.status, case.overdue_since) == (CaseStatus.OPEN, date(2026, 3, 15))


async def test_hearing_the_same_again_changes_nothing(session: AsyncSession) -> None:
    loan, case = await open_case(session)
    when = at(DUE + timedelta(days=8))
    await pay(session, loan, await owed(session, loan, when), when)
    await cases.refresh(session, loan_id=loan.id, at=when)

    assert await cases.refresh(session, loan_id=loan.id, at=when + timedelta(hours=1)) is None

    assert case.closed_at == when


async def test_a_loan_without_a_case_is_none_of_our_business(session: AsyncSession) -> None:
    await lender(session)
    loan = await late_loan(session)

    assert await cases.refresh(session, loan_id=loan.id, at=at(DUE)) is None


async def test_falling_behind_again_is_a_new_case(session: AsyncSession) -> None:
    loan, case = await open_case(session)
    when = at(DUE + timedelta(days=8))
    await pay(session, loan, await owed(session, loan, when), when)
    await cases.refresh(session, loan_id=loan.id, at=when)

    await night(session, date(2026, 3, 16))

    again = await queries.case_of(session, loan.id)
    assert again is not None
    assert again.id != case.id
    assert (again.status, again.overdue_since) == (CaseStatus.OPEN, date(2026, 3, 15))


async def test_a_lost_announcement_is_made_up_for_by_the_next_night(session: AsyncSession) -> None:
    cured, first = await open_case(session)
    moved = await late_loan(session)
    await night(session, DUE + timedelta(days=2))
    when = at(date(2026, 3, 20))
    await pay(session, cured, await owed(session, cured, when), when)
    first_row = (await journal.history_of(session, moved)).position(business_day(when)).rows[0]
    await pay(session, moved, first_row.outstanding_fen, when)

    done = await cases.import_overdue(session, at=at(date(2026, 3, 21), 1))

    assert (done.closed, done.moved) == (1, 1)
    first, second = await all_cases(session)
    assert (first.status, first.close_reason, first.closed_at) == (
        CaseStatus.CLOSED,
        CloseReason.CURED,
        at(date(2026, 3, 21), 1),
    )
    assert (second.status, second.overdue_since) == (CaseStatus.OPEN, date(2026, 3, 15))


async def test_and_says_settled_of_a_loan_that_was_paid_off(session: AsyncSession) -> None:
    loan, _ = await open_case(session)
    when = at(DUE + timedelta(days=8))
    payoff_fen = (await journal.history_of(session, loan)).position(business_day(when)).payoff_fen
    await pay(session, await lock_loan(session, loan.id), payoff_fen, when)

    await cases.import_overdue(session, at=when)

    (case,) = await all_cases(session)
    assert case.close_reason is CloseReason.SETTLED


async def test_of_two_announcements_at_once_one_closes_the_case(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        loan, _ = await open_case(session)
        when = at(DUE + timedelta(days=8))
        await pay(session, loan, await owed(session, loan, when), when)
    async with sessions() as first, sessions() as second:
        await cases.refresh(first, loan_id=loan.id, at=when)
        rival = asyncio.create_task(cases.refresh(second, loan_id=loan.id, at=when + timedelta(minutes=1)))
        done, _ = await asyncio.wait([rival], timeout=0.2)
        assert not done
        await first.commit()
        assert await rival is None
        await second.commit()
    async with sessions() as session:
        (case,) = await all_cases(session)
        assert case.closed_at == when


async def listed(session: AsyncSession) -> list[CollectionCase]:
    """Five open cases of five days."""
    await lender(session)
    for day in range(16, 21):
        await late_loan(session, value_date=date(2026, 1, day))
    await night(session, date(2026, 3, 1))
    return await all_cases(session)


@pytest.mark.parametrize("order", [queries.LONGEST_OVERDUE, queries.LATEST_OVERDUE])
async def test_the_list_is_sorted_by_time_both_ways_and_paged_without_gap_or_repeat(
    session: AsyncSession, order: queries.Order
) -> None:
    opened = await listed(session)
    expected = opened if order is queries.LONGEST_OVERDUE else opened[::-1]

    for backward in (False, True):
        seen: list[CollectionCase] = []
        while page := await rows_in(
            session,
            queries.listed(),
            order,
            Window(limit=2, backward=backward, cursor=[str(part) for part in order.key(seen[-1])] if seen else None),
        ):
            seen += page
        assert seen == (expected[::-1] if backward else expected)


async def test_the_list_can_be_that_of_one_collector_or_of_the_closed(session: AsyncSession) -> None:
    opened = await listed(session)
    member = await collector(session)
    for case in (opened[3], opened[1]):
        await assigning.assign(session, case_id=case.id, staff_id=member.id, actor=ADMIN, at=at(date(2026, 3, 1)))
    opened[1].close(CloseReason.CURED, at(date(2026, 3, 1)))
    await session.flush()

    his = queries.listed(assigned_to=member.id)
    assert list(await rows_in(session, his, queries.LONGEST_OVERDUE, Window(limit=9))) == [opened[3]]
    closed = queries.listed(status=CaseStatus.CLOSED)
    assert list(await rows_in(session, closed, queries.LONGEST_OVERDUE, Window(limit=9))) == [opened[1]]
    assert await total(session, queries.listed()) == 4


async def test_the_case_of_a_loan_is_its_latest(session: AsyncSession) -> None:
    loan, case = await open_case(session)

    assert await queries.case_of(session, loan.id) is case
    assert await queries.case_of(session, new_id()) is None
