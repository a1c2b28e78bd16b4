"""What is offered on a day, and on which terms."""

import re
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import ProductNotFound, ProductNotSensible
from domain.lending.models import LoanProduct, ProductStatus, ProductVersion
from domain.lending.queries.products import newest_version, product_coded, version_on
from domain.lending.rules.limits import Limits
from domain.lending.rules.offering import ProductTerms
from domain.lending.rules.quoting import Ceiling, hold_below, work_out
from domain.shared import audit, policy
from domain.shared.actors import Actor
from domain.shared.days import business_day
from domain.shared.ids import new_id

LONGEST_NAME = 60
AHEAD = timedelta(days=731)
"""How far ahead a version may be laid down."""
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,39}")


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
    """Add a version to a product, which is made if it is new. Versions that are there stay as they are, whatever day they
    are of: of two for the same day the newer one holds, and loans and quotes keep the one they were made by.

    Raises ProductNotSensible, MethodUnknown, and CostAboveCeiling or PenaltyAboveCeiling with the figures.
    """
    _must_be_named(code, name_en, name_zh)
    _must_be_ahead(effective_from, business_day(at))
    terms.check()
    ceiling = await ceiling_on(session, effective_from)
    for corner in terms.corners(effective_from):
        hold_below(ceiling, work_out(corner), fields=("rate", "penaltyMultiplier", "prepayFeeRate"))
    product = await _locked(session, code, name_en, name_zh)
    product.name_en, product.name_zh, product.status = name_en.strip(), name_zh.strip(), status
    newest = await newest_version(session, product.id)
    version = ProductVersion(
        product_id=product.id,
        version=newest.version + 1 if newest else 1,
        effective_from=effective_from,
        created_at=at,
        **facts_of(terms),
    )
    session.add(version)
    await session.flush()
    audit.record(
        session,
        actor=actor,
        action="product.configured",
        subject=("LOAN_PRODUCT", product.id),
        at=at,
        version=version.version,
        effective_from=effective_from.isoformat(),
        status=status.value,
    )
    return version


def facts_of(terms: ProductTerms) -> dict[str, Any]:
    """The terms as a version's columns."""
    facts = {part.name: getattr(terms, part.name) for part in fields(terms)}
    late, recovery = facts.pop("late_waterfall"), facts.pop("recovery_waterfall")
    orders = {"current": facts["waterfall"], "late": late, "recovery": recovery}
    facts["waterfall"] = {name: [each.value for each in order] for name, order in orders.items()}
    facts["funder"] = terms.funder.strip()
    return facts


async def _locked(session: AsyncSession, code: str, name_en: str, name_zh: str) -> LoanProduct:
    """The product with that code, made if it is new; of two who make it at once one does."""
    new = insert(LoanProduct).values(
        id=new_id(), code=code, name_en=name_en, name_zh=name_zh, status=ProductStatus.OPEN
    )
    await session.execute(new.on_conflict_do_nothing(index_elements=["code"]))
    product = await product_coded(session, code, lock=True)
    if product is None:
        raise LookupError(f"product {code} was there a moment ago")
    return product


def _must_be_named(code: str, name_en: str, name_zh: str) -> None:
    if not _CODE.fullmatch(code):
        raise ProductNotSensible(
            why_en="a code is 3 to 40 capital letters, digits and underscores, a letter first",
            why_zh="代码为 3 至 40 位大写字母、数字或下划线，且以字母开头",
            fields=("code",),
        )
    for field, name in (("nameEn", name_en), ("nameZh", name_zh)):
        if not 0 < len(name.strip()) <= LONGEST_NAME:
            raise ProductNotSensible(
                why_en=f"{field} has 1 to {LONGEST_NAME} characters",
                why_zh=f"{field} 应为 1 至 {LONGEST_NAME} 个字符",
                fields=(field,),
            )


def _must_be_ahead(effective_from: date, today: date) -> None:
    latest = today + AHEAD
    if not today <= effective_from <= latest:
        raise ProductNotSensible(
            why_en=f"in force from {effective_from}; a version begins from {today} to {latest}",
            why_zh=f"生效日为 {effective_from}，应在 {today} 至 {latest} 之间",
            fields=("effectiveFrom",),
        )
