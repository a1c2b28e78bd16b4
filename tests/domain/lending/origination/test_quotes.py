"""Quotes that are kept: asked for, opened, read, confirmed; and products they are made by."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import (
    AmountNotAStep,
    CostAboveCeiling,
    DisclosureNotOpened,
    DisclosureNotReadYet,
    ProductNotFound,
    QuoteExpired,
    QuoteNotFound,
)
from domain.lending.models import LoanProduct, ProductStatus, Quote
from domain.lending.queries.products import offered_on
from domain.lending.rules.disclosure import sheet_hash
from domain.lending.services import quotes
from domain.shared.ids import new_id
from domain.shared.policy import PolicyValue
from tests.domain.credit.builders import NOW, ready_borrower, set_up
from tests.domain.lending.origination.builders import NOTES, product


@pytest.fixture
async def borrower_id(session: AsyncSession) -> UUID:
    await set_up(session)
    await product(session)
    return await ready_borrower(session)


async def opened(session: AsyncSession, borrower_id: UUID) -> Quote:
    row = await quotes.request(session, borrower_id=borrower_id, at=NOW, **NOTES)
    return await quotes.open_disclosure(session, borrower_id=borrower_id, quote_id=row.id, at=NOW)


async def confirm(session: AsyncSession, borrower_id: UUID, quote_id: UUID, **later: float) -> Quote:
    at = NOW + timedelta(**later)
    return await quotes.confirm_disclosure(session, borrower_id=borrower_id, quote_id=quote_id, at=at)


async def test_a_quote_for_anyone_is_said_and_not_kept(session: AsyncSession, borrower_id: UUID) -> None:
    offer = await quotes.quote(session, value_date=None, at=NOW, **NOTES)

    assert [row.interest_fen // 100 for row in offer.figures.rows] == [
        *(496, 448, 496, 480, 496, 480, 496, 496, 480, 496, 480, 496)
    ]
    assert (offer.figures.total_interest_fen, offer.figures.total_fen) == (5_840_00, 45_840_00)
    assert offer.figures.rows[0].due_on == date(2026, 2, 15)
    assert offer.tested.ceiling.source == "the test's lending.cost_ceiling"
    assert offer.valid_until == NOW + timedelta(minutes=30)
    assert await session.scalar(select(func.count()).select_from(Quote)) == 0


async def test_a_kept_quote_says_the_same_and_its_hash_holds_when_read_again(
    session: AsyncSession, borrower_id: UUID
) -> None:
    row = await quotes.request(session, borrower_id=borrower_id, at=NOW, **NOTES)
    session.expire(row)
    await session.refresh(row)

    assert (row.total_interest_fen, row.total_fen) == (5_840_00, 45_840_00)
    assert sum(line["principal_fen"] + line["interest_fen"] for line in row.plan) == row.total_fen
    assert row.cost_nominal == Decimal("0.145954")
    assert row.disclosure_hash == sheet_hash(row.disclosure)
    assert (row.opened_at, row.confirmed_at) == (None, None)


@pytest.mark.parametrize("wrong", [{"product_code": "NO_SUCH"}, {"principal_fen": 40_000_01}])
async def test_a_quote_that_is_refused_is_not_kept(
    session: AsyncSession, borrower_id: UUID, wrong: dict[str, Any]
) -> None:
    with pytest.raises((ProductNotFound, AmountNotAStep)):
        await quotes.request(session, borrower_id=borrower_id, at=NOW, **(NOTES | wrong))
    assert await session.scalar(select(func.count()).select_from(Quote)) == 0


async def test_a_disclosure_is_confirmed_after_its_reading_time(session: AsyncSession, borrower_id: UUID) -> None:
    row = await opened(session, borrower_id)
    with pytest.raises(DisclosureNotReadYet, match="10 seconds of reading, 1 from now"):
        await confirm(session, borrower_id, row.id, seconds=9.5)
    assert row.confirmed_at is None

    await confirm(session, borrower_id, row.id, seconds=10)
    await confirm(session, borrower_id, row.id, seconds=60)
    assert row.confirmed_at == NOW + timedelta(seconds=10)


async def test_opening_it_again_does_not_start_the_reading_time_anew(session: AsyncSession, borrower_id: UUID) -> None:
    row = await opened(session, borrower_id)
    later = NOW + timedelta(seconds=9)
    await quotes.open_disclosure(session, borrower_id=borrower_id, quote_id=row.id, at=later)

    await confirm(session, borrower_id, row.id, seconds=10)


async def test_what_was_not_opened_was_not_read(session: AsyncSession, borrower_id: UUID) -> None:
    row = await quotes.request(session, borrower_id=borrower_id, at=NOW, **NOTES)

    with pytest.raises(DisclosureNotOpened):
        await confirm(session, borrower_id, row.id, minutes=5)


async def test_a_quote_holds_for_its_time_and_no_longer(session: AsyncSession, borrower_id: UUID) -> None:
    row = await opened(session, borrower_id)
    with pytest.raises(QuoteExpired, match="2026-01-15 10:30"):
        await confirm(session, borrower_id, row.id, minutes=30, seconds=1)

    await confirm(session, borrower_id, row.id, minutes=30)


async def test_anothers_quote_is_no_quote(session: AsyncSession, borrower_id: UUID) -> None:
    row = await opened(session, borrower_id)
    stranger = await ready_borrower(session, phone="+8613800005678")

    for quote_id in (row.id, new_id()):
        with pytest.raises(QuoteNotFound):
            await confirm(session, stranger, quote_id, seconds=20)
    assert row.confirmed_at is None


async def test_a_closed_product_is_not_offered(session: AsyncSession, borrower_id: UUID) -> None:
    (await session.scalars(select(LoanProduct))).one().status = ProductStatus.CLOSED
    await session.flush()

    assert await offered_on(session, NOW.date()) == []
    with pytest.raises(ProductNotFound):
        await quotes.quote(session, value_date=None, at=NOW, **NOTES)


async def test_the_ceiling_is_the_one_of_the_day(session: AsyncSession, borrower_id: UUID) -> None:
    await quotes.quote(session, value_date=None, at=NOW, **NOTES)
    session.add(
        PolicyValue(
            name="lending.cost_ceiling",
            value={"measure": "NOMINAL", "limit": "0.12"},
            source="four times LPR",
            effective_from=date(2026, 1, 16),
        )
    )
    await session.flush()

    await quotes.quote(session, value_date=None, at=NOW, **NOTES)
    with pytest.raises(CostAboveCeiling):
        await quotes.quote(session, value_date=None, at=NOW + timedelta(days=1), **NOTES)
