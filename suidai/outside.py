"""The sandbox on our business clock: the parties it plays live in the time we live in."""

from datetime import datetime

from starlette.applications import Starlette

from domain.shared.clock import Clock
from domain.shared.db import open_database
from domain.shared.settings import Settings
from plugins.sandbox.app import create_sandbox


def create() -> Starlette:
    """The sandbox's application. It reads nothing of ours but the clock; without a database it has real time."""
    settings = Settings()
    if settings.database_url is None:
        return create_sandbox(settings)
    _, sessions = open_database(settings)
    clock = Clock(movable=True)

    async def now() -> datetime:
        async with sessions() as session:
            return await clock.now(session)

    return create_sandbox(settings, now)
