"""`suidai clock`: the business clock of the suidai that runs here, seen and, in development, moved ahead."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from domain.operations import queries, services
from domain.shared.actors import SYSTEM
from domain.shared.clock import Clock
from domain.shared.days import SHANGHAI
from suidai.runtime.beside import engine_beside
from suidai.runtime.configuration import PRODUCTION, attached
from suidai.runtime.errors import CannotStart

app = typer.Typer(help="The business clock of a running suidai.", no_args_is_help=True, rich_markup_mode=None)

_STEP = re.compile(r"\+(\d+)(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@app.command()
def show() -> None:
    """Say what time it is in business, and how much work is due."""
    asyncio.run(_at(None))


@app.command()
def advance(
    to: Annotated[str, typer.Argument(help='"+3d", "+2h", "+15m", or a moment such as "2026-12-01T09:00+08:00".')],
) -> None:
    """Move business time ahead; the worker runs what it crosses, in order. Development only."""
    asyncio.run(_at(to))


async def _at(to: str | None) -> None:
    settings = attached()
    clock = Clock(movable=settings.env is not PRODUCTION)
    async with (
        engine_beside(settings) as engine,
        AsyncSession(engine, expire_on_commit=False) as session,
        session.begin(),
    ):
        now = await clock.now(session)
        if to is not None:
            now = await services.advance_clock(session, clock, to=_moment(to, now), actor=SYSTEM)
        waiting = await queries.pending(session, now)
    typer.echo(f"{now.astimezone(SHANGHAI).isoformat(timespec='seconds')}  ({waiting} due)")


def _moment(text: str, now: datetime) -> datetime:
    try:
        if step := _STEP.fullmatch(text):
            return now + timedelta(**{_UNITS[step[2]]: int(step[1])})
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CannotStart(f'{text!r} is not a moment: write "+3d", or "2026-12-01T09:00+08:00" with its offset.')
    return moment
