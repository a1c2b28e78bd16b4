"""The sandbox on a real loopback port, the plugins before it, and an ear for what it posts."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.shared.settings import Settings
from plugins.registry import Kind, Registry
from plugins.sandbox.app import create_sandbox
from plugins.sandbox.house import House
from suidai.contract import PaymentChannel, RawRequest

KEYS = json.loads((Path(__file__).parents[2] / "vectors" / "channels" / "keys.json").read_text())
SECRET = base64.b64encode(b"a secret of a party of the sandbox").decode()
PARTIES: tuple[Kind, ...] = ("identity", "bankcard", "sms", "risk", "esign", "funding", "bureau", "data")


@dataclass
class BusinessTime:
    """A clock that a test moves."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


class _Server(uvicorn.Server):
    def capture_signals(self) -> Any:
        return nullcontext()


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """Serve an application on a free port of this machine; gives its address."""
    server = _Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on", ws="none"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@dataclass
class Ear:
    """Where the parties call back: keeps what comes and answers as told."""

    clock: BusinessTime
    url: str = ""
    heard: list[RawRequest] = field(default_factory=list)
    answer: Callable[[RawRequest], Response] = lambda _: Response(b"success")

    async def listen(self, request: Request) -> Response:
        raw = RawRequest(
            request.method,
            request.url.path,
            request.url.query,
            list(request.headers.items()),  # type: ignore[arg-type]
            await request.body(),
            self.clock(),
        )
        self.heard.append(raw)
        return self.answer(raw)

    async def hears(self, count: int, *, within: float = 3.0) -> list[RawRequest]:
        """Wait until this many messages came, and a moment for one too many."""
        async with asyncio.timeout(within):
            while len(self.heard) < count:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        return self.heard


@dataclass
class Town:
    """Sandbox, registry and ear together."""

    settings: Settings
    clock: BusinessTime
    ear: Ear
    url: str
    registry: Registry
    http: httpx.AsyncClient
    house: House

    @property
    def alipay(self) -> PaymentChannel:
        return self.registry.channel("alipay")


def settings_in(home: Path, **pace: float) -> Settings:
    return Settings(
        home=home,
        sandbox={
            "alipay": {
                "app_id": "2021000000000001",
                "seller_id": "2088000000000001",
                "app_public_key": KEYS["alipay_app.pub.pem"],
                "platform_private_key": KEYS["alipay_platform.pkcs8.pem"],
            },
            **{party: {"secret": SECRET} for party in PARTIES},
            "pace": {"ladder_scale": 0.2 / 240, "delay": 0.05, **pace},
        },
    )


def our_alipay(url: str) -> dict[str, str]:
    """What our channel is set up with."""
    return {
        "app_id": "2021000000000001",
        "seller_id": "2088000000000001",
        "app_private_key": KEYS["alipay_app.pkcs8.pem"],
        "alipay_public_key": KEYS["alipay_platform.pub.pem"],
        "gateway_url": f"{url}/alipay/gateway.do",
    }


def registry_for(url: str, callback: str, clock: BusinessTime) -> Registry:
    return Registry.discover(
        {"alipay": our_alipay(url)},
        {party: {"name": "sandbox", "base_url": f"{url}/{party}", "secret": SECRET} for party in PARTIES},
        clock=clock,
        notify_base_url=callback,
        allow_sandbox=True,
    )


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    clock = BusinessTime()
    ear = Ear(clock)
    settings = settings_in(tmp_path)
    app = create_sandbox(settings, clock)
    # The ear shares the sandbox's port: one server to start and stop for each test.
    app.router.routes.append(Route("/notify/{rest:path}", ear.listen, methods=["POST"]))
    async with served(app) as url:
        ear.url = url
        registry = registry_for(url, url, clock)
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            yield Town(settings, clock, ear, url, registry, http, app.state.house)
        await registry.close()
