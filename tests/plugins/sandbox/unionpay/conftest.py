"""The sandbox on a real loopback port, with keys of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from domain.shared.settings import Settings
from plugins.registry import Registry
from plugins.runtime import Exchange
from plugins.sandbox.app import create_sandbox
from suidai.runtime.unionpay_keys import unionpay_keys
from tests.plugins.sandbox.conftest import SECRET, BusinessTime, Ear, served
from tests.plugins.sandbox.unionpay.bank import Bank, Keys, settings_at


@pytest.fixture(scope="session")
def keys() -> Keys:
    return unionpay_keys(BusinessTime().at)


@pytest.fixture
async def bank(keys: Keys, tmp_path: Path) -> AsyncIterator[Bank]:
    clock, audited = BusinessTime(), list[Exchange]()
    ear = Ear(clock)
    pace = {"ladder_scale": 0.05 / 60, "delay": 0.05}
    sandbox = {"bank_withholding": keys["sandbox"], "sms": {"secret": SECRET}, "pace": pace}
    app = create_sandbox(Settings(home=tmp_path, sandbox=sandbox), clock)
    app.router.routes.append(Route("/notify/{rest:path}", ear.listen, methods=["POST"]))

    async def audit(exchange: Exchange) -> None:
        audited.append(exchange)

    async with served(app) as url:
        registry = Registry.discover(
            {"bank_withholding": settings_at(url, keys)},
            {},
            clock=clock,
            notify_base_url=url,
            allow_sandbox=True,
            audit=audit,
        )
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            yield Bank(clock, ear, url, registry, http, app.state.house, audited)
        await registry.close()
