"""`suidai staff`: the first members of staff of a new house, made by whoever runs it."""

import asyncio
from typing import Annotated

import typer

from domain.shared.actors import SYSTEM, Role
from domain.shared.clock import Clock
from domain.shared.crypto import Keyring
from domain.shared.db import make_sessions
from domain.staff.services import members
from suidai.runtime.alone import settings_beside
from suidai.runtime.beside import engine_beside
from suidai.runtime.configuration import PRODUCTION, known
from suidai.runtime.errors import CannotStart

app = typer.Typer(help="Members of staff of a running suidai.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def staff() -> None:
    """Members of staff of a running suidai."""


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="What they log in with.")],
    role: Annotated[list[Role], typer.Option(help="What they may do; give it more than once for more roles.")],
    name: Annotated[str, typer.Option(help="The name people know; else the user name.")] = "",
    password: Annotated[
        str,
        typer.Option(
            envvar="SUIDAI_STAFF_PASSWORD",
            prompt=True,
            confirmation_prompt=True,
            hide_input=True,
            help="What they prove themselves with.",
        ),
    ] = "",
) -> None:
    """Add somebody who works here. The password is asked for, or taken from SUIDAI_STAFF_PASSWORD."""
    asyncio.run(_add(username, name, password, role))
    typer.echo(f"{username} may log in as {', '.join(sorted(role))}.")


async def _add(username: str, name: str, password: str, roles: list[Role]) -> None:
    settings = settings_beside()
    if settings.master_key is None:
        raise CannotStart("SUIDAI_MASTER_KEY is not set: the house knows by it who tried to log in.")
    keyring = Keyring.from_base64(known(settings.master_key))
    clock = Clock(movable=settings.env is not PRODUCTION)
    async with engine_beside(settings) as engine, make_sessions(engine, keyring).begin() as session:
        at = await clock.now(session)
        await members.create(session, username=username, name=name, password=password, roles=roles, by=SYSTEM, at=at)
