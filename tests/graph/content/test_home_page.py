"""The home page: from the cache while it is fresh, at once after a change, and while the database is away."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from domain.shared.clock import real_now
from graph import home_page
from graph.home_page import HomePage, Shown
from tests.graph.api import Api

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
BANNER = {
    "position": 1,
    "titleZh": "春日好礼",
    "titleEn": "Spring",
    "imageUrl": "https://cdn.example.com/spring.png",
    "linkUrl": "https://suidai.example.com/spring",
}
FEED = "{ homeFeed { banners { titleEn position } } }"
SAVED = "... on SavedBanner { banner { id titleEn } withdrawnAt }"


def shown(title: str) -> Shown:
    return Shown("x", 1, title, title, "https://a.example/i.png", "https://a.example/", AT, None)


@dataclass
class Database:
    """What the cache asks; it counts, and can be away."""

    title: str = "one"
    away: bool = False
    asked: int = field(default=0)

    async def load(self) -> Sequence[Shown]:
        self.asked += 1
        if self.away:
            raise ConnectionRefusedError
        return [shown(self.title)]


@pytest.fixture
def cache(redis_url: str) -> HomePage:
    return HomePage(Redis.from_url(redis_url))


async def titles(cache: HomePage, database: Database) -> list[str]:
    return [banner.title_en for banner in await cache.banners(database.load)]


async def test_a_fresh_copy_spares_the_database(cache: HomePage) -> None:
    database = Database()

    assert [await titles(cache, database) for _ in range(3)] == [["one"]] * 3
    assert database.asked == 1
    await cache.close()


async def test_another_process_serves_the_same_copy(cache: HomePage, redis_url: str) -> None:
    database, other = Database(), HomePage(Redis.from_url(redis_url))
    await titles(cache, database)

    assert await titles(other, Database(title="never seen")) == ["one"]
    await cache.close()
    await other.close()


async def test_a_change_is_seen_at_once(cache: HomePage) -> None:
    database = Database()
    await titles(cache, database)
    database.title = "two"

    await cache.changed()

    assert await titles(cache, database) == ["two"]
    await cache.close()


async def test_an_old_copy_is_made_anew(cache: HomePage, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database()
    await titles(cache, database)
    monkeypatch.setattr(home_page, "FRESH", timedelta(0))
    database.title = "two"

    assert await titles(cache, database) == ["two"]
    await cache.close()


async def test_while_the_database_is_away_the_old_copy_is_served(cache: HomePage) -> None:
    database = Database()
    await titles(cache, database)
    database.away = True
    await cache.changed()

    assert await titles(cache, database) == ["one"]
    assert database.asked == 2
    await cache.close()


async def test_without_any_copy_a_database_that_is_away_is_said_to_be(cache: HomePage) -> None:
    with pytest.raises(ConnectionRefusedError):
        await titles(cache, Database(away=True))
    await cache.close()


async def test_while_one_makes_a_new_copy_the_others_do_not(cache: HomePage, redis_url: str) -> None:
    database, other = Database(), HomePage(Redis.from_url(redis_url))
    await titles(cache, database)
    await cache.changed()
    seen: list[list[str]] = []

    async def load() -> Sequence[Shown]:
        seen.append(await titles(other, Database(title="made by the other")))
        return [shown("two")]

    assert [banner.title_en for banner in await cache.banners(load)] == ["two"]
    assert seen == [["one"]]
    await cache.close()
    await other.close()


async def test_while_redis_is_away_the_database_is_asked() -> None:
    cache = HomePage(Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.2))
    database = Database()

    assert [await titles(cache, database) for _ in range(2)] == [["one"]] * 2
    assert database.asked == 2
    await cache.changed()
    await cache.close()


async def test_an_administrator_puts_a_banner_on_the_home_page_and_takes_it_off(api: Api) -> None:
    admin = await api.staff("admin")
    saved = await api.do("saveBanner", BANNER, SAVED, token=admin)
    assert saved["banner"]["titleEn"] == "Spring"
    assert (await api.ask(FEED))["homeFeed"]["banners"] == [{"titleEn": "Spring", "position": 1}]

    again = BANNER | {"bannerId": saved["banner"]["id"], "withdrawn": True}
    assert (await api.do("saveBanner", again, SAVED, token=admin))["withdrawnAt"]

    assert (await api.ask(FEED))["homeFeed"]["banners"] == []
    told = await api.ask("{ banners(first: 5) { totalCount nodes { banner { titleEn } } } }", token=admin)
    assert told["banners"] == {"totalCount": 1, "nodes": [{"banner": {"titleEn": "Spring"}}]}


async def test_a_banner_for_next_week_is_not_shown_yet(api: Api) -> None:
    later = (real_now() + timedelta(days=7)).isoformat()
    await api.do("saveBanner", BANNER | {"shownFrom": later}, SAVED, token=await api.staff("admin"))

    assert (await api.ask(FEED))["homeFeed"]["banners"] == []


async def test_a_script_for_an_address_is_refused(api: Api) -> None:
    asked = BANNER | {"linkUrl": "javascript:alert(1)"}

    assert await api.problem("saveBanner", asked, token=await api.staff("admin")) == "BAD_BANNER_ADDRESS"
