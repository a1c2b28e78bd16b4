"""What is heard of late counts from its own day: everything stored and booked becomes what it would have been."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.models import CreditLine
from domain.ledger import queries as ledger_queries
from domain.lending.errors import LoanNotRunning, LoanWrittenOff, NothingToWaive, ValueDateBeforeLoan, ValueDateInFuture
from domain.lending.models import Loan, LoanStatus, Repayment
from domain.lending.queries import loans as queries
from domain.lending.services import book, close_of_day, payoff, repayment, waiver, write_off
from domain.lending.services.projection import LOAN_FACTS, PART_FACTS, ROW_FACTS
from domain.shared.actors import SYSTEM
from domain.shared.audit import AuditRecord
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import noon, running_loan, settled_attempt
from tests.domain.lending.services.laws import balances, the_books_hold

BEGIN = date(2026, 1, 15)
ROW_2 = date(2026, 3, 15)
HEARD = date(2026, 5, 4)

Act = Callable[[AsyncSession, Loan, date, date], Awaitable[Any]]
"""Something that counts from the first day and is done on the second."""


async def pay(
    session: AsyncSession, loan: Loan, fen: int, paid: date, heard: date | None = None, intent: str = "INSTALLMENT"
) -> Repayment | None:
    heard = heard or paid
    attempt_id = await settled_attempt(session, loan, fen, paid_at=noon(paid), at=noon(heard), intent=intent)
    return await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(heard))


async def _paid_in_part(session: AsyncSession, loan: Loan, counts: date, done: date) -> None:
    await pay(session, loan, 700_00, counts, done)


async def _prepaid(session: AsyncSession, loan: Loan, counts: date, done: date) -> None:
    await pay(session, loan, 6_000_00, counts, done, "PREPAY")


async def _let_go(session: AsyncSession, loan: Loan, counts: date, done: date) -> None:
    await waiver.waive(
        session,
        loan_id=loan.id,
        penalty_fen=4_00,
        interest_fen=100_00,
        reason="hardship",
        at=noon(done),
        actor=SYSTEM,
        value_date=counts,
    )


async def _given_up(session: AsyncSession, loan: Loan, counts: date, done: date) -> None:
    await write_off.write_off(
        session, loan_id=loan.id, reason="insolvent", at=noon(done), actor=SYSTEM, value_date=counts
    )


async def stands(session: AsyncSession, loan: Loan) -> dict[str, Any]:
    """Everything stored and booked of a loan, without its ids."""
    rows = (await queries.installments_of(session, [loan.id]))[loan.id]
    made = (await queries.repayments_of(session, [loan.id]))[loan.id]
    repaid = sorted((each.value_date, each.amount_fen, *_facts(each, PART_FACTS)) for each in made)
    return {
        "loan": _facts(loan, LOAN_FACTS),
        "rows": [(row.n, *_facts(row, ROW_FACTS)) for row in rows],
        "repaid": repaid,
        "book": book.posted(await queries.book_of(session, loan.id)),
        "line": (await session.get_one(CreditLine, loan.credit_line_id)).used_fen,
    }


def _facts(row: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


@pytest.mark.parametrize("act", [_paid_in_part, _prepaid, _let_go, _given_up])
async def test_what_is_heard_late_leaves_everything_as_if_it_had_been_heard_in_time(
    session: AsyncSession, act: Act
) -> None:
    """Row 2 is not paid on its day; something happens to it ten days later, and much after that."""
    terms = terms_like(day_count="ACT_360", prepay_fee_rate=Decimal("0.01"))
    in_time, late = await running_loan(session, terms), await running_loan(session, terms)
    counts = date(2026, 3, 25)
    for loan in (in_time, late):
        await pay(session, loan, 1080_49, date(2026, 2, 15))
    await close_of_day.close(session, at=noon(date(2026, 3, 20)))
    await act(session, in_time, counts, counts)
    for loan in (in_time, late):
        await pay(session, loan, 300_00, date(2026, 3, 28))
        await pay(session, loan, 1500_00, date(2026, 4, 12))
    await close_of_day.close(session, at=noon(date(2026, 4, 20)))
    await close_of_day.close(session, at=noon(date(2026, 5, 1)))
    assert await stands(session, late) != await stands(session, in_time)
    await act(session, late, counts, HEARD)
    await close_of_day.close(session, at=noon(HEARD))

    assert await stands(session, late) == await stands(session, in_time)
    assert await the_books_hold(session)


async def test_the_difference_is_booked_today_with_its_day_in_the_past(session: AsyncSession) -> None:
    loan = await running_loan(session)
    for day in (date(2026, 3, 1), date(2026, 4, 1), HEARD):
        await close_of_day.close(session, at=noon(day))
    charged_fen = (await balances(session))["income.penalty"]
    await pay(session, loan, 1079_71, date(2026, 2, 15), HEARD)
    await pay(session, loan, 1079_71, ROW_2, HEARD)
    await pay(session, loan, 1079_71, date(2026, 4, 15), HEARD)
    transfers = await ledger_queries.transfers_of_loan(session, loan.id, limit=1000)
    back = [each for each in transfers if each.source.startswith("repayment:") and each.kind == "loan_earned"]

    assert charged_fen > 0
    assert "income.penalty" not in await balances(session)
    assert {each.booking_date for each in back} == {HEARD}
    assert {each.value_date for each in back} == {date(2026, 2, 15), ROW_2, date(2026, 4, 15)}
    assert await the_books_hold(session)


@pytest.mark.parametrize("act", [_let_go, _given_up])
async def test_nothing_counts_from_a_day_to_come_or_before_the_loan(session: AsyncSession, act: Act) -> None:
    loan = await running_loan(session)
    with pytest.raises(ValueDateInFuture, match="today is 2026-05-04"):
        await act(session, loan, date(2026, 5, 5), HEARD)
    with pytest.raises(ValueDateBeforeLoan, match="from 2026-01-15 on"):
        await act(session, loan, date(2026, 1, 14), HEARD)


async def test_a_waiver_lets_go_of_what_was_due_on_its_day(session: AsyncSession) -> None:
    loan = await running_loan(session)
    with pytest.raises(NothingToWaive, match="On 2026-02-14"):
        await _let_go(session, loan, date(2026, 2, 14), HEARD)
    await _let_go(session, loan, date(2026, 2, 16), HEARD)
    first = (await queries.installments_of(session, [loan.id]))[loan.id][0]

    # A day late: 935.71 x 14.4 % x 1.5 / 360.
    assert (first.waived_penalty_fen, first.waived_interest_fen) == (56, 100_00)


async def test_a_write_off_makes_what_was_paid_after_it_recovery(session: AsyncSession) -> None:
    loan = await running_loan(session)
    made = await pay(session, loan, 2000_00, date(2026, 4, 20))
    assert made is not None
    await _given_up(session, loan, date(2026, 4, 16), HEARD)
    after = await balances(session)

    assert (made.recovery_fen, made.interest_fen, made.principal_fen) == (2000_00, 0, 0)
    assert after["income.recovery"] == 2000_00
    assert not [code for code in after if code.startswith("loans.")]
    assert (loan.status, loan.principal_open_fen) == (LoanStatus.WRITTEN_OFF, 10_000_00)
    assert await the_books_hold(session)


async def test_a_write_off_is_not_moved_to_another_day(session: AsyncSession) -> None:
    loan = await running_loan(session)
    for _ in range(2):
        await _given_up(session, loan, date(2026, 4, 16), HEARD)
    with pytest.raises(LoanWrittenOff, match="written off on 2026-04-16"):
        await _given_up(session, loan, date(2026, 4, 15), HEARD)

    assert loan.last_sequence == 1


async def test_who_says_from_when_is_on_record(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await _let_go(session, loan, date(2026, 2, 16), HEARD)
    await _given_up(session, loan, date(2026, 4, 16), HEARD)

    kept = {each.action: each.details for each in await session.scalars(select(AuditRecord))}
    assert kept["loan.waive"]["value_date"] == "2026-02-16"
    assert kept["loan.write_off"] == {"reason": "insolvent", "value_date": "2026-04-16"}


async def test_a_loan_that_had_been_paid_before_it_was_given_up_is_settled(session: AsyncSession) -> None:
    """Nothing was owed on the day of the write-off, so nothing was given up; what came after it is the borrower's."""
    loan = await running_loan(session)
    paid, given_up = date(2026, 4, 15), date(2026, 5, 1)
    owed_fen = (await payoff.quote(session, loan.id, noon(paid))).amount_fen
    await _given_up(session, loan, given_up, given_up)
    recovered = await pay(session, loan, 50_00, date(2026, 5, 2))
    assert recovered is not None
    assert recovered.recovery_fen == 50_00
    closing = await pay(session, loan, owed_fen, paid, HEARD, "PAYOFF")
    assert closing is not None

    assert (loan.status, loan.settled_on, loan.settled_early) == (LoanStatus.SETTLED, paid, True)
    assert (recovered.recovery_fen, loan.excess_fen) == (0, 50_00)
    assert "expense.write_off" not in await balances(session)
    assert await the_books_hold(session)

    await repayment.reverse(session, repayment_id=closing.id, reason="bounced", at=noon(HEARD), actor=SYSTEM)
    assert (loan.status, loan.settled_on, loan.excess_fen) == (LoanStatus.WRITTEN_OFF, None, 0)
    assert recovered.recovery_fen == 50_00
    assert await the_books_hold(session)


async def test_a_loan_of_which_less_was_given_up_than_thought_stays_written_off(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await _given_up(session, loan, date(2026, 5, 1), date(2026, 5, 1))
    lost_fen = (await balances(session))["expense.write_off"]
    await pay(session, loan, 1079_71, date(2026, 2, 15), HEARD)
    after = await balances(session)

    assert loan.status is LoanStatus.WRITTEN_OFF
    assert after["expense.write_off"] < lost_fen - 1079_71 + 1
    assert "income.recovery" not in after
    assert await the_books_hold(session)


async def test_an_active_loan_that_turns_out_to_be_paid_off_ends_and_opens_again(session: AsyncSession) -> None:
    loan = await running_loan(session)
    paid = date(2026, 2, 1)
    owed_fen = (await payoff.quote(session, loan.id, noon(paid))).amount_fen
    await pay(session, loan, 1079_71, date(2026, 2, 15))
    made = await pay(session, loan, owed_fen, paid, HEARD, "PAYOFF")
    assert made is not None

    assert (loan.status, loan.overdue_since, loan.excess_fen) == (LoanStatus.SETTLED, None, 1079_71)
    with pytest.raises(LoanNotRunning):
        await _given_up(session, loan, paid, HEARD)
    await repayment.reverse(session, repayment_id=made.id, reason="bounced", at=noon(HEARD), actor=SYSTEM)
    assert (loan.status, loan.overdue_since, loan.excess_fen) == (LoanStatus.ACTIVE, ROW_2, 0)
    assert await the_books_hold(session)
