"""The message of an overdue day: queued by the morning or by the look 24 hours after the due day, and only once."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.rules.task import TaskKind, TaskStatus
from domain.collections.services.telling import recheck_missed, tell_overdue
from domain.lending.models import Loan
from domain.lending.queries.loans import installments_of
from domain.lending.services import journal, write_off
from domain.messaging.models import Message
from domain.shared.actors import SYSTEM
from domain.shared.db import Sessions
from domain.shared.policy import PolicyValue
from tests.domain.collections.builders import DUE, after, all_cases, decisions, late_loan, night, tasks
from tests.domain.lending.reminders.builders import at, lender, pay, said


async def look(session: AsyncSession, loan: Loan, when: datetime, n: int = 1) -> Message | None:
    return await recheck_missed(session, at=when, loan_id=loan.id, n=n)


async def tell(session: AsyncSession, when: datetime) -> int:
    return (await tell_overdue(session, at=when)).queued


@pytest.fixture
async def loan(session: AsyncSession) -> Loan:
    """A loan whose case the night after its first due date has opened."""
    await lender(session)
    loan = await late_loan(session)
    await night(session, after(1))
    return loan


async def test_a_day_after_a_missed_due_date_the_borrower_is_told_what_he_owes_with_penalty(
    session: AsyncSession, loan: Loan
) -> None:
    first = (await installments_of(session, [loan.id]))[loan.id][0]

    assert await tell(session, at(after(1))) == 1

    (notice,) = await said(session)
    position = (await journal.history_of(session, loan)).position(after(1))
    assert position.penalty_fen > 0
    assert position.due_fen == first.principal_fen + first.interest_fen + position.penalty_fen
    assert notice.template == "OVERDUE_NOTICE"
    assert f"第 1 期已于 2026-02-15 到期，尚欠 {position.due_fen / 100:.2f} 元" in notice.text
    assert notice.facts == {"installment": 1, "days_past_due": 1}


async def test_it_carries_the_guard_s_leave_and_is_written_down_as_done(session: AsyncSession, loan: Loan) -> None:
    await tell(session, at(after(1)))

    message = (await session.scalars(select(Message))).one()
    (decision,), (task,) = await decisions(session), await tasks(session)
    assert message.decision_id == decision.id
    assert (decision.allowed, decision.channel, decision.party, decision.actor_kind) == (
        True,
        "SMS",
        "DEBTOR",
        "SYSTEM",
    )
    assert decision.facts["packs"] == ["cn_gbt_45251", "cn_cba_2026"]
    assert (task.kind, task.status, task.rule, task.message_id) == (
        TaskKind.SMS,
        TaskStatus.DONE,
        "SMS:1",
        message.id,
    )


@pytest.mark.parametrize("look_first", [True, False], ids=["look first", "morning first"])
async def test_the_look_after_24_hours_and_the_morning_s_work_are_one_message(
    session: AsyncSession, loan: Loan, look_first: bool
) -> None:
    if look_first:
        assert await look(session, loan, at(after(1))) is not None
        assert await tell(session, at(after(1))) == 0
    else:
        assert await tell(session, at(after(1))) == 1
        assert await look(session, loan, at(after(1))) is None

    (message,) = (await session.scalars(select(Message))).all()
    first = (await installments_of(session, [loan.id]))[loan.id][0]
    assert message.once_key == f"overdue:{first.id}:1"
    assert len(await decisions(session)) == 1


async def test_one_on_each_of_the_first_three_days_and_none_afterwards(session: AsyncSession, loan: Loan) -> None:
    told = []
    for day in range(1, 35):
        await night(session, after(day))
        told += [day] * (await tell(session, at(after(day))) + await tell(session, at(after(day), 15)))

    # The second installment falls due on the 28th day after the first, and is missed as well.
    assert told == [1, 2, 3, 29, 30, 31]
    assert [(notice.facts["installment"], notice.facts["days_past_due"]) for notice in await said(session)] == [
        (n, day) for n in (1, 2) for day in (1, 2, 3)
    ]


@pytest.mark.parametrize("hour", [8, 9, 21])
async def test_whoever_paid_hears_nothing(session: AsyncSession, loan: Loan, hour: int) -> None:
    owed_fen = (await journal.history_of(session, loan)).position(after(1)).due_fen
    await pay(session, loan, owed_fen, at(after(1), 7))

    assert await tell(session, at(after(1), hour)) == 0
    assert await look(session, loan, at(after(1), hour)) is None


async def test_a_look_that_comes_late_tells_what_is_owed_by_then(session: AsyncSession, loan: Loan) -> None:
    await look(session, loan, at(after(3)))

    owed_fen = (await journal.history_of(session, loan)).position(after(3)).due_fen
    assert f"尚欠 {owed_fen / 100:.2f} 元" in (await said(session))[0].text


async def test_one_that_comes_after_the_third_day_tells_nothing(session: AsyncSession, loan: Loan) -> None:
    assert await look(session, loan, at(after(4))) is None


async def test_days_of_grace_are_not_overdue_and_the_first_after_them_is_the_first(session: AsyncSession) -> None:
    await lender(session)
    loan = await late_loan(session, grace_days=3)
    told = []
    for day in range(1, 10):
        await night(session, after(day))
        told += [day] * await tell(session, at(after(day)))
        assert await look(session, loan, at(after(day))) is None

    assert told == [4, 5, 6]


async def test_in_the_hours_of_rest_nothing_is_said_and_that_is_written_down(session: AsyncSession, loan: Loan) -> None:
    assert await tell(session, at(after(1), 22, 30)) == 0

    (decision,) = await decisions(session)
    assert (decision.allowed, decision.rule, decision.until) == (False, "cn_gbt_45251.rest_hours", at(after(2), 8))
    assert await said(session) == []
    assert await tasks(session) == []


async def test_the_day_of_a_message_turns_at_midnight_in_shanghai(session: AsyncSession, loan: Loan) -> None:
    assert await tell(session, at(after(1), 21, 59)) == 1
    assert await tell(session, at(after(2), 8)) == 1


async def test_a_loan_without_a_case_is_not_told_of(session: AsyncSession) -> None:
    await lender(session)
    loan = await late_loan(session)

    assert await look(session, loan, at(after(1))) is None
    assert await tell(session, at(after(1))) == 0


async def test_a_loan_that_is_written_off_is_not_told_of(session: AsyncSession, loan: Loan) -> None:
    await write_off.write_off(session, loan_id=loan.id, reason="a test", at=at(after(1), 2), actor=SYSTEM)

    assert await tell(session, at(after(1))) == 0


async def test_an_installment_a_new_plan_dropped_is_not_missed(session: AsyncSession, loan: Loan) -> None:
    assert await look(session, loan, at(after(1)), n=13) is None


async def test_a_strategy_without_messages_sends_none(session: AsyncSession, loan: Loan) -> None:
    session.add(PolicyValue(name="collections.strategy", value=[], source="a test", effective_from=date(2026, 2, 1)))
    await session.flush()

    assert await tell(session, at(after(1))) == 0
    assert await look(session, loan, at(after(1))) is None


async def test_many_are_told_in_parts_each_once(session: AsyncSession) -> None:
    await lender(session)
    for _ in range(5):
        await late_loan(session)
    await night(session, after(1))

    first = await tell_overdue(session, at=at(after(1)), limit=2)
    second = await tell_overdue(session, at=at(after(1)), limit=2, after=first.after)
    third = await tell_overdue(session, at=at(after(1)), limit=2, after=second.after)

    assert [part.queued for part in (first, second, third)] == [2, 2, 1]
    assert third.after is None
    assert len({notice.text for notice in await said(session)}) == 5


async def test_two_loans_of_which_one_cannot_be_told_do_not_stop_each_other(session: AsyncSession) -> None:
    await lender(session)
    for _ in range(2):
        await late_loan(session)
    await night(session, after(1))
    refused = await tell_overdue(session, at=at(after(1), 23), limit=1)

    assert (refused.queued, refused.after is None) == (0, False)
    assert (await tell_overdue(session, at=at(after(1), 23), limit=1, after=refused.after)).queued == 0


async def test_the_morning_and_the_look_at_once_tell_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await lender(session)
        loan = await late_loan(session)
        await night(session, after(1))
    async with sessions() as first, sessions() as second:
        assert await tell(first, at(after(1))) == 1
        await first.commit()
        assert await look(second, loan, at(after(1))) is None
        await second.commit()
    async with sessions() as session:
        assert len((await session.scalars(select(Message))).all()) == 1
        assert (await all_cases(session))[0].overdue_since == DUE
