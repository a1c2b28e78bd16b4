"""Banners: saved, changed, withdrawn; nonsense is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.content import queries
from domain.content.errors import BadBannerAddress, BadBannerPlace, BadBannerText, BadBannerTime, BannerNotFound
from domain.content.services import Look, save
from domain.shared.actors import SYSTEM
from domain.shared.errors import DomainError
from domain.shared.ids import new_id

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SPRING = Look(
    position=1,
    title_zh="春日好礼",
    title_en="Spring",
    image_url="https://cdn.example.com/spring.png",
    link_url="https://suidai.example.com/spring",
)


async def test_a_banner_is_shown_from_when_it_is_saved_until_it_is_withdrawn(session: AsyncSession) -> None:
    banner = await save(session, banner_id=None, look=SPRING, actor=SYSTEM, at=AT)
    assert (banner.shown_from, banner.shown_until) == (AT, None)
    assert [shown.id for shown in await queries.not_over(session, AT)] == [banner.id]

    later = AT + timedelta(days=1)
    again = await save(session, banner_id=banner.id, look=replace(SPRING, withdrawn=True), actor=SYSTEM, at=later)

    assert again.id == banner.id
    assert (again.shown_from, again.withdrawn_at) == (AT, later)
    assert await queries.not_over(session, later) == []


async def test_banners_stand_in_their_places_and_those_that_are_over_are_left_out(session: AsyncSession) -> None:
    last = await save(session, banner_id=None, look=replace(SPRING, position=3), actor=SYSTEM, at=AT)
    first = await save(session, banner_id=None, look=SPRING, actor=SYSTEM, at=AT)
    until = AT + timedelta(hours=1)
    await save(session, banner_id=None, look=replace(SPRING, shown_until=until), actor=SYSTEM, at=AT)

    assert [shown.id for shown in await queries.not_over(session, until)] == [first.id, last.id]


@pytest.mark.parametrize(
    ("look", "refusal", "field"),
    [
        (replace(SPRING, position=0), BadBannerPlace, "position"),
        (replace(SPRING, title_en=" "), BadBannerText, "titleEn"),
        (replace(SPRING, title_zh="字" * 61), BadBannerText, "titleZh"),
        (replace(SPRING, link_url="javascript:alert(1)"), BadBannerAddress, "linkUrl"),
        (replace(SPRING, image_url="https://user:secret@example.com/x"), BadBannerAddress, "imageUrl"),
        (replace(SPRING, shown_until=AT), BadBannerTime, "shownUntil"),
    ],
    ids=["place", "empty title", "long title", "script", "credentials", "over before it begins"],
)
async def test_nonsense_is_refused(session: AsyncSession, look: Look, refusal: type[DomainError], field: str) -> None:
    with pytest.raises(refusal) as refused:
        await save(session, banner_id=None, look=look, actor=SYSTEM, at=AT)
    assert refused.value.fields == (field,)


async def test_what_is_not_there_is_not_made_by_changing_it(session: AsyncSession) -> None:
    with pytest.raises(BannerNotFound):
        await save(session, banner_id=new_id(), look=SPRING, actor=SYSTEM, at=AT)
