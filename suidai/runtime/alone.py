"""A process that is started on its own, beside others of the same house: it has their settings, or it does not start."""

import os
import shlex

from domain.shared.settings import Settings
from suidai.runtime import migrations
from suidai.runtime.configuration import PRODUCTION, attached, completed, environment, known, read_settings
from suidai.runtime.errors import CannotStart
from suidai.runtime.home import open_home, running_in
from suidai.runtime.keys import keys_of
from suidai.runtime.servers import check_postgres, check_redis
from suidai.runtime.together import together


def settings_of(role: str) -> Settings:
    """The settings a role runs with, in the environment too, where what it serves reads them.

    Production takes them from its environment alone. Elsewhere the suidai that runs in this folder lends its own, and
    with servers that are named the folder's keys do: processes that share a folder agree. Raises CannotStart.
    """
    settings = complete(_lent(read_settings()))
    needed = {"SUIDAI_MASTER_KEY": settings.master_key, "SUIDAI_TOKEN_KEY": settings.token_key}
    needed |= {"SUIDAI_DATABASE_URL": settings.database_url, "SUIDAI_REDIS_URL": settings.redis_url}
    if missing := [name for name, value in needed.items() if value is None and not _made_up(name, settings)]:
        raise CannotStart(
            f"`suidai {role}` on its own needs {', '.join(missing)}: set them, or let `suidai up` do it all."
        )
    os.environ.update(environment(settings))
    return settings


def settings_beside() -> Settings:
    """The settings of a command that works on the database of the house. Raises CannotStart if there is none."""
    return complete(attached())


def complete(settings: Settings) -> Settings:
    """The settings, and outside production what is missing from them from the folder's keys, once a database is named."""
    if settings.env is PRODUCTION or settings.database_url is None:
        return settings
    home = open_home(settings.home, None)
    with home.making_keys():
        keys = keys_of(home)
    redis_url = settings.redis_url
    made = completed(settings, home.path, keys, known(settings.database_url), known(redis_url) if redis_url else "")
    return made.model_copy(update={"redis_url": redis_url})


def shell_lines(settings: Settings) -> list[str]:
    """The settings as a shell reads them, for what is not started by us: uvicorn, arq, alembic."""
    return [f"export {name}={shlex.quote(value)}" for name, value in environment(settings).items()]


async def look_first(settings: Settings) -> None:
    """Raises CannotStart unless the servers are there, as new as they must be, migrated, and of this master key."""
    url = known(settings.database_url)
    await together(check_postgres(url), check_redis(known(settings.redis_url)))
    await migrations.must_be_done(url)
    await must_belong(settings)


async def must_belong(settings: Settings) -> None:
    """Raises CannotStart where the database was begun with another master key."""
    from domain.shared import key_mark  # noqa: PLC0415 - SQLAlchemy, which `suidai up` on servers of its own does without
    from domain.shared.crypto import keyring_of  # noqa: PLC0415
    from domain.shared.db import open_database  # noqa: PLC0415

    engine, sessions = open_database(settings)
    try:
        async with sessions.begin() as session:
            await key_mark.must_belong(session, keyring_of(session))
    except key_mark.WrongMasterKey as refusal:
        raise CannotStart(str(refusal)) from refusal
    finally:
        await engine.dispose()


def _lent(settings: Settings) -> Settings:
    """In development, what the suidai that runs in this folder knows; what is set here has the last word."""
    if settings.env is PRODUCTION or settings.database_url or settings.redis_url:
        return settings
    running = running_in(settings.home)
    if running is None:
        return settings
    said = {name: getattr(settings, name) for name in settings.model_fields_set}
    return Settings(**{**running.settings, **said, "home": running.settings["home"]})


def _made_up(name: str, settings: Settings) -> bool:
    """Whether a key is made for development as soon as there is a database: then its absence need not be told."""
    return settings.env is not PRODUCTION and name.endswith("_KEY")
