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
from domain.shared.db import make_engine
from domain.shared.errors import DomainError
from domain.shared.settings import Environment
from suidai.runtime.configuration import attached, known
from suidai.runtime.errors import CannotStart

app = typer.Typer(help="The business clock of a running suidai.", no_args_is_help=True)

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
    engine = make_engine(known(settings.database_url), pool_size=1)
    clock = Clock(movable=settings.env is not Environment.PRODUCTION)
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            now = await clock.now(session)
            if to is not None:
                now = await services.advance_clock(session, clock, to=_moment(to, now), actor=SYSTEM)
            waiting = await queries.pending(session, now)
        typer.echo(f"{now.astimezone(SHANGHAI).isoformat(timespec='seconds')}  ({waiting} due)")
    except DomainError as refusal:
        raise CannotStart(str(refusal)) from refusal
    finally:
        await engine.dispose()


def _moment(text: str, now: datetime) -> datetime:
    if step := _STEP.fullmatch(text):
        return now + timedelta(**{_UNITS[step[2]]: int(step[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CannotStart(f'{text!r} is not a moment: write "+3d", or "2026-12-01T09:00+08:00" with its offset.')
    return moment
