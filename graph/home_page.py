"""The home page's banners in Redis: served from there while they are fresh, and while the database is away.

One copy, marked with the version it was made of. Saving a banner raises the version, so that no process serves what was
before; a copy is made anew by one of those who find it old, and the others go on with the old one meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from domain.shared.clock import real_now

log = structlog.get_logger()

FRESH = timedelta(seconds=60)
"""A copy is made anew after this long in any case: what bounds the harm of a word that got lost."""

_VERSION, _COPY, _MAKING = "suidai:home:version", "suidai:home:copy", "suidai:home:making"
_KEPT = timedelta(days=30)
_PATIENCE = timedelta(seconds=2)


class Shown(msgspec.Struct, frozen=True):
    """A banner as the home page needs it."""

    id: str
    position: int
    title_zh: str
    title_en: str
    image_url: str
    link_url: str
    shown_from: datetime
    shown_until: datetime | None

    def is_shown(self, at: datetime) -> bool:
        return self.shown_from <= at and (self.shown_until is None or at < self.shown_until)


class _Copy(msgspec.Struct, frozen=True):
    version: int
    made_at: datetime
    banners: list[Shown]


Load = Callable[[], Awaitable[Sequence[Shown]]]


@dataclass(frozen=True, slots=True)
class HomePage:
    """The cache of one process; without a Redis every look goes to the database."""

    redis: Redis | None = None

    async def banners(self, load: Load) -> Sequence[Shown]:
        """The banners, from the copy if it is fresh, else from `load`, else from the copy however old it is.

        Raises what `load` raises where there is no copy at all.
        """
        version, copy = await self._known()
        if copy is not None and (copy.version == version and real_now() - copy.made_at < FRESH):
            return copy.banners
        if copy is not None and not await self._mine_to_make():
            return copy.banners
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                banners = list(await load())
        except (OSError, SQLAlchemyError, TimeoutError) as trouble:
            if copy is None:
                raise
            log.warning("home_page.old_copy_served", error=type(trouble).__name__, made_at=copy.made_at.isoformat())
            return copy.banners
        await self._keep(_Copy(version, real_now(), banners))
        return banners

    async def changed(self) -> None:
        """What was saved is to be seen at once."""
        if self.redis is None:
            return
        try:
            await self.redis.incr(_VERSION)
            await self.redis.delete(_MAKING)
        except RedisError as trouble:
            log.warning("home_page.change_not_told", error=type(trouble).__name__, seen_within=str(FRESH))

    async def close(self) -> None:
        if self.redis is not None:
            await self.redis.aclose()

    async def _known(self) -> tuple[int, _Copy | None]:
        if self.redis is None:
            return 0, None
        try:
            version, copy = await self.redis.mget(_VERSION, _COPY)
            return int(version or 0), msgspec.json.decode(copy, type=_Copy) if copy else None
        except (RedisError, msgspec.MsgspecError, ValueError) as trouble:
            log.warning("home_page.copy_not_read", error=type(trouble).__name__)
            return 0, None

    async def _mine_to_make(self) -> bool:
        """Whether nobody else makes a new copy right now."""
        if self.redis is None:
            return True
        try:
            return bool(await self.redis.set(_MAKING, "1", nx=True, px=int(_PATIENCE.total_seconds() * 1000)))
        except RedisError:
            return True

    async def _keep(self, copy: _Copy) -> None:
        if self.redis is None:
            return
        try:
            await self.redis.set(_COPY, msgspec.json.encode(copy), ex=_KEPT)
            await self.redis.delete(_MAKING)
        except RedisError as trouble:
            log.warning("home_page.copy_not_kept", error=type(trouble).__name__)
