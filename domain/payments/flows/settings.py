"""How every process hears of new settings: woken by NOTIFY, and by a slow poll in case a wake-up was lost."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.payments.queries import settings as queries
from domain.payments.rules.settings import Stored
from domain.payments.services import settings
from domain.shared.db import Sessions
from domain.shared.listening import listen

log = structlog.get_logger()

POLL_SECONDS = 3.0

Take = Callable[[Stored], Awaitable[None]]
"""Goes over to these settings. What a plugin does not take is its own business: it does not raise."""


class Watch:
    """What one process knows of the settings in force."""

    def __init__(self, sessions: Sessions, take: Take) -> None:
        self._sessions, self._take = sessions, take
        self._known: dict[str, int] = {}

    async def look(self) -> None:
        """Take what is newer than what is known."""
        async with self._sessions() as session:
            versions = await queries.versions_of_settings(session)
            if versions == self._known:
                return
            rows = await queries.newest_settings(session)
            newer = [
                settings.opened(session, row) for row in rows.values() if self._known.get(row.channel) != row.version
            ]
        for each in newer:
            await self._take(each)
            self._known[each.channel] = each.version

    async def run(self, engine: AsyncEngine) -> None:
        """Watch until cancelled. The database may go away and come back."""
        while True:
            try:
                await listen(engine, settings.NOTIFY, self.look, every=POLL_SECONDS)
            except Exception as error:  # noqa: BLE001 - drivers raise their own; who stops watching runs on old settings
                log.warning("settings.watch_interrupted", error=type(error).__name__)
            await asyncio.sleep(POLL_SECONDS)
