"""A loan by a method that another package brought (按季付息、到期还本), from its product to its last fen."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from suidai_quarterly import QuarterlyInterest

from domain.lending.models import Loan, LoanStatus
from domain.lending.queries import loans as queries
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.terms import PrepayPolicy
from domain.lending.services import close_of_day, payoff, quotes
from domain.lending.services.journal import history_of
from plugins.testing import registered
from tests.domain.credit.builders import set_up
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.origination.builders import product
from tests.domain.lending.rows import noon, running_loan
from tests.domain.lending.services.laws import the_books_hold
from tests.domain.lending.services.paying import pay

BEGIN = date(2026, 1, 15)
QUARTERS = [date(2026, 4, 15), date(2026, 7, 15), date(2026, 10, 15), date(2027, 1, 15)]


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    with registered(QuarterlyInterest(), provider="suidai-quarterly"):
        yield


async def rows(session: AsyncSession, loan: Loan) -> list[tuple[date, int, int]]:
    """What falls due, when and how much, as it is stored."""
    stored = (await queries.installments_of(session, [loan.id]))[loan.id]
    return [(row.due_on, row.principal_fen, row.interest_fen) for row in stored]


async def test_it_is_configured_quoted_and_disclosed_like_any_other(session: AsyncSession) -> None:
    await set_up(session)
    await product(session, "QUARTERLY", method="QUARTERLY_INTEREST", day_count="ACT_360", annual_rate=Decimal("0.144"))
    at = noon(BEGIN)
    offer = await quotes.quote(
        session, product_code="QUARTERLY", principal_fen=40_000_00, terms=12, value_date=BEGIN, at=at
    )

    assert [row.due_on for row in offer.figures.rows] == QUARTERS
    assert [row.interest_fen for row in offer.figures.rows] == [1_440_00, 1_456_00, 1_472_00, 1_472_00]
    assert [row.balance_fen for row in offer.figures.rows] == [40_000_00] * 3 + [0]
    assert offer.disclosure["method"] == {
        "code": "QUARTERLY_INTEREST",
        "zh": "按季付息、到期还本",
        "en": "quarterly interest, principal last",
    }
    assert offer.figures.total_interest_fen == 5_840_00


@pytest.mark.parametrize("prepay", list(PrepayPolicy))
async def test_it_is_repaid_missed_prepaid_and_paid_off_to_nothing(session: AsyncSession, prepay: PrepayPolicy) -> None:
    """The first quarter on its day; the second five days late; 10,000.00 prepaid on 1 August; the rest on 1 September."""
    terms = terms_like(
        method="QUARTERLY_INTEREST", principal_fen=40_000_00, terms=12, day_count=DayCount.ACT_360, prepay=prepay
    )
    loan = await running_loan(session, terms)
    assert [due for due, *_ in await rows(session, loan)] == QUARTERS

    await pay(session, loan, 1_440_00, date(2026, 4, 15))
    closed = await close_of_day.close(session, at=noon(date(2026, 7, 16)))
    assert (closed.looked_at, closed.left, loan.overdue_since) == (1, 0, date(2026, 7, 15))
    late = await pay(session, loan, 1_456_00, date(2026, 7, 20))
    assert (late.penalty_fen, late.interest_fen, loan.overdue_since) == (0, 1_456_00, None)

    # 17 days of 40,000.00 have earned 272.00.
    prepaid = await pay(session, loan, 10_272_00, date(2026, 8, 1), "PREPAY")
    assert (prepaid.interest_fen, prepaid.principal_fen) == (272_00, 10_000_00)
    assert [principal_fen for _, principal_fen, _ in await rows(session, loan)] == [0, 0, 10_000_00, 30_000_00]

    # 31 days of 30,000.00 have earned 372.00.
    quoted = await payoff.quote(session, loan.id, noon(date(2026, 9, 1)))
    assert quoted.amount_fen == 30_372_00
    await pay(session, loan, quoted.amount_fen, date(2026, 9, 1), "PAYOFF")
    position = (await history_of(session, loan)).position(date(2026, 9, 1))
    assert (loan.status, position.payoff_fen, position.excess_fen) == (LoanStatus.SETTLED, 0, 0)
    assert await the_books_hold(session)
