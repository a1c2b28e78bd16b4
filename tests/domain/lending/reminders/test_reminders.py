"""Reminders before a due date and on it: each once, none that is of no use."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.queries.loans import installments_of, lock_loan
from domain.lending.services import journal, write_off
from domain.lending.services.reminders import remind_upcoming
from domain.messaging.models import Message
from domain.shared.actors import SYSTEM
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow
from domain.shared.schedule import ScheduledAction
from tests.domain.lending.reminders.builders import PHONE, at, lender, lent, pay, said

DUE = date(2026, 2, 15)
TWO_BEFORE = at(DUE - timedelta(days=2))
DAY_AFTER = at(DUE + timedelta(days=1))


async def remind(session: AsyncSession, when: datetime) -> int:
    return (await remind_upcoming(session, at=when)).queued


async def test_two_days_before_its_due_date_an_installment_is_reminded_of(session: AsyncSession) -> None:
    await lender(session)
    loan = await lent(session)

    assert await remind(session, TWO_BEFORE) == 1

    (reminder,) = await said(session)
    assert reminder.template == "REPAYMENT_REMINDER"
    assert reminder.text == f"【随贷】您的借款 {loan.number} 第 1 期 496.00 元将于 2026-02-15 到期。如已还款请忽略。"
    assert reminder.facts == {"installment": 1, "offset": -2}


async def test_it_goes_to_the_borrower_under_its_own_key_after_the_commit(session: AsyncSession) -> None:
    await lender(session)
    loan = await lent(session)
    await remind(session, TWO_BEFORE)
    first = (await installments_of(session, [loan.id]))[loan.id][0]

    message = (await session.scalars(select(Message))).one()

    assert message.once_key == f"reminder:{first.id}:-2"
    assert (message.borrower_id, message.loan_id) == (loan.borrower_id, loan.id)
    assert message.to_masked.endswith(PHONE[-4:])
    assert await session.scalar(select(OutboxRow.id).where(OutboxRow.topic == "messaging.queued"))


async def test_three_days_before_is_too_early(session: AsyncSession) -> None:
    await lender(session)
    await lent(session)

    assert await remind(session, at(DUE - timedelta(days=3))) == 0


async def test_the_day_turns_at_midnight_in_shanghai(session: AsyncSession) -> None:
    await lender(session)
    await lent(session)

    assert await remind(session, at(DUE - timedelta(days=3), 23, 59)) == 0
    assert await remind(session, at(DUE - timedelta(days=2), 0)) == 1


async def test_running_it_again_that_day_or_the_next_sends_nothing_twice(session: AsyncSession) -> None:
    await lender(session)
    await lent(session)
    await remind(session, TWO_BEFORE)

    assert await remind(session, TWO_BEFORE) == 0
    assert await remind(session, TWO_BEFORE + timedelta(days=1)) == 0
    assert len(await said(session)) == 1


async def test_an_installment_paid_before_is_not_reminded_of(session: AsyncSession) -> None:
    await lender(session)
    loan = await lent(session, method="EQUAL_INSTALLMENT")
    first = (await installments_of(session, [loan.id]))[loan.id][0]
    await pay(session, loan, first.principal_fen + first.interest_fen, TWO_BEFORE - timedelta(days=1))

    assert await remind(session, TWO_BEFORE) == 0


async def test_one_partly_paid_is_reminded_of_for_the_rest(session: AsyncSession) -> None:
    await lender(session)
    loan = await lent(session)
    await pay(session, loan, 100_00, TWO_BEFORE - timedelta(days=1))

    await remind(session, TWO_BEFORE)

    first = (await installments_of(session, [loan.id]))[loan.id][0]
    open_fen = first.principal_fen + first.interest_fen - first.paid_principal_fen - first.paid_interest_fen
    assert f" {open_fen / 100:.2f} 元" in (await said(session, "REPAYMENT_REMINDER"))[0].text


@pytest.mark.parametrize("days_late", [1, 2])
async def test_a_missed_run_is_made_up_for_while_the_reminder_is_of_use(session: AsyncSession, days_late: int) -> None:
    await lender(session)
    await lent(session)

    assert await remind(session, TWO_BEFORE + timedelta(days=days_late)) == 1


async def test_after_the_due_date_a_reminder_is_of_no_use(session: AsyncSession) -> None:
    await lender(session)
    await lent(session)

    assert await remind(session, TWO_BEFORE + timedelta(days=3)) == 0


async def test_each_reminder_of_the_policy_is_sent_on_its_day(session: AsyncSession) -> None:
    await lender(session, offsets=[-3, -1, 0])
    await lent(session)

    for days_before in (4, 3, 2, 1, 0):
        await remind(session, at(DUE - timedelta(days=days_before)))

    assert [reminder.facts["offset"] for reminder in await said(session)] == [-3, -1, 0]


async def test_two_days_before_and_on_the_day_itself_each_once(session: AsyncSession) -> None:
    await lender(session, offsets=[-2, 0])
    await lent(session)

    queued = [await remind(session, at(DUE + timedelta(days=day))) for day in (-3, -2, -2, -1, 0, 0, 1, 2)]

    assert queued == [0, 1, 0, 0, 1, 0, 0, 0]
    assert [reminder.facts["offset"] for reminder in await said(session)] == [-2, 0]


async def test_of_several_reminders_missed_in_an_outage_only_the_last_is_sent(session: AsyncSession) -> None:
    await lender(session, offsets=[-3, -1, 0])
    await lent(session)

    assert await remind(session, at(DUE)) == 1

    assert [reminder.facts["offset"] for reminder in await said(session)] == [0]


async def test_only_running_loans_are_reminded_of(session: AsyncSession) -> None:
    await lender(session)
    loan = await lent(session)
    await write_off.write_off(session, loan_id=loan.id, reason="a test", at=at(date(2026, 2, 1)), actor=SYSTEM)

    assert await remind(session, TWO_BEFORE) == 0


async def test_many_are_reminded_in_parts_each_once(session: AsyncSession) -> None:
    await lender(session)
    for _ in range(5):
        await lent(session)

    first = await remind_upcoming(session, at=TWO_BEFORE, limit=2)
    second = await remind_upcoming(session, at=TWO_BEFORE, limit=2, after=first.after)
    third = await remind_upcoming(session, at=TWO_BEFORE, limit=2, after=second.after)

    assert [part.queued for part in (first, second, third)] == [2, 2, 1]
    assert third.after is None
    assert len({reminder.text for reminder in await said(session)}) == 5


async def test_two_runs_at_once_remind_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await lender(session)
        await lent(session)
    async with sessions() as first, sessions() as second:
        await remind(first, TWO_BEFORE)
        rows = [each.once_key for each in (await first.scalars(select(Message))).all()]
        await first.commit()
        await remind(second, TWO_BEFORE)
        await second.commit()
    async with sessions() as session:
        assert [each.once_key for each in (await session.scalars(select(Message))).all()] == rows


async def test_the_look_is_the_one_planned_when_the_loan_began(session: AsyncSession) -> None:
    await lender(session)
    loan = await lent(session)

    planned = (await session.scalars(select(ScheduledAction).order_by(ScheduledAction.due_at).limit(1))).one()

    assert (planned.kind, planned.due_at) == ("lending.recheck_missed", DAY_AFTER)
    assert planned.payload == {"loan_id": str(loan.id), "n": 1}


async def test_a_loan_that_was_paid_off_is_not_reminded_of_any_more(session: AsyncSession) -> None:
    await lender(session)
    loan = await lent(session)
    payoff_fen = (await journal.history_of(session, loan)).position(date(2026, 1, 20)).payoff_fen
    await pay(session, await lock_loan(session, loan.id), payoff_fen, at(date(2026, 1, 20)))

    assert await remind(session, TWO_BEFORE) == 0
