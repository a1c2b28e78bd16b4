"""The home page for anyone; every banner for those who save them."""

from collections.abc import Sequence

import strawberry

from domain.content import queries
from domain.shared.actors import Role
from domain.shared.paging import Window
from graph.access import anyone, query, staff
from graph.connections import Connection, paged
from graph.content.types import Banner, HomeFeed, SavedBanner, shown
from graph.context import Context, Info
from graph.home_page import Shown
from graph.paging import listing


@strawberry.type
class ContentQuery:
    @query(anyone, "The home page. It is served from a cache, also while the database is away.")
    async def home_feed(self, info: Info) -> HomeFeed:
        house = info.context.house
        banners = await house.home_page.banners(lambda: _load(info.context))
        now = house.clock.last_known()
        return HomeFeed(banners=[Banner.of(banner) for banner in banners if banner.is_shown(now)])

    @listing(staff(Role.ADMIN), "Every banner that was ever saved, the latest first.")
    async def banners(self, info: Info, window: Window) -> Connection[SavedBanner]:
        return await paged(info.context, window, queries.listed(), queries.BY_SAVING, SavedBanner.of)


async def _load(context: Context) -> Sequence[Shown]:
    async with context.reading() as (session, at):
        return [shown(row) for row in await queries.not_over(session, at)]
