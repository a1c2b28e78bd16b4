"""A command that works on the database of the house, beside its processes: what keeps it from it is said in a sentence."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared.db import make_engine
from domain.shared.errors import DomainError
from domain.shared.settings import Settings
from suidai.installed import plugins
from suidai.runtime import migrations
from suidai.runtime.configuration import known
from suidai.runtime.errors import CannotStart
from suidai.runtime.servers import check_postgres


@asynccontextmanager
async def engine_beside(settings: Settings) -> AsyncGenerator[AsyncEngine]:
    """One connection to the database, for one command. What the business refuses meanwhile ends the command too.

    Loans of methods that packages bring can be replayed, as in the processes it works beside.
    Raises CannotStart: no PostgreSQL answers, it is too old, it is not migrated, or a DomainError came out.
    """
    url = known(settings.database_url)
    await check_postgres(url)
    await migrations.must_be_done(url)
    plugins()
    engine = make_engine(url, pool_size=1)
    try:
        yield engine
    except DomainError as refusal:
        raise CannotStart(str(refusal)) from refusal
    finally:
        await engine.dispose()
