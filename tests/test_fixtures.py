"""The ground the other tests stand on."""

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.db import Sessions


async def _tables(session: AsyncSession) -> int:
    return await session.scalar(text("SELECT count(*) FROM pg_tables WHERE tablename = 'left_behind'")) or 0


async def test_a_session_commits_as_often_as_it_likes(session: AsyncSession) -> None:
    await session.execute(text("CREATE TABLE left_behind (n int)"))
    await session.commit()

    assert await _tables(session) == 1


async def test_and_leaves_nothing_behind(session: AsyncSession) -> None:
    assert await _tables(session) == 0


async def test_sessions_see_what_another_has_committed(sessions: Sessions) -> None:
    async with sessions.begin() as one:
        await one.execute(text("CREATE TABLE left_behind (n int)"))
    async with sessions() as other:
        assert await _tables(other) == 1


async def test_and_the_next_test_has_a_database_of_its_own(sessions: Sessions) -> None:
    async with sessions() as session:
        assert await _tables(session) == 0


async def test_redis_remembers(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        assert await redis.set("left", "behind")


async def test_and_is_empty_for_the_next_test(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        assert await redis.dbsize() == 0
