"""The database: the declarative base, the column types everyone uses, the engine and the sessions."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Engine, Enum, MetaData, Numeric, PoolProxiedConnection, Text, event
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from domain.shared.crypto import Keyring
from domain.shared.ids import new_id
from domain.shared.settings import Settings, driver_url

Sessions = async_sessionmaker[AsyncSession]

STATEMENT_TIMEOUT_MS = 10_000
IDLE_TIMEOUT_MS = 60_000
"""No transaction waits for anything outside: one that is idle so long belongs to a machine that is gone, locks and all."""
CONNECT_SECONDS = 10
CONNECTIONS = 20
"""Of one process at most, as many as a worker has jobs. They stay open: to open one costs more than what it is for."""
LONG_IDLE_SECONDS = 1.0
"""So long ago a connection proved that it was there; idle for longer, it is asked before it is used. Asking is no less
than three messages and their answers, a fifth of all that a notice of a payment sends."""


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


class Base(DeclarativeBase):
    """Every table. Names of constraints are made by rule, so that a migration can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        int: BigInteger(),
        str: Text(),
        Decimal: Numeric(14, 10),
        datetime: DateTime(timezone=True),
        UUID: PG_UUID(as_uuid=True),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        list[str]: ARRAY(Text()),
        # Text, not a native enum: a new state is then a change of code, not of a type other sessions hold open.
        StrEnum: Enum(StrEnum, native_enum=False, length=40, create_constraint=False, values_callable=_values),
    }


class Row(Base):
    """A table whose rows have an id of their own."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


def make_engine(url: str, *, pool_size: int = CONNECTIONS) -> AsyncEngine:
    """An engine on `postgresql+asyncpg://...`, each statement limited in time, and each silence within a transaction."""
    settings: Mapping[str, str] = {
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_TIMEOUT_MS),
        "timezone": "UTC",
    }
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=CONNECTIONS - pool_size,
        pool_use_lifo=True,  # the one that was used last knows the statements
        hide_parameters=True,  # an error's text goes to a log, and parameters are what people told us
        connect_args={"server_settings": settings, "timeout": CONNECT_SECONDS},
    )
    _ask_before_use(engine.sync_engine)
    return engine


def _ask_before_use(engine: Engine) -> None:
    """Open others in the place of connections that were closed at the other end, or that do not answer after a rest."""
    rest = "suidai.resting_since"

    def put_back(_: Any, entry: ConnectionPoolEntry) -> None:
        entry.info[rest] = monotonic()

    def taken(driver: Any, entry: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        rested = monotonic() - entry.info.get(rest, monotonic())
        if rested > LONG_IDLE_SECONDS or driver.driver_connection.is_closed():
            try:
                engine.dialect.do_ping(driver)
            except Exception as gone:
                raise InvalidatePoolError from gone

    event.listen(engine, "checkin", put_back)
    event.listen(engine, "checkout", taken)


def make_sessions(engine: AsyncEngine, keyring: Keyring) -> Sessions:
    """Sessions that can open what is sealed; rows stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False, info={"keyring": keyring})


def open_database(settings: Settings) -> tuple[AsyncEngine, Sessions]:
    """The engine and the sessions an entry point works with. Raises SystemExit with what is missing."""
    if settings.database_url is None:
        raise SystemExit(
            "SUIDAI_DATABASE_URL is not set: start everything with `suidai up`, or name your PostgreSQL 15 or later."
        )
    if settings.master_key is None:
        raise SystemExit("SUIDAI_MASTER_KEY is not set: 32 random bytes in base64, kept outside the database.")
    engine = make_engine(driver_url(settings.database_url.get_secret_value()))
    return engine, make_sessions(engine, Keyring.from_base64(settings.master_key.get_secret_value()))
