"""Selects on products and their versions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import LoanProduct, ProductStatus, ProductVersion
from domain.lending.rules.methods import is_known


async def product_coded(session: AsyncSession, code: str, *, lock: bool = False) -> LoanProduct | None:
    query = select(LoanProduct).where(LoanProduct.code == code)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(query)


async def version_on(session: AsyncSession, product_id: UUID, day: date) -> ProductVersion | None:
    """The version in force on a day: the last to begin by then."""
    return await session.scalar(
        select(ProductVersion)
        .where(ProductVersion.product_id == product_id, ProductVersion.effective_from <= day)
        .order_by(ProductVersion.effective_from.desc(), ProductVersion.version.desc())
        .limit(1)
    )


async def newest_version(session: AsyncSession, product_id: UUID) -> ProductVersion | None:
    return await session.scalar(
        select(ProductVersion)
        .where(ProductVersion.product_id == product_id)
        .order_by(ProductVersion.version.desc())
        .limit(1)
    )


async def offered_on(session: AsyncSession, day: date) -> Sequence[tuple[LoanProduct, ProductVersion]]:
    """Every product that can be applied for on a day, with the terms of that day, by code.

    One whose repayment method no package provides cannot be applied for.
    """
    rows = await session.execute(
        select(LoanProduct, ProductVersion)
        .join(ProductVersion, ProductVersion.product_id == LoanProduct.id)
        .where(LoanProduct.status == ProductStatus.OPEN, ProductVersion.effective_from <= day)
        .ext(distinct_on(LoanProduct.code))
        .order_by(LoanProduct.code, ProductVersion.effective_from.desc(), ProductVersion.version.desc())
    )
    return [(product, version) for product, version in rows if is_known(version.method)]


async def versions(
    session: AsyncSession, *, code: str | None, limit: int
) -> Sequence[tuple[LoanProduct, ProductVersion]]:
    """The versions of a product, or of all by their codes, the newest first."""
    rows = select(LoanProduct, ProductVersion).join(ProductVersion, ProductVersion.product_id == LoanProduct.id)
    if code is not None:
        rows = rows.where(LoanProduct.code == code)
    newest_first = rows.order_by(LoanProduct.code, ProductVersion.version.desc()).limit(limit)
    return [(product, version) for product, version in await session.execute(newest_first)]


async def versions_with_products(
    session: AsyncSession, version_ids: Iterable[UUID]
) -> Mapping[UUID, tuple[LoanProduct, ProductVersion]]:
    """The product and the version behind each version id, for loans and quotes that pin one."""
    rows = await session.execute(
        select(LoanProduct, ProductVersion)
        .join(ProductVersion, ProductVersion.product_id == LoanProduct.id)
        .where(ProductVersion.id.in_(list(version_ids)))
    )
    return {version.id: (product, version) for product, version in rows}
