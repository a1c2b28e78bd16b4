"""Banners as the home page shows them, and as those who save them see them."""

from datetime import datetime
from typing import Self

import strawberry

from domain.content import models
from graph.home_page import Shown
from graph.ids import global_id


@strawberry.type(description="A picture on the home page that leads somewhere.")
class Banner:
    id: strawberry.ID = strawberry.field(description="Its id.")
    position: int = strawberry.field(description="From the left, 1 first.")
    title_zh: str = strawberry.field(description="Its title in Chinese.")
    title_en: str = strawberry.field(description="Its title in English.")
    image_url: str = strawberry.field(description="The picture.")
    link_url: str = strawberry.field(description="Where it leads.")
    shown_from: datetime = strawberry.field(description="From when it is shown.")
    shown_until: datetime | None = strawberry.field(description="Until when; null: until it is withdrawn.")

    @classmethod
    def of(cls, shown: Shown) -> Self:
        return cls(
            id=strawberry.ID(shown.id),
            position=shown.position,
            title_zh=shown.title_zh,
            title_en=shown.title_en,
            image_url=shown.image_url,
            link_url=shown.link_url,
            shown_from=shown.shown_from,
            shown_until=shown.shown_until,
        )


@strawberry.type(description="A banner as it was saved last.")
class SavedBanner:
    banner: Banner = strawberry.field(description="What it looks like.")
    withdrawn_at: datetime | None = strawberry.field(description="Since when it is shown no more.")
    saved_at: datetime = strawberry.field(description="When it was saved.")

    @classmethod
    def of(cls, row: models.Banner) -> Self:
        return cls(banner=Banner.of(shown(row)), withdrawn_at=row.withdrawn_at, saved_at=row.saved_at)


@strawberry.type(description="The home page.")
class HomeFeed:
    banners: list[Banner] = strawberry.field(description="What is shown now, from the left; at most 20.")


def shown(row: models.Banner) -> Shown:
    """A row as the cache keeps it."""
    return Shown(
        id=global_id("Banner", row.id),
        position=row.position,
        title_zh=row.title_zh,
        title_en=row.title_en,
        image_url=row.image_url,
        link_url=row.link_url,
        shown_from=row.shown_from,
        shown_until=row.shown_until,
    )
