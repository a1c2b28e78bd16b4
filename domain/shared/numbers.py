"""Human numbers such as LN20260115000042: what it is, the business day, a count within the day."""

from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Base


class NumberSeries(Base):
    """The last number given on a day in a series."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


async def next_number(session: AsyncSession, prefix: str, day: date) -> str:
    """The next number of the series. Holds the series' row until the transaction ends; a rollback gives it back."""
    (number,) = await next_numbers(session, prefix, day, 1)
    return number


async def next_numbers(session: AsyncSession, prefix: str, day: date, count: int) -> list[str]:
    """The next `count` numbers of the series, in order: one block, however many."""
    if count < 1:
        return []
    row = insert(NumberSeries).values(prefix=prefix, day=day, last=count)
    row = row.on_conflict_do_update(index_elements=["prefix", "day"], set_={"last": NumberSeries.last + count})
    last = (await session.execute(row.returning(NumberSeries.last))).scalar_one()
    return [f"{prefix}{day:%Y%m%d}{n:06d}" for n in range(last - count + 1, last + 1)]
