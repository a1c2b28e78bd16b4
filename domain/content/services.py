"""Saving a banner: a new one, or another look for one that is there."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.content import queries
from domain.content.errors import BadBannerAddress, BadBannerPlace, BadBannerText, BadBannerTime, BannerNotFound
from domain.content.models import Banner
from domain.shared import audit
from domain.shared.actors import Actor
from domain.shared.ids import new_id
from domain.shared.lines import one_line
from domain.shared.web import LONGEST, is_web_address

LONGEST_TITLE = 60
MOST_PLACES = 100


@dataclass(frozen=True, slots=True)
class Look:
    """What a banner is to look like. `shown_from` None: from now on. `withdrawn`: it is shown no more."""

    position: int
    title_zh: str
    title_en: str
    image_url: str
    link_url: str
    shown_from: datetime | None = None
    shown_until: datetime | None = None
    withdrawn: bool = False


async def save(session: AsyncSession, *, banner_id: UUID | None, look: Look, actor: Actor, at: datetime) -> Banner:
    """Save a banner as `look` says; a new one without `banner_id`.

    Raises BannerNotFound, BadBannerText, BadBannerAddress, BadBannerPlace, BadBannerTime.
    """
    banner = Banner(id=new_id()) if banner_id is None else await queries.lock_banner(session, banner_id)
    if banner is None:
        raise BannerNotFound
    if not 1 <= look.position <= MOST_PLACES:
        raise BadBannerPlace(most=MOST_PLACES)
    shown_from = look.shown_from or (at if banner_id is None else banner.shown_from)
    if look.shown_until is not None and look.shown_until <= shown_from:
        raise BadBannerTime
    banner.position = look.position
    banner.title_zh = _title(look.title_zh, "titleZh")
    banner.title_en = _title(look.title_en, "titleEn")
    banner.image_url = _address(look.image_url, "imageUrl")
    banner.link_url = _address(look.link_url, "linkUrl")
    banner.shown_from, banner.shown_until = shown_from, look.shown_until
    banner.withdrawn_at = (banner.withdrawn_at or at) if look.withdrawn else None
    banner.saved_at = at
    session.add(banner)
    audit.record(session, actor=actor, action="content.banner_saved", subject=("banner", banner.id), at=at)
    await session.flush()
    return banner


def _title(text: str, field: str) -> str:
    line = one_line(text, least=1, most=LONGEST_TITLE)
    if line is None:
        raise BadBannerText(most=LONGEST_TITLE, fields=(field,))
    return line


def _address(text: str, field: str) -> str:
    if not is_web_address(text):
        raise BadBannerAddress(longest=LONGEST, fields=(field,))
    return text
