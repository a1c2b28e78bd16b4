"""Human numbers: no two alike, no gap from a rollback, a count within the day."""

import asyncio
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.db import Sessions
from domain.shared.numbers import next_number, next_numbers

DAY = date(2026, 1, 15)


async def test_a_number_says_what_it_is_the_day_and_its_count(session: AsyncSession) -> None:
    assert await next_number(session, "LN", DAY) == "LN20260115000001"
    assert await next_number(session, "LN", DAY) == "LN20260115000002"


async def test_each_series_and_each_day_counts_for_itself(session: AsyncSession) -> None:
    await next_number(session, "LN", DAY)

    assert await next_number(session, "CC", DAY) == "CC20260115000001"
    assert await next_number(session, "LN", date(2026, 1, 16)) == "LN20260116000001"


async def test_a_block_goes_on_where_single_numbers_stopped_and_they_after_it(session: AsyncSession) -> None:
    await next_number(session, "CC", DAY)

    assert await next_numbers(session, "CC", DAY, 3) == ["CC20260115000002", "CC20260115000003", "CC20260115000004"]
    assert await next_number(session, "CC", DAY) == "CC20260115000005"


async def test_a_block_of_none_takes_none(session: AsyncSession) -> None:
    assert await next_numbers(session, "CC", DAY, 0) == []
    assert await next_number(session, "CC", DAY) == "CC20260115000001"


async def test_the_millionth_of_a_day_is_a_digit_longer_and_not_cut(session: AsyncSession) -> None:
    await next_numbers(session, "LN", DAY, 999_999)

    assert await next_number(session, "LN", DAY) == "LN202601151000000"


async def test_a_rollback_gives_the_number_back(sessions: Sessions) -> None:
    async with sessions() as session:
        await next_number(session, "LN", DAY)
        await session.rollback()
    async with sessions() as session:
        assert await next_number(session, "LN", DAY) == "LN20260115000001"


async def test_two_connections_at_once_never_get_the_same_number(sessions: Sessions) -> None:
    async def take() -> list[str]:
        taken: list[str] = []
        for _ in range(10):
            async with sessions.begin() as session:
                taken.append(await next_number(session, "LN", DAY))
        return taken

    taken = [number for numbers in await asyncio.gather(take(), take(), take()) for number in numbers]

    assert sorted(taken) == [f"LN20260115{n:06d}" for n in range(1, 31)]


async def test_a_rival_waits_until_the_number_before_his_is_certain(sessions: Sessions) -> None:
    async with sessions() as first, sessions() as second:
        await next_number(first, "LN", DAY)
        rival = asyncio.create_task(next_number(second, "LN", DAY))
        done, _ = await asyncio.wait([rival], timeout=0.2)
        assert not done
        await first.rollback()

        assert await rival == "LN20260115000001"
