"""Products and their versions: laid down beside one another, and pinned by what was made by them."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import (
    CostAboveCeiling,
    MethodUnknown,
    PenaltyAboveCeiling,
    ProductNotSensible,
)
from domain.lending.models import LoanProduct, ProductStatus, ProductVersion
from domain.lending.queries.loans import version_of
from domain.lending.queries.products import offered_on
from domain.lending.rules.offering import ProductTerms
from domain.lending.rules.terms import Component
from domain.lending.services import products, quotes
from domain.lending.services.terms import order_of, terms_on
from domain.shared.actors import Actor
from domain.shared.audit import AuditRecord
from domain.shared.db import Sessions
from domain.shared.policy import PolicyValue
from tests.domain.credit.builders import NOW, granted_line, member_of_staff, ready_borrower, set_up
from tests.domain.lending.origination.builders import NOTES, applied_loan, confirmed_quote, product
from tests.domain.lending.rules.test_offering import TERMS

FIRST_OF_FEBRUARY = date(2026, 2, 1)


@pytest.fixture
async def admin(session: AsyncSession) -> Actor:
    await set_up(session)
    await product(session)
    return await member_of_staff(session, "admin", "ADMIN")


async def configure(
    session: AsyncSession, admin: Actor, terms: ProductTerms = TERMS, since: date = FIRST_OF_FEBRUARY, **changes: Any
) -> ProductVersion:
    facts: dict[str, Any] = {"code": "INTEREST_FIRST", "name_en": "Interest first", "name_zh": "先息后本", "at": NOW}
    return await products.configure(session, actor=admin, terms=terms, effective_from=since, **(facts | changes))


async def count(session: AsyncSession, model: type) -> int:
    return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_the_version_of_the_day_is_what_is_offered(session: AsyncSession, admin: Actor) -> None:
    first = (await session.scalars(select(ProductVersion))).one()

    next_month = await configure(session, admin)

    assert (next_month.version, first.annual_rate) == (2, Decimal("0.144"))
    for day, version in ((date(2026, 1, 31), first), (FIRST_OF_FEBRUARY, next_month)):
        assert (await products.offered(session, code="INTEREST_FIRST", on=day))[1].id == version.id
        assert [row.id for _, row in await offered_on(session, day)] == [version.id]


async def test_of_two_versions_for_a_day_the_newer_one_holds_and_the_older_stays_as_it_is(
    session: AsyncSession, admin: Actor
) -> None:
    mistaken = await configure(session, admin)
    mended = await configure(session, admin, replace(TERMS, annual_rate=Decimal("0.11")))

    assert [mistaken.version, mended.version] == [2, 3]
    assert mistaken.annual_rate == Decimal("0.12")
    assert (await products.offered(session, code="INTEREST_FIRST", on=FIRST_OF_FEBRUARY))[1].id == mended.id


async def test_a_version_is_kept_as_it_was_given(session: AsyncSession, admin: Actor) -> None:
    given = replace(TERMS, min_payment_fen=100_00, grace_days=3, late_waterfall=TERMS.waterfall, funder=" own ")

    row = await configure(session, admin, given, code="NEW_ONE", name_en=" New ", name_zh="新")
    session.expire(row)
    await session.refresh(row)

    made = await session.get_one(LoanProduct, row.product_id)
    assert (made.code, made.name_en, made.name_zh, made.status) == ("NEW_ONE", "New", "新", ProductStatus.OPEN)
    assert (row.min_payment_fen, row.grace_days, row.funder) == (100_00, 3, "own")
    assert order_of(row.waterfall["late"]) == (Component.PENALTY, Component.INTEREST, Component.PRINCIPAL)
    lent = {"principal_fen": 40_000_00, "value_date": FIRST_OF_FEBRUARY}
    assert terms_on(row, terms=12, **lent) == given.terms_of(months=12, **lent)
    (noted,) = await session.scalars(select(AuditRecord).where(AuditRecord.action == "product.configured"))
    assert (noted.subject_id, noted.details["effective_from"]) == (made.id, "2026-02-01")


async def test_a_version_lends_from_today_or_later_and_not_in_ten_years(session: AsyncSession, admin: Actor) -> None:
    today = NOW.date()
    for day in (today - timedelta(days=1), today + timedelta(days=3652)):
        with pytest.raises(ProductNotSensible) as refused:
            await configure(session, admin, since=day)
        assert refused.value.fields == ("effectiveFrom",)

    assert (await configure(session, admin, since=today)).version == 2


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"annual_rate": Decimal("0.24"), "penalty_multiplier": Decimal(1)}, CostAboveCeiling),
        ({"penalty_multiplier": Decimal("2.1")}, PenaltyAboveCeiling),
        ({"prepay_fee_rate": Decimal("0.02")}, CostAboveCeiling),
        ({"max_terms": 37}, ProductNotSensible),
        ({"method": "NO_SUCH"}, MethodUnknown),
        ({"annual_rate": Decimal("-0.1")}, ProductNotSensible),
    ],
)
async def test_a_product_that_may_not_be_is_refused(
    session: AsyncSession, admin: Actor, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    before = await count(session, LoanProduct), await count(session, ProductVersion)

    with pytest.raises(refusal):
        await configure(session, admin, replace(TERMS, **wrong), code="NEW")

    assert (await count(session, LoanProduct), await count(session, ProductVersion)) == before


async def test_a_version_holds_under_the_ceiling_of_its_own_day(session: AsyncSession, admin: Actor) -> None:
    session.add(
        PolicyValue(
            name="lending.cost_ceiling",
            value={"measure": "NOMINAL", "limit": "0.18"},
            source="four times LPR",
            effective_from=date(2026, 1, 20),
        )
    )
    await session.flush()
    dear = replace(TERMS, annual_rate=Decimal("0.18"), penalty_multiplier=Decimal(1))

    assert (await configure(session, admin, dear, since=date(2026, 1, 19))).version == 2
    with pytest.raises(CostAboveCeiling, match=r"above the ceiling of 0\.18"):
        await configure(session, admin, dear, since=date(2026, 1, 20))
    # What is offered already is tested again, quote by quote, under the ceiling of each day.
    with pytest.raises(CostAboveCeiling):
        await quotes.quote(session, value_date=None, at=NOW + timedelta(days=5), **NOTES)


async def test_what_was_quoted_is_what_is_signed_whatever_is_laid_down_meanwhile(
    session: AsyncSession, admin: Actor
) -> None:
    borrower_id = await ready_borrower(session)
    await granted_line(session, borrower_id)
    quote = await confirmed_quote(session, borrower_id)
    pinned = quote.product_version_id

    await configure(session, admin, replace(TERMS, annual_rate=Decimal("0.08"), method="BULLET"), since=NOW.date())
    loan = await applied_loan(session, borrower_id, principal_fen=1_000_00)
    from_quote = await quotes.usable(session, borrower_id=borrower_id, quote_id=quote.id, at=NOW)

    assert from_quote.product_version_id == pinned
    assert (await version_of(session, loan)).version == 2
    version = await session.get_one(ProductVersion, pinned)
    terms = terms_on(version, principal_fen=quote.principal_fen, terms=quote.terms, value_date=quote.value_date)
    assert (terms.annual_rate, terms.method) == (Decimal("0.144"), "INTEREST_ONLY")


async def test_a_loan_keeps_the_version_it_was_quoted_by(session: AsyncSession, admin: Actor) -> None:
    borrower_id = await ready_borrower(session)
    await granted_line(session, borrower_id)
    first = (await session.scalars(select(ProductVersion))).one()
    loan = await applied_loan(session, borrower_id)

    await configure(session, admin, replace(TERMS, annual_rate=Decimal("0.08")), since=NOW.date())

    assert loan.product_version_id == first.id
    assert (await version_of(session, loan)).annual_rate == Decimal("0.144")
    assert isinstance(loan.quote_id, UUID)


async def test_a_name_and_a_code_are_words(session: AsyncSession, admin: Actor) -> None:
    for wrong, field in (
        ({"code": "ab"}, "code"),
        ({"code": "lower_case"}, "code"),
        ({"name_en": " "}, "nameEn"),
        ({"name_zh": "名" * 61}, "nameZh"),
    ):
        with pytest.raises(ProductNotSensible) as refused:
            await configure(session, admin, **wrong)
        assert refused.value.fields == (field,)


@pytest.mark.parametrize("table", ["product_versions", "policy_values"])
async def test_what_was_laid_down_is_never_rewritten_not_even_by_us(
    session: AsyncSession, admin: Actor, table: str
) -> None:
    for statement in (f"UPDATE {table} SET effective_from = effective_from", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="append only"):
            async with session.begin_nested():
                await session.execute(text(statement))


async def test_two_who_lay_down_a_new_product_at_once_make_one_with_two_versions(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)
        admin = await member_of_staff(session, "admin", "ADMIN")

    async def lay_down() -> int:
        async with sessions.begin() as session:
            version = await configure(session, admin, code="NEW_ONE")
            await asyncio.sleep(0.02)
            return version.version

    assert sorted(await asyncio.gather(lay_down(), lay_down())) == [1, 2]
