"""The ASGI application: `uvicorn graph.app:create_app --factory`."""

import asyncio
import base64
import binascii
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from redis.asyncio import Redis
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

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
from domain.shared.tokens import Tokens
from domain.staff.services import members
from graph import notify, papers, uploads
from graph.body_limit import NOTICE, UPLOAD, BodyLimit
from graph.context import House
from graph.home_page import HomePage
from graph.limits import Limits
from graph.schema import make_schema
from graph.view import View
from plugins.registry import Registry


def create_app(settings: Settings | None = None) -> Starlette:
    """The application on the settings of the environment. Raises SystemExit with what is missing."""
    settings = settings or Settings()
    set_up_logs("api")
    if settings.failpoints and settings.env is not Environment.PRODUCTION:
        arm(settings.failpoints.split(","), settings.home / "failpoints")
    engine, sessions = open_database(settings)
    clock = Clock(movable=settings.env is not Environment.PRODUCTION)
    house = House(
        settings=settings,
        sessions=sessions,
        clock=clock,
        tokens=_tokens(settings),
        registry=Registry.from_settings(settings, clock=clock.last_known, audit=partial(record_exchange, sessions)),
        limits=Limits.on(_limits_url(settings)),
        home_page=HomePage(_redis(settings)),
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with sessions.begin() as session:
            await key_mark.must_belong(session, keyring_of(session))
            if settings.env is Environment.PRODUCTION:
                await members.must_be_nobody_seeded(session)
            await methods.tell_who_waits(session)
        watch = Watch(sessions, house.registry.take)
        await watch.look()
        watching = asyncio.create_task(watch.run(engine))
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await house.registry.close()
        await house.limits.close()
        await house.home_page.close()
        await engine.dispose()

    return assemble(house, lifespan)


def assemble(house: House, lifespan: object = None) -> Starlette:
    """The routes of one process; tests assemble it on a house of their own."""
    production = house.settings.env is Environment.PRODUCTION
    view = View(house, make_schema(introspection=not production), ide=not production)
    app = Starlette(
        routes=[
            Route("/graphql", view, methods=["GET", "POST"]),
            Route("/notify/{kind}/{party}", notify.receive, methods=["POST"]),
            Route("/uploads/{token}", uploads.store, methods=["PUT"]),
            Route("/papers/{token}", papers.fetch, methods=["GET"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ],
        middleware=[Middleware(BodyLimit, limits={"/notify/": NOTICE, "/uploads/": UPLOAD})],
        lifespan=lifespan,  # pyright: ignore[reportArgumentType] - a lifespan of ours, or none
    )
    app.state.house = house
    return app


async def healthz(_request: Request) -> JSONResponse:
    """The process is alive."""
    return JSONResponse({"ok": True})


async def readyz(request: Request) -> JSONResponse:
    """The process can work: the database answers."""
    house: House = request.app.state.house
    async with house.sessions() as session:
        await session.execute(text("SELECT 1"))
    return JSONResponse({"ok": True})


def _tokens(settings: Settings) -> Tokens:
    if settings.token_key is None:
        raise SystemExit("SUIDAI_TOKEN_KEY is not set: 32 random bytes in base64, the same for every API process.")
    try:
        return Tokens(base64.b64decode(settings.token_key.get_secret_value(), validate=True))
    except (binascii.Error, ValueError) as error:
        raise SystemExit(f"SUIDAI_TOKEN_KEY: {error}") from error


def _redis_url(settings: Settings) -> str:
    if settings.redis_url is None:
        raise SystemExit(
            "SUIDAI_REDIS_URL is not set: start everything with `suidai up`, or name your Redis or Valkey."
        )
    return settings.redis_url.get_secret_value()


def _redis(settings: Settings) -> Redis:
    # A Redis that does not answer at once is not waited for.
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its options have no types
        _redis_url(settings), socket_connect_timeout=1, socket_timeout=1
    )


def _limits_url(settings: Settings) -> str:
    scheme, separator, rest = _redis_url(settings).partition("://")
    return f"async+redis+{scheme}{separator}{rest}" if scheme == "unix" else f"async+{scheme}{separator}{rest}"
