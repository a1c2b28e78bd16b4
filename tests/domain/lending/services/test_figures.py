"""Where a loan stood: as of a day, as it was known at a moment; the two are asked apart."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import DayNotAskable, NotKnownYet
from domain.lending.models import Loan
from domain.lending.rules.position import Position
from domain.lending.services import figures, repayment
from domain.shared.actors import SYSTEM
from tests.domain.lending.rows import new_loan, noon, running_loan
from tests.domain.lending.services.test_back_dated import pay

DUE, LOOKED, HEARD = date(2026, 2, 15), date(2026, 3, 5), date(2026, 3, 7)
ROW_FEN = 1079_71
NOW = noon(date(2026, 3, 10))


async def _stood(
    session: AsyncSession, loan: Loan, on: date | None = None, known_at: datetime | None = None
) -> Position:
    position = await figures.position_of(session, loan, on=on, at=NOW, known_at=known_at)
    assert position is not None
    return position


async def _heard_late(session: AsyncSession) -> Loan:
    """The first row was paid on its day, and we heard of it twenty days later."""
    loan = await running_loan(session)
    await pay(session, loan, ROW_FEN, DUE, HEARD)
    return loan


async def test_as_it_was_then_and_as_was_known_then(session: AsyncSession) -> None:
    before = await _stood(session, await _heard_late(session), LOOKED, noon(LOOKED))

    # 18 days: 935.71 x 14.4 % x 1.5 x 18 / 360.
    assert (before.dpd, before.penalty_fen, before.due_fen) == (18, 10_11, ROW_FEN + 10_11)


async def test_as_it_was_then_and_as_is_known_now(session: AsyncSession) -> None:
    now = await _stood(session, await _heard_late(session), LOOKED)

    assert (now.dpd, now.penalty_fen, now.due_fen) == (0, 0, 0)
    assert now.rows[0].paid_on == DUE


async def test_as_it_is_now_and_as_was_known_then(session: AsyncSession) -> None:
    """What we should have thought today, had we not heard."""
    without = await _stood(session, await _heard_late(session), known_at=noon(LOOKED))

    assert (without.on, without.dpd) == (NOW.date(), 23)
    assert without.rows[0].paid_on is None


async def test_as_it_is_now_and_as_is_known_now(session: AsyncSession) -> None:
    loan = await _heard_late(session)

    assert await _stood(session, loan) == await _stood(session, loan, NOW.date(), NOW)
    assert (await _stood(session, loan)).dpd == 0


async def test_what_was_recorded_at_the_moment_was_known_at_it(session: AsyncSession) -> None:
    loan = await _heard_late(session)

    assert (await _stood(session, loan, LOOKED, noon(HEARD))).dpd == 0
    assert (await _stood(session, loan, LOOKED, noon(HEARD) - timedelta.resolution)).dpd == 18


async def test_before_a_reversal_was_known_the_payment_counted(session: AsyncSession) -> None:
    loan = await running_loan(session)
    made = await pay(session, loan, ROW_FEN, DUE)
    assert made is not None
    await repayment.reverse(session, repayment_id=made.id, reason="bounced", at=noon(HEARD), actor=SYSTEM)

    assert (await _stood(session, loan, LOOKED, noon(LOOKED))).dpd == 0
    assert (await _stood(session, loan, LOOKED)).dpd == 18


async def test_of_a_loan_nothing_was_known_before_its_money_had_come(session: AsyncSession) -> None:
    """Its value date was heard of three days late."""
    loan = await running_loan(session, at=noon(date(2026, 1, 18)))
    began = date(2026, 1, 15)
    unknown = noon(date(2026, 1, 17))

    assert await figures.position_of(session, loan, on=began, at=NOW, known_at=unknown) is None
    assert (await _stood(session, loan, began, noon(date(2026, 1, 18)))).undue_fen == 12_000_00
    assert await figures.position_of(session, await new_loan(session), on=None, at=NOW, known_at=unknown) is None


async def test_nobody_knows_what_will_be_known(session: AsyncSession) -> None:
    loan = await running_loan(session)
    with pytest.raises(NotKnownYet, match=r"up to now, 2026-03-10T12:00:00\+08:00"):
        await _stood(session, loan, known_at=NOW + timedelta.resolution)
    with pytest.raises(DayNotAskable):
        await _stood(session, loan, date(2026, 1, 14), noon(LOOKED))


async def test_a_journal_says_what_each_of_its_events_did(session: AsyncSession) -> None:
    """Of two loans at once; and of one whose money has not come nothing."""
    loan, other, waits = await _heard_late(session), await running_loan(session), await new_loan(session)
    found = await figures.effects_of(session, [loan.id, other.id, waits.id])

    assert set(found) == {loan.id, other.id}
    (spread,) = found[loan.id].allocations.values()
    assert (spread.interest_fen, spread.principal_fen, spread.penalty_fen) == (144_00, 935_71, 0)
