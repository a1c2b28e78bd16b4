"""Quotes that are kept: asked for, opened, read, confirmed; and products they are made by."""

from dataclasses import replace
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
    MethodUnknown,
    PenaltyAboveCeiling,
    ProductNotFound,
    ProductNotSensible,
    QuoteExpired,
    QuoteNotFound,
)
from domain.lending.models import LoanProduct, ProductStatus, ProductVersion, Quote
from domain.lending.queries.products import offered_on
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.disclosure import sheet_hash
from domain.lending.rules.terms import PenaltyBase, PrepayPolicy
from domain.lending.services import products, quotes
from domain.lending.services.products import ProductTerms
from domain.shared.ids import new_id
from domain.shared.policy import PolicyValue
from tests.domain.credit.builders import NOW, member_of_staff, ready_borrower, set_up
from tests.domain.lending.origination.builders import NOTES, product

TERMS = ProductTerms(
    method="EQUAL_INSTALLMENT",
    min_terms=3,
    max_terms=36,
    min_amount_fen=1_000_00,
    max_amount_fen=50_000_00,
    amount_step_fen=100_00,
    annual_rate=Decimal("0.12"),
    day_count=DayCount.ACT_360,
    penalty_multiplier=Decimal("1.5"),
    penalty_base=PenaltyBase.PRINCIPAL,
    grace_days=0,
    prepay=PrepayPolicy.REDUCE_INSTALLMENT,
    prepay_fee_rate=Decimal(0),
    min_tail_fen=0,
    dpd_switch=90,
    dpd_threshold_fen=0,
    waterfall={
        "current": ["penalty", "interest", "principal"],
        "late": ["principal", "interest", "penalty"],
        "recovery": ["principal", "interest", "penalty"],
    },
    funder="own",
    min_read_seconds=10,
    quote_valid_minutes=30,
    sign_within_days=7,
)


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


async def test_the_version_of_the_day_is_what_is_offered(session: AsyncSession, borrower_id: UUID) -> None:
    admin = await member_of_staff(session, "admin", "ADMIN")
    first = (await session.scalars(select(ProductVersion))).one()

    async def configure(terms: ProductTerms, since: date) -> ProductVersion:
        return await products.configure(
            session,
            actor=admin,
            code="INTEREST_FIRST",
            name_en="Interest first",
            name_zh="先息后本",
            terms=terms,
            effective_from=since,
            at=NOW,
        )

    next_month = await configure(TERMS, date(2026, 2, 1))
    assert (next_month.version, first.annual_rate) == (2, Decimal("0.144"))
    for day, version in ((date(2026, 1, 31), first), (date(2026, 2, 1), next_month)):
        assert (await products.offered(session, code="INTEREST_FIRST", on=day))[1].id == version.id
        assert [row.id for _, row in await offered_on(session, day)] == [version.id]

    with pytest.raises(ProductNotSensible):
        await configure(TERMS, date(2026, 1, 14))


async def test_a_closed_product_is_not_offered(session: AsyncSession, borrower_id: UUID) -> None:
    (await session.scalars(select(LoanProduct))).one().status = ProductStatus.CLOSED
    await session.flush()

    assert await offered_on(session, NOW.date()) == []
    with pytest.raises(ProductNotFound):
        await quotes.quote(session, value_date=None, at=NOW, **NOTES)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"annual_rate": Decimal("0.24"), "penalty_multiplier": Decimal(1)}, CostAboveCeiling),
        ({"penalty_multiplier": Decimal("2.1")}, PenaltyAboveCeiling),
        ({"max_terms": 37}, ProductNotSensible),
        ({"method": "NO_SUCH"}, MethodUnknown),
        ({"annual_rate": Decimal("-0.1")}, ProductNotSensible),
    ],
)
async def test_a_product_that_may_not_be_is_refused(
    session: AsyncSession, borrower_id: UUID, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    admin = await member_of_staff(session, "admin", "ADMIN")

    with pytest.raises(refusal):
        await products.configure(
            session,
            actor=admin,
            code="NEW",
            name_en="New",
            name_zh="新",
            terms=replace(TERMS, **wrong),
            effective_from=date(2026, 2, 1),
            at=NOW,
        )
    assert await session.scalar(select(func.count()).select_from(ProductVersion)) == 1


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
