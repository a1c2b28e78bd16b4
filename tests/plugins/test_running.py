"""Settings change while calls are under way: nobody waits, nothing breaks off, and what is bad changes nothing."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from plugins.configuring import Given, Origin
from plugins.guarding import Limits, TooManyCalls
from plugins.registry import Registry, Status, Unavailable
from suidai.contract import Capabilities, ChannelRuntime, ChannelSpec, PaymentRef, PaymentResult, PaymentState, hookimpl
from tests.plugins.test_registry import NOW, Cash, offering, spec

REF = PaymentRef(order_no="PO1", submitted_at=NOW)


class Till(Cash):
    """Asks by HTTP, and says under which settings it did."""

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        answer = await self.runtime.http.get("https://till.example/", headers={"key": str(self.config.key)})
        await asyncio.sleep(0)
        again = await self.runtime.http.get("https://till.example/", headers={"key": str(self.config.key)})
        assert answer.text == again.text == str(self.config.key)
        return PaymentResult(PaymentState.PROCESSING, provider_no=answer.text)


def opened(config: Any, runtime: ChannelRuntime) -> Till:
    if config.key == "bad":
        raise ValueError("the key cannot be read")
    if config.key == "slow":
        time.sleep(0.3)
    return Till(config, runtime)


async def echo(request: httpx.Request) -> httpx.Response:
    await asyncio.sleep(random.random() / 500)
    return httpx.Response(200, text=request.headers["key"])


def given(key: str, version: int = 1, **more: Any) -> Given:
    return Given({"key": key, **more}, Origin.DATABASE, version)


@pytest.fixture
async def registry(request: pytest.FixtureRequest) -> AsyncIterator[Registry]:
    found = Registry.discover(
        {"cash": {"key": "first"}},
        {},
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com",
        allow_sandbox=True,
        plugins={"till": offering(spec(factory=opened))},
        transport=httpx.MockTransport(echo),
        patience=0.2,
        limits=Limits(farewell=getattr(request, "param", 0.02), at_once=1000),
    )
    yield found
    await found.close()


async def asked(registry: Registry) -> str | None:
    return (await registry.channel("cash").query_payment(REF)).provider_no


async def test_a_new_call_goes_by_the_new_settings_and_one_under_way_ends_by_the_old(registry: Registry) -> None:
    under_way = asyncio.create_task(asked(registry))
    await asyncio.sleep(0)

    assert await registry.configure("cash", given("second")) == ""

    assert await asked(registry) == "second"
    assert await under_way == "first"
    assert registry.listing("cash").given == given("second")


async def test_a_channel_is_called_no_more_often_in_a_second_than_its_plugin_says() -> None:
    can = Capabilities(calls_per_second=0.001)
    registry = Registry.discover(
        {"cash": {"key": "first"}},
        {},
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com",
        allow_sandbox=True,
        plugins={"till": offering(spec(factory=opened, capabilities=can))},
        transport=httpx.MockTransport(echo),
    )

    with pytest.raises(TooManyCalls, match=r"cash takes 0[.]001 calls in a second"):
        await asked(registry)
    await registry.close()


# Longer than a busy machine rests between two halves of a call.
@pytest.mark.parametrize("registry", [60.0], indirect=True, ids=["long-farewell"])
async def test_calls_while_settings_change_are_all_answered_by_one_version_or_another(registry: Registry) -> None:
    over = asyncio.Event()
    told: list[str | None] = []

    async def calling() -> None:
        while not over.is_set():
            told.append(await asked(registry))

    callers = [asyncio.create_task(calling()) for _ in range(10)]
    for version in range(1, 16):
        await registry.configure("cash", given(f"key {version}", version))
        await asyncio.sleep(0.01)
    over.set()
    await asyncio.gather(*callers)

    assert len(told) > 100
    assert set(told) <= {"first", *(f"key {version}" for version in range(1, 16))}
    assert await asked(registry) == "key 15"


async def test_the_old_connections_are_closed_after_the_last_call_on_them(registry: Registry) -> None:
    old: Any = registry.channel("cash")
    under_way = asyncio.create_task(asked(registry))
    await registry.configure("cash", given("second"))
    assert not old.runtime.http.is_closed

    await under_way
    async with asyncio.timeout(2):
        while not old.runtime.http.is_closed:
            await asyncio.sleep(0.01)

    assert await asked(registry) == "second"


@pytest.mark.parametrize(("key", "why"), [("bad", "the key cannot be read"), ("slow", "longer than 0.2 s")])
async def test_settings_the_plugin_cannot_take_leave_the_old_ones_running(
    registry: Registry, key: str, why: str
) -> None:
    assert why in await registry.configure("cash", given(key))

    listing = registry.listing("cash")
    assert (listing.status, listing.given) == (Status.READY, Given({"key": "first"}))
    assert why in listing.trouble
    assert await asked(registry) == "first"
    await registry.configure("cash", given("third", 2))
    assert registry.listing("cash").trouble == ""


async def test_a_channel_is_switched_off_and_on_and_goes_back_to_the_environment(registry: Registry) -> None:
    await registry.configure("cash", given("second", enabled=False))
    assert registry.listing("cash").status is Status.DISABLED
    with pytest.raises(Unavailable):
        registry.channel("cash")

    await registry.configure("cash", given("second", 2))
    assert await asked(registry) == "second"
    await registry.configure("cash", None)
    assert await asked(registry) == "first"
    assert registry.listing("cash").given == Given({"key": "first"})


async def test_settings_for_a_channel_that_nobody_offers_are_shown_as_broken(registry: Registry) -> None:
    assert "no plugin offers it" in await registry.configure("gone", given("x"))

    assert registry.listing("gone").status is Status.DISABLED_BROKEN
    assert await registry.configure("gone", None) == "no plugin offers it"


async def test_settings_are_judged_without_being_taken(registry: Registry) -> None:
    assert await registry.judge("cash", {"key": "fine"}) == []
    (wrong,) = await registry.judge("cash", {"key": "bad"})
    assert (wrong.setting, "cannot be read" in wrong.why) == ("key", True)
    assert await asked(registry) == "first"


async def test_a_setting_there_is_not_is_told_by_its_name() -> None:
    @dataclass(frozen=True)
    class Config:
        till: int

    registry = Registry.discover(
        {},
        {},
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com",
        allow_sandbox=True,
        plugins={"till": offering(spec(config_model=Config))},
    )

    (wrong,) = await registry.judge("cash", {"till": 1, "tlil": "secret"})
    assert (wrong.setting, wrong.why) == ("tlil", "there is no such setting; there are till")
    assert await registry.judge("cash", {"till": 1}) == []
    await registry.close()


class Nothing:
    """Is no channel."""


class Mute(Cash):
    """Has no answer to notices."""

    answer_notification: Any = None


class Numb(Cash):
    """Answers a notice with what is no answer."""

    def answer_notification(self, outcome: Any) -> Any:
        return "SUCCESS"


class Stuck(Cash):
    """Never comes back from the answer to a notice, on the thread that all of them share."""

    def answer_notification(self, outcome: Any) -> Any:
        time.sleep(1)


class OtherCode(Cash):
    def __init__(self, config: Any, runtime: ChannelRuntime) -> None:
        super().__init__(config, runtime)
        self.code = "alipay"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"factory": lambda _config, _runtime: None}, "NoneType without create_payment"),
        ({"factory": lambda _config, _runtime: Nothing()}, "Nothing without create_payment"),
        ({"factory": Mute}, "without answer_notification"),
        ({"factory": Numb}, "answers a notice that is ACCEPTED with a str"),
        ({"factory": Stuck}, "longer than 0.2 s"),
        ({"factory": OtherCode}, "another code than 'cash'"),
        ({"configured": lambda _config: "everything"}, "are a str"),
        ({"configured": lambda _config: 1 / 0}, "ZeroDivisionError"),
        ({"factory": lambda _config, _runtime: time.sleep(1)}, "longer than 0.2 s"),
        ({"contract_version": "2.0"}, "made for contract 2.0"),
        ({"contract_version": "latest"}, "made for contract latest"),
    ],
)
def test_a_channel_that_is_none_is_broken_and_says_why(changes: dict[str, Any], why: str) -> None:
    registry = Registry.discover(
        {"cash": {}},
        {},
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com",
        allow_sandbox=True,
        plugins={"till": offering(spec(**changes))},
        patience=0.2,
    )

    assert registry.listing("cash").status is Status.DISABLED_BROKEN
    assert why in registry.listing("cash").reason


@pytest.mark.parametrize(
    "changes",
    [
        {"code": None},
        {"code": 7},
        {"contract_version": None},
        {"name_zh": None},
        {"capabilities": None},
        {"capabilities": {"query": True}},
        {"capabilities": Capabilities(autodebit="yes")},  # type: ignore[arg-type] - as an outsider might
        {"capabilities": Capabilities(min_fen=True)},
        {"capabilities": Capabilities(query_final_after=600)},  # type: ignore[arg-type] - as an outsider might
        {"capabilities": Capabilities(calls_per_second=0)},
        {"factory": None},
        {"config_model": "a model"},
        {"masked_fields": None},
        {"masked_fields": frozenset({1})},
    ],
)
def test_a_spec_of_nonsense_is_set_aside_and_shown(changes: dict[str, Any]) -> None:
    registry = Registry.discover(
        {},
        {},
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com",
        allow_sandbox=True,
        plugins={"nonsense": offering(spec(**changes)), "till": offering(spec("fine"))},
    )

    (fault,) = registry.faults
    assert fault.plugin == "nonsense"
    assert registry.listing("nonsense").status is Status.DISABLED_BROKEN
    assert registry.listing("nonsense").reason == fault.reason
    assert registry.listing("fine").status is Status.NOT_CONFIGURED


def test_offers_without_an_end_are_cut_off() -> None:
    class Endless:
        @hookimpl
        def payment_channels(self) -> Any:
            while True:
                yield SimpleNamespace()

    registry = Registry.discover(
        {},
        {},
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com",
        allow_sandbox=True,
        plugins={"endless": Endless()},
    )

    assert registry.listing("endless").status is Status.DISABLED_BROKEN
    assert len(registry.faults) == 200


def test_a_plugin_that_sleeps_at_every_hook_is_waited_for_once() -> None:
    def sleep(_self: object) -> list[object]:
        time.sleep(3)
        return []

    hooks = ("payment_channels", "risk_engines", "sms_senders", "data_sources", "funding_parties")
    sleeper = type("Sleeper", (), {hook: hookimpl(sleep) for hook in hooks})()
    began = time.monotonic()

    registry = Registry.discover(
        {},
        {},
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com",
        allow_sandbox=True,
        plugins={"sleeper": sleeper},
        patience=0.2,
    )

    assert time.monotonic() - began < 0.8
    assert "longer than 0.2 s" in registry.listing("sleeper").reason


def test_a_spec_is_told_from_what_only_looks_like_one() -> None:
    looks = SimpleNamespace(**dict.fromkeys(("code", "name_zh", "name_en"), "cash"), capabilities=Capabilities())
    assert not isinstance(looks, ChannelSpec)

    registry = Registry.discover(
        {},
        {},
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com",
        allow_sandbox=True,
        plugins={"looks": offering(looks)},
    )

    assert "SimpleNamespace where a ChannelSpec belongs" in registry.listing("looks").reason
