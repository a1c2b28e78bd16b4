"""The withholding run: for whom it asks for a debit, for how much, and what holds it back."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, LoanStatus, Repayment, RepaymentMethod
from domain.lending.rules.events import Intent
from domain.lending.services import journal, repayment, withholding
from domain.payments.models import Mandate, PaymentOrder
from domain.payments.ports import ErrorCode, MandateResult, MandateState, PaymentResult, Retry
from domain.payments.rules.mandates import MandateStatus
from domain.payments.rules.states import OrderStatus
from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from domain.shared.outbox import OutboxRow
from tests.domain.lending.reminders.builders import at, lender, pay
from tests.domain.lending.rows import settled_attempt
from tests.domain.lending.services.debits import (
    DAY,
    DUE,
    EVENING,
    MORNING,
    answered,
    debtor,
    declined,
    ran,
    requested,
    told,
)
from tests.domain.lending.services.laws import the_books_hold
from tests.domain.payments.builders import UNKNOWN, Debt, an_order, paid
from tests.domain.payments.mandates import refused, signed


@pytest.fixture
async def loan(session: AsyncSession) -> Loan:
    await lender(session)
    return await debtor(session)


# What is asked for


async def test_what_is_due_today_is_asked_for_once_a_run(session: AsyncSession, loan: Loan) -> None:
    assert await ran(session, at(DUE - DAY, 10)) == {}

    assert await ran(session, MORNING) == {"requested": 1}
    assert await ran(session, MORNING + timedelta(minutes=5)) == {"done_before": 1}

    (order,) = await requested(session, loan)
    assert (order.amount_fen, order.due_on, order.intent) == (496_00, DUE, Intent.INSTALLMENT)
    assert (order.status, order.channel, order.expires_at) == (OrderStatus.CREATED, "fake", EVENING)
    topics = await session.scalars(select(OutboxRow.topic).where(OutboxRow.payload["order_id"].astext == str(order.id)))
    assert topics.all() == ["payments.withholding_requested"]


async def test_what_is_past_due_is_asked_for_with_its_penalty(session: AsyncSession) -> None:
    await lender(session)
    loan = await debtor(session, method="EQUAL_INSTALLMENT")
    march = date(2026, 3, 15)
    await ran(session, at(march, 10))

    (order,) = await requested(session, loan)
    position = (await journal.history_of(session, loan)).position(march)
    assert order.amount_fen == position.due_fen
    assert (order.due_on, position.penalty_fen > 0) == (DUE, True)


@pytest.mark.parametrize("spoil", ["paid", "no_mandate", "settled", "revoked", "expired"])
async def test_who_owes_nothing_or_gave_no_mandate_is_left_alone(session: AsyncSession, loan: Loan, spoil: str) -> None:
    mandate = (await session.scalars(select(Mandate).where(Mandate.borrower_id == loan.borrower_id))).one()
    if spoil == "paid":
        await pay(session, loan, 496_00, at(DUE, 9))
    elif spoil == "settled":
        loan.status = LoanStatus.SETTLED
    elif spoil == "expired":
        mandate.valid_to = DUE - DAY
    else:
        mandate.status = MandateStatus.REVOKED
    await session.flush()

    assert await ran(session, MORNING) in ({}, {"no_mandate": 1})
    assert await requested(session, loan) == []


async def test_every_running_loan_of_the_borrower_is_covered_and_the_parts_go_on(session: AsyncSession) -> None:
    await lender(session)
    loans = [await debtor(session) for _ in range(5)]
    figures, after = [], None
    for _ in range(4):
        part = await withholding.run(session, at=MORNING, after=after, limit=2)
        figures.append(part.figures)
        if (after := part.after) is None:
            break

    assert figures == [{"requested": 2}, {"requested": 2}, {"requested": 1}]
    assert [len(await requested(session, loan)) for loan in loans] == [1] * 5


async def test_more_than_the_cap_is_not_taken_and_no_part_of_it(session: AsyncSession, loan: Loan) -> None:
    mandate = (await session.scalars(select(Mandate).where(Mandate.borrower_id == loan.borrower_id))).one()
    mandate.cap_fen = 495_99
    await session.flush()

    assert await ran(session, MORNING) == {"over_cap": 1}
    mandate.cap_fen = 496_00
    await session.flush()
    assert await ran(session, MORNING) == {"requested": 1}


async def test_after_thirty_days_people_take_over(session: AsyncSession, loan: Loan) -> None:
    assert await ran(session, at(DUE + 31 * DAY, 10)) == {"long_past_due": 1}
    assert await ran(session, at(DUE + 30 * DAY, 10)) == {"requested": 1}


async def test_nothing_is_asked_for_at_night(session: AsyncSession, loan: Loan) -> None:
    for night in (at(DUE, 22), at(DUE + DAY, 7, 59)):
        assert await ran(session, night) == {}
    assert await ran(session, at(DUE + DAY, 8)) == {"requested": 1}


async def test_runs_that_were_missed_are_made_up_for_by_one(session: AsyncSession, loan: Loan) -> None:
    back = at(DUE + 2 * DAY, 9)
    assert await ran(session, back) == {"requested": 1}
    await answered(session, (await requested(session, loan))[0], refused(), back)

    assert [await ran(session, back) for _ in range(3)] == [{"done_before": 1}] * 3
    assert await ran(session, at(DUE + 2 * DAY, 10)) == {"requested": 1}


# What holds it back


async def test_a_debit_under_way_is_waited_for(session: AsyncSession, loan: Loan) -> None:
    await ran(session, MORNING)
    (order,) = await requested(session, loan)
    attempt_id = await answered(session, order, UNKNOWN, MORNING)
    assert await ran(session, EVENING) == {"under_way": 1}

    result = refused()
    await attempts.apply_result(session, attempt_id=attempt_id, result=result, source=Source.QUERY, at=EVENING)
    assert await ran(session, EVENING) == {"requested": 1}


async def test_one_that_nobody_began_in_its_time_makes_way(session: AsyncSession, loan: Loan) -> None:
    await ran(session, MORNING)
    assert await ran(session, EVENING) == {"requested": 1}

    first, second = await requested(session, loan)
    assert (first.status, second.status) == (OrderStatus.CLOSED, OrderStatus.CREATED)


async def test_money_that_has_come_and_is_not_applied_yet_may_pay_it(session: AsyncSession, loan: Loan) -> None:
    attempt_id = await settled_attempt(session, loan, 496_00, paid_at=at(DUE, 9))
    assert await ran(session, MORNING) == {"under_way": 1}

    await repayment.apply_settled(session, attempt_id=attempt_id, at=MORNING)
    assert await ran(session, MORNING) == {}


async def test_money_that_is_said_to_have_come_with_another_sum_may_pay_it_until_that_is_denied(
    session: AsyncSession, loan: Loan
) -> None:
    async def told(result: PaymentResult, source: Source) -> None:
        await attempts.apply_result(session, attempt_id=attempt_id, result=result, source=source, at=MORNING)

    await ran(session, MORNING)
    (order,) = await requested(session, loan)
    attempt_id = await answered(session, order, refused(), MORNING)
    await told(paid(495_99), Source.NOTICE)
    assert await ran(session, EVENING) == {"under_way": 1}

    await told(refused(), Source.QUERY)
    assert await ran(session, EVENING) == {"requested": 1}


async def test_what_is_wanted_is_asked_again_before_it_is_taken(session: AsyncSession, loan: Loan) -> None:
    await ran(session, MORNING)
    (order,) = await requested(session, loan)
    assert await withholding.still_wanted(session, order, MORNING)
    assert not await withholding.still_wanted(session, order, at(DUE, 23))

    attempt_id = await settled_attempt(session, loan, 100_00, paid_at=MORNING)
    assert not await withholding.still_wanted(session, order, MORNING)
    await repayment.apply_settled(session, attempt_id=attempt_id, at=MORNING)
    assert not await withholding.still_wanted(session, order, MORNING)


async def test_missing_money_is_tried_for_twice_a_day_and_told_once(session: AsyncSession, loan: Loan) -> None:
    await declined(session, loan, MORNING)
    await declined(session, loan, EVENING)
    assert await ran(session, at(DUE, 21)) == {"done_before": 1}
    (message,) = await told(session, loan, "WITHHOLDING_DECLINED")
    assert message.loan_id == loan.id

    await declined(session, loan, at(DUE + DAY, 10))
    assert len(await told(session, loan, "WITHHOLDING_DECLINED")) == 2


async def test_two_refusals_in_one_morning_are_two(session: AsyncSession, loan: Loan) -> None:
    await declined(session, loan, at(DUE + DAY, 9))
    await declined(session, loan, at(DUE + DAY, 10))

    assert await ran(session, at(DUE + DAY, 18)) == {"held": 1}


async def test_of_a_refusal_found_at_night_he_is_told_in_the_morning(session: AsyncSession, loan: Loan) -> None:
    await ran(session, EVENING)
    attempt_id = await answered(session, (await requested(session, loan))[0], refused(), at(DUE, 23))
    await withholding.declined(session, attempt_id=attempt_id, at=at(DUE, 23))

    (message,) = await told(session, loan, "WITHHOLDING_DECLINED")
    assert message.send_after == at(DUE + DAY, 8)


@pytest.mark.parametrize(
    "why",
    [
        {"code": ErrorCode.MANDATE_INVALID, "retry": Retry.AFTER_USER_ACTION},
        {"code": ErrorCode.RISK, "retry": Retry.NEVER},
    ],
    ids=["mandate", "never"],
)
async def test_a_refusal_for_good_suspends_the_mandate_and_tells_him(
    session: AsyncSession, loan: Loan, why: dict[str, Any]
) -> None:
    await declined(session, loan, MORNING, **why)

    mandate = (await session.scalars(select(Mandate).where(Mandate.borrower_id == loan.borrower_id))).one()
    assert mandate.status is MandateStatus.SUSPENDED
    assert len(await told(session, loan, "MANDATE_SUSPENDED")) == 1
    assert await told(session, loan, "WITHHOLDING_DECLINED") == []
    assert await ran(session, EVENING) == {}


async def test_a_limit_waits_for_tomorrow(session: AsyncSession, loan: Loan) -> None:
    await declined(session, loan, MORNING, code=ErrorCode.LIMIT_EXCEEDED, retry=Retry.LATER_DAY)

    assert await ran(session, EVENING) == {"held": 1}
    assert await ran(session, at(DUE + DAY, 10)) == {"requested": 1}


@pytest.mark.parametrize("act", ["pays", "signs"])
async def test_a_frozen_account_waits_until_he_does_something(session: AsyncSession, loan: Loan, act: str) -> None:
    await declined(session, loan, MORNING, code=ErrorCode.ACCOUNT_FROZEN, retry=Retry.AFTER_USER_ACTION)
    assert await ran(session, at(DUE + 5 * DAY, 10)) == {"held": 1}

    when = at(DUE + 5 * DAY, 12)
    if act == "pays":
        order = await an_order(session, Debt(loan.id, loan.borrower_id), amount_fen=100_00, at=when)
        attempt_id = await answered(session, order, paid(100_00, paid_at=when), when)
        await repayment.apply_settled(session, attempt_id=attempt_id, at=when)
    else:
        result = MandateResult(MandateState.ACTIVE, token="T-2")
        await signed(session, loan.borrower_id, at=when, result=result, code="other")

    assert await ran(session, at(DUE + 5 * DAY, 18)) == {"requested": 1}
    assert (await requested(session, loan))[-1].channel == ("fake" if act == "pays" else "other")


# What comes of it


async def test_what_is_withheld_is_applied_as_such(session: AsyncSession, loan: Loan) -> None:
    await ran(session, MORNING)
    (order,) = await requested(session, loan)
    attempt_id = await answered(session, order, paid(496_00, paid_at=MORNING), MORNING)

    made = await repayment.apply_settled(session, attempt_id=attempt_id, at=MORNING)

    assert made is not None
    assert (made.method, made.amount_fen, made.interest_fen) == (RepaymentMethod.WITHHOLDING, 496_00, 496_00)
    assert await ran(session, EVENING) == {}
    assert await the_books_hold(session)


async def test_what_he_pays_himself_stays_his_own(session: AsyncSession, loan: Loan) -> None:
    await pay(session, loan, 496_00, at(DUE, 9))

    (made,) = (await session.scalars(select(Repayment).where(Repayment.loan_id == loan.id))).all()
    assert made.method is RepaymentMethod.ACTIVE


# Two at once


async def test_a_second_order_for_a_run_is_impossible(session: AsyncSession, loan: Loan) -> None:
    await ran(session, MORNING)
    (order,) = await requested(session, loan)

    assert PaymentOrder.__table__.c.once_key.unique
    assert order.once_key == f"withholding:{loan.id}:{MORNING.isoformat()}"
