"""Saving a banner of the home page."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain.content import services
from domain.content.services import Look
from domain.shared.actors import Role
from graph.access import mutation, staff
from graph.content.types import SavedBanner
from graph.context import Info
from graph.ids import read_optional_id
from graph.problems import Problem


@strawberry.input(description="What a banner is to look like.")
class SaveBannerInput:
    position: int = strawberry.field(description="From the left, 1 first; at most 100.")
    title_zh: str = strawberry.field(description="Its title in Chinese, 1 to 60 characters.")
    title_en: str = strawberry.field(description="Its title in English, 1 to 60 characters.")
    image_url: str = strawberry.field(description="The picture's web address.")
    link_url: str = strawberry.field(description="The web address it leads to.")
    banner_id: strawberry.ID | None = strawberry.field(default=None, description="Which one; without it, a new one.")
    shown_from: datetime | None = strawberry.field(
        default=None, description="From when it is shown; without it, from now on, or as it was."
    )
    shown_until: datetime | None = strawberry.field(default=None, description="Until when; without it, for ever.")
    withdrawn: bool = strawberry.field(default=False, description="True: it is shown no more.")


SaveBannerResult = Annotated[
    SavedBanner | Problem, strawberry.union("SaveBannerResult", description="The banner as saved, or why not.")
]


@strawberry.type
class ContentMutation:
    @mutation(staff(Role.ADMIN), "Save a banner of the home page: a new one, or one that is there in place of itself.")
    async def save_banner(self, info: Info, input: SaveBannerInput) -> SaveBannerResult:
        look = Look(
            position=input.position,
            title_zh=input.title_zh,
            title_en=input.title_en,
            image_url=input.image_url,
            link_url=input.link_url,
            shown_from=input.shown_from,
            shown_until=input.shown_until,
            withdrawn=input.withdrawn,
        )
        banner_id = read_optional_id("Banner", input.banner_id, "bannerId")
        async with info.context.transaction() as (session, at):
            row = await services.save(session, banner_id=banner_id, look=look, actor=info.context.actor, at=at)
            saved = SavedBanner.of(row)
        await info.context.house.home_page.changed()
        return saved
