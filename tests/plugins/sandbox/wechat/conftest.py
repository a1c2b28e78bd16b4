"""The WeChat Pay adapter against the sandbox's WeChat, over real HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response
from starlette.routing import Route

from domain.shared.settings import Settings
from plugins.sandbox.app import create_sandbox
from tests.plugins.sandbox.conftest import BusinessTime, Ear, served
from tests.plugins.sandbox.wechat.shop import THEIRS, Shop, registry_at


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    clock = BusinessTime()
    ear = Ear(clock, answer=lambda _: Response(status_code=204))
    settings = Settings(home=tmp_path, sandbox={"wechat": THEIRS, "pace": {"ladder_scale": 0.05 / 15}})
    app = create_sandbox(settings, clock)
    app.router.routes.append(Route("/notify/{rest:path}", ear.listen, methods=["POST"]))
    async with served(app) as url:
        ear.url = url
        registry = registry_at(url, clock)
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            yield Shop(url, clock, ear, registry.channel("wechat"), http)
        await registry.close()
