"""The arq worker: `arq jobs.worker.WorkerSettings`. It delivers announcements, walks the schedule, asks what is unknown."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import msgspec
import structlog
from arq import cron
from arq.connections import RedisSettings
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from domain.lending.services import methods
from domain.payments.flows.settings import Watch
from domain.payments.services.exchanges import record_exchange
from domain.shared import key_mark
from domain.shared.clock import Clock
from domain.shared.crypto import keyring_of
from domain.shared.db import open_database
from domain.shared.failpoints import arm
from domain.shared.logs import set_up_logs
from domain.shared.settings import Environment, Settings
from jobs import asks, relay, ticks
from jobs.consumers import DELIVERIES
from jobs.house import House
from jobs.timetable import TIMETABLE
from plugins.registry import Registry

log = structlog.get_logger()

Context = dict[str, Any]


async def start(ctx: Context) -> None:
    """Open the database, discover the plugins, enter the schedule, start the relay."""
    settings = Settings()
    set_up_logs("worker")
    if settings.failpoints and settings.env is not Environment.PRODUCTION:
        arm(settings.failpoints.split(","), settings.home / "failpoints")
    engine, sessions = open_database(settings)
    clock = Clock(movable=settings.env is not Environment.PRODUCTION)
    async with sessions.begin() as session:
        await key_mark.must_belong(session, keyring_of(session))
        await ticks.install(session, TIMETABLE, await clock.now(session))
    registry = Registry.from_settings(settings, clock=clock.last_known, audit=partial(record_exchange, sessions))
    async with sessions.begin() as session:
        await methods.tell_who_waits(session)
    house = House(settings, engine, sessions, clock, registry)
    watch = Watch(sessions, registry.take)
    await watch.look()
    ctx["house"] = house
    ctx["watch"] = asyncio.create_task(watch.run(engine))
    ctx["relay"] = asyncio.create_task(relay.run(engine, sessions, ctx["redis"]))


async def stop(ctx: Context) -> None:
    for task in (tasks := (ctx["relay"], ctx["watch"])):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await ctx["house"].registry.close()
    await ctx["house"].engine.dispose()


async def deliver(ctx: Context, row_id: str) -> None:
    """Deliver one row of the outbox."""
    await DELIVERIES.deliver(ctx["house"], UUID(row_id))


async def tick(ctx: Context) -> None:
    """Walk what the business clock has crossed, then ask what is due to be asked."""
    house: House = ctx["house"]
    await ticks.run_due(house.sessions, house.clock, TIMETABLE)
    await asks.run(house)


async def ask(ctx: Context) -> None:
    """Ask about everything unknown that is due."""
    await asks.run(ctx["house"])


def _redis(settings: Settings) -> RedisSettings:
    if settings.redis_url is None:
        raise SystemExit(
            "SUIDAI_REDIS_URL is not set: start everything with `suidai up`, or name your Redis or Valkey."
        )
    redis = RedisSettings.from_dsn(settings.redis_url.get_secret_value())
    # Without these the worker leaves when Redis restarts.
    redis.retry = Retry(ExponentialBackoff(cap=2, base=0.05), retries=20)
    redis.retry_on_error = [RedisConnectionError, RedisTimeoutError, OSError]
    redis.conn_retries = 60
    return redis


def _written(value: Any) -> bytes:
    """JSON, because arq's default is pickle, which runs what Redis says. An error is written as its words."""
    return msgspec.json.encode(value, enc_hook=str)


def _every(seconds: int) -> set[int]:
    return set(range(0, 60, seconds))


class WorkerSettings:
    """What arq reads. Subclasses do not inherit it: name this one."""

    functions: ClassVar[list[Callable[..., Any]]] = [deliver]
    cron_jobs: ClassVar[list[Any]] = [
        # No longer than a delivery: arq keeps what a dead worker held blocked for the longest time any job may take.
        cron(tick, second=0, timeout=120),
        cron(ask, second=_every(5), timeout=60),
    ]
    on_startup = start
    on_shutdown = stop
    redis_settings = _redis(Settings())
    job_serializer = staticmethod(_written)
    job_deserializer = staticmethod(msgspec.json.decode)
    max_jobs = 20
    poll_delay = 0.1
    job_timeout = 120
    keep_result = 0
    max_tries = 1
    """The outbox decides what is tried again, not arq."""
    job_completion_wait = 3
    health_check_interval = 5
    health_check_key = "suidai:worker:health"
