"""What is offered on a day, and on which terms."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import ProductNotFound, ProductNotSensible
from domain.lending.models import LoanProduct, ProductStatus, ProductVersion
from domain.lending.queries.products import newest_version, product_coded, version_on
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.limits import Limits
from domain.lending.rules.methods import method_named
from domain.lending.rules.quoting import Ceiling, hold_below, work_out
from domain.lending.rules.terms import PenaltyBase, PrepayPolicy
from domain.lending.services.terms import terms_on
from domain.shared import audit, policy
from domain.shared.actors import Actor
from domain.shared.days import business_day


@dataclass(frozen=True, slots=True)
class ProductTerms:
    """The terms of a product version, as they are configured; sums in fen, rates a year."""

    method: str
    min_terms: int
    max_terms: int
    min_amount_fen: int
    max_amount_fen: int
    amount_step_fen: int
    annual_rate: Decimal
    day_count: DayCount
    penalty_multiplier: Decimal
    penalty_base: PenaltyBase
    grace_days: int
    prepay: PrepayPolicy
    prepay_fee_rate: Decimal
    min_tail_fen: int
    dpd_switch: int
    dpd_threshold_fen: int
    waterfall: dict[str, Any]
    funder: str
    min_read_seconds: int
    quote_valid_minutes: int
    sign_within_days: int


async def offered(session: AsyncSession, *, code: str, on: date) -> tuple[LoanProduct, ProductVersion]:
    """The product and its terms of a day. Raises ProductNotFound."""
    product = await product_coded(session, code)
    version = await version_on(session, product.id, on) if product else None
    if product is None or version is None or product.status is not ProductStatus.OPEN:
        raise ProductNotFound(product=code, day=on, fields=("productCode",))
    return product, version


def limits_of(version: ProductVersion) -> Limits:
    return Limits(
        min_amount_fen=version.min_amount_fen,
        max_amount_fen=version.max_amount_fen,
        amount_step_fen=version.amount_step_fen,
        min_terms=version.min_terms,
        max_terms=version.max_terms,
    )


async def ceiling_on(session: AsyncSession, day: date) -> Ceiling:
    """The ceiling of the yearly cost in force on a day."""
    rule = await policy.rule(session, "lending.cost_ceiling", on=day)
    return Ceiling.read(rule.value, rule.source)


async def configure(
    session: AsyncSession,
    *,
    actor: Actor,
    code: str,
    name_en: str,
    name_zh: str,
    terms: ProductTerms,
    effective_from: date,
    status: ProductStatus = ProductStatus.OPEN,
    at: datetime,
) -> ProductVersion:
    """Add a version to a product, which is made if it is new. Versions that are or were in force stay as they are.

    Raises ProductNotSensible, and CostAboveCeiling or PenaltyAboveCeiling with the figures.
    """
    today = business_day(at)
    if effective_from < today:
        raise ProductNotSensible(why=f"in force from {effective_from}, which is past", fields=("effectiveFrom",))
    product = await product_coded(session, code, lock=True)
    if product is None:
        product = LoanProduct(code=code, name_en=name_en, name_zh=name_zh, status=status)
        session.add(product)
        await session.flush()
    product.name_en, product.name_zh, product.status = name_en, name_zh, status
    newest = await newest_version(session, product.id)
    facts = {part.name: getattr(terms, part.name) for part in fields(terms)}
    version = ProductVersion(
        product_id=product.id,
        version=newest.version + 1 if newest else 1,
        effective_from=effective_from,
        **facts,
    )
    _check(version, await ceiling_on(session, effective_from))
    session.add(version)
    audit.record(
        session,
        actor=actor,
        action="product.configured",
        subject=("LOAN_PRODUCT", product.id),
        at=at,
        version=version.version,
    )
    await session.flush()
    return version


def _check(version: ProductVersion, ceiling: Ceiling) -> None:
    """The shortest and the longest loan, the smallest and the largest, each below the ceiling."""
    limits_of(version).check()
    try:
        method_named(version.method)
        corners = [
            terms_on(version, principal_fen=amount_fen, terms=terms, value_date=version.effective_from)
            for amount_fen in {version.min_amount_fen, version.max_amount_fen}
            for terms in {version.min_terms, version.max_terms}
        ]
    except (LookupError, ValueError) as error:
        raise ProductNotSensible(why=str(error)) from error
    for corner in corners:
        hold_below(ceiling, work_out(corner))
