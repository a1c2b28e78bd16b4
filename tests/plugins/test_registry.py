"""What is installed is found, what is broken is fenced off and shown, and one object answers for a code."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from domain.shared.settings import Settings
from plugins.registry import Registry, Status, Unavailable
from suidai.contract import (
    Capabilities,
    ChannelRuntime,
    ChannelSpec,
    CreatePayment,
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentChannel,
    PaymentEvent,
    PaymentRef,
    PaymentResult,
    PaymentState,
    ProviderSpec,
    RawRequest,
    hookimpl,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEYS = json.loads((Path(__file__).parents[1] / "vectors" / "channels" / "keys.json").read_text())
ALIPAY = {
    "app_id": "2021000000000001",
    "seller_id": "2088000000000001",
    "app_private_key": KEYS["alipay_app.pkcs8.pem"],
    "alipay_public_key": KEYS["alipay_platform.pub.pem"],
}
BUILT_IN = ["alipay", "bank_withholding", "wechat"]
PARTY = {"name": "sandbox", "base_url": "http://127.0.0.1:9/risk", "secret": "much-secret"}


class Cash(PaymentChannel):
    """A channel of somebody else's."""

    def __init__(self, config: Any, runtime: ChannelRuntime) -> None:
        self.code = "cash"
        self.config, self.runtime = config, runtime

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        return PaymentResult(PaymentState.PROCESSING)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        return PaymentResult(PaymentState.UNKNOWN)

    async def parse_notification(self, request: RawRequest) -> Notification:
        return Notification(NotificationKind.OTHER, "")

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        return HttpAnswer(204)


def spec(code: str = "cash", **changes: Any) -> ChannelSpec:
    return ChannelSpec(
        **{
            "code": code,
            "name_zh": "现金",
            "name_en": "Cash",
            "config_model": SimpleNamespace,
            "capabilities": Capabilities(),
            "factory": Cash,
            **changes,
        }
    )


def offering(*specs: object) -> object:
    class Plugin:
        @hookimpl
        def payment_channels(self) -> list[object]:
            return list(specs)

    return Plugin()


def discover(
    channels: dict[str, Any] | None = None,
    providers: dict[str, Any] | None = None,
    *,
    allow_sandbox: bool = True,
    patience: float = 5.0,
    **plugins: object,
) -> Registry:
    return Registry.discover(
        channels or {},
        providers or {},
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com/",
        allow_sandbox=allow_sandbox,
        patience=patience,
        plugins=plugins,
        transport=httpx.MockTransport(lambda _: httpx.Response(500)),
    )


def test_the_built_in_channel_comes_through_the_same_door() -> None:
    registry = discover({"alipay": ALIPAY})

    assert registry.faults == ()
    assert [listing.code for listing in registry.channels()] == BUILT_IN
    assert [listing.code for listing in registry.channels() if listing.status is Status.READY] == ["alipay"]
    assert registry.channel("alipay").code == "alipay"
    assert registry.ready_channels() == {"alipay": registry.channel("alipay")}
    assert registry.channels()[0].package == "suidai"


def test_a_channel_without_settings_is_listed_and_cannot_be_used() -> None:
    registry = discover()

    assert registry.channels()[0].status is Status.NOT_CONFIGURED
    with pytest.raises(Unavailable, match="no settings"):
        registry.channel("alipay")


def test_a_channel_can_be_switched_off() -> None:
    registry = discover({"alipay": {**ALIPAY, "enabled": False}})

    assert registry.channels()[0].status is Status.DISABLED
    with pytest.raises(Unavailable, match="switched off"):
        registry.channel("alipay")


def test_a_setting_that_cannot_be_used_is_shown_without_showing_it() -> None:
    registry = discover({"alipay": {**ALIPAY, "app_private_key": "not-really-a-key"}})

    listing = registry.listing("alipay")
    assert listing.status is Status.DISABLED_BROKEN
    assert "app_private_key" in listing.reason
    assert "not-really-a-key" not in listing.reason


def test_a_validator_that_quotes_what_it_refuses_does_not_give_a_secret_away() -> None:
    def quoting(**settings: Any) -> None:
        raise ValueError(f"bad value {settings['password']!r}")

    registry = discover({"cash": {"password": "hunter22"}}, other=offering(spec(config_model=quoting)))

    assert registry.listing("cash").status is Status.DISABLED_BROKEN
    assert "hunter22" not in registry.listing("cash").reason


def test_our_own_public_key_in_place_of_alipays_is_noticed() -> None:
    registry = discover({"alipay": {**ALIPAY, "alipay_public_key": KEYS["alipay_app.pub.pem"]}})

    assert "our own key" in registry.channels()[0].reason


def test_debits_are_offered_only_where_they_were_granted() -> None:
    assert not discover({"alipay": ALIPAY}).capabilities("alipay").autodebit
    assert discover({"alipay": {**ALIPAY, "withholding": True}}).capabilities("alipay").autodebit


def test_an_outsiders_channel_gets_its_configuration_and_its_own_notify_address() -> None:
    registry = discover({"cash": {"till": 3}}, other=offering(spec()))

    cash = registry.channel("cash")
    assert isinstance(cash, Cash)
    assert cash.config == SimpleNamespace(till=3)
    assert cash.runtime.notify_url("payments") == "https://loan.example.com/notify/payments/cash"
    assert cash.runtime.clock() == NOW


def test_a_code_is_given_once_and_the_built_in_keeps_its_own() -> None:
    registry = discover({"alipay": ALIPAY}, impostor=offering(spec("alipay"), spec("cash")))

    assert registry.channel("alipay").__class__.__name__ == "AlipayChannel"
    assert [listing.code for listing in registry.channels()] == [*BUILT_IN, "cash", "impostor"]
    assert "already taken" in registry.faults[0].reason
    assert registry.listing("impostor").status is Status.DISABLED_BROKEN
    assert "already taken" in registry.listing("impostor").reason


@pytest.mark.parametrize("code", ["Cash", "1cash", "c", "ca-sh", "", "c" * 33])
def test_a_code_that_is_no_code_is_refused(code: str) -> None:
    registry = discover(other=offering(spec(code)))

    assert [listing.code for listing in registry.channels()] == [*BUILT_IN, "other"]
    assert registry.faults[0].plugin == "other"


def test_another_major_of_the_contract_is_refused_with_a_sentence() -> None:
    registry = discover({"cash": {}}, other=offering(spec(contract_version="2.0")))

    assert registry.listing("cash").status is Status.DISABLED_BROKEN
    assert "2.0" in registry.listing("cash").reason


def test_a_newer_minor_is_welcome() -> None:
    registry = discover({"cash": {}}, other=offering(spec(contract_version="1.7")))

    assert registry.listing("cash").status is Status.READY


def test_nonsense_instead_of_a_channel_is_refused() -> None:
    registry = discover(other=offering("alipay please"))

    assert "str where a ChannelSpec belongs" in registry.faults[0].reason


def test_a_plugin_that_raises_harms_nobody() -> None:
    class Broken:
        @hookimpl
        def payment_channels(self) -> list[ChannelSpec]:
            raise SystemExit("I quit")

    registry = discover({"alipay": ALIPAY}, broken=Broken())

    assert registry.channel("alipay")
    assert "I quit" in registry.faults[0].reason


def test_a_plugin_that_sleeps_is_left_behind() -> None:
    class Sleeper:
        @hookimpl
        def payment_channels(self) -> list[ChannelSpec]:
            time.sleep(0.5)
            return []

    registry = discover(sleeper=Sleeper(), patience=0.1)

    assert any("longer than 0.1 s" in fault.reason for fault in registry.faults)


@pytest.mark.parametrize("hook", ["payment_chanels", "create_payment"])
def test_a_hook_that_does_not_exist_is_a_mistake_worth_telling(hook: str) -> None:
    plugin = type("Misspelt", (), {hook: hookimpl(lambda self: [])})()

    registry = discover(misspelt=plugin)

    assert hook in registry.faults[0].reason
    assert registry.channels()[0].code == "alipay"


def test_an_argument_that_the_hook_does_not_have_is_told() -> None:
    plugin = type("Curious", (), {"payment_event": hookimpl(lambda self, database: None)})()

    assert "database" in discover(curious=plugin).faults[0].reason


@pytest.mark.parametrize("kind", ["identity", "bankcard", "risk", "esign", "funding", "sms"])
def test_each_party_of_the_sandbox_can_be_had(kind: Any) -> None:
    registry = discover(providers={kind: PARTY})

    assert registry.provider(kind).code == "sandbox"


def test_production_has_no_sandbox() -> None:
    registry = discover(providers={"funding": PARTY}, allow_sandbox=False)

    with pytest.raises(Unavailable, match="production has no sandbox"):
        registry.provider("funding")


def test_a_provider_nobody_offers_names_those_there_are() -> None:
    registry = discover(providers={"risk": {**PARTY, "name": "oracle"}})

    with pytest.raises(Unavailable, match=r"'oracle' for risk; there is: sandbox"):
        registry.provider("risk")


def test_a_provider_may_be_offered_as_it_is_or_as_a_spec_but_must_be_what_it_says() -> None:
    class Plugin:
        @hookimpl
        def risk_engines(self) -> list[ProviderSpec]:
            return [ProviderSpec("fortune", "签", "Fortune", dict, lambda config, runtime: object())]

    registry = discover(providers={"risk": {"name": "fortune"}}, teller=Plugin())

    with pytest.raises(Unavailable, match="not a RiskEngine"):
        registry.provider("risk")


def test_the_log_says_why_a_channel_that_was_configured_cannot_be_used(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(channels={"alipay": {"app_id": "2021000000000001"}})

    Registry.from_settings(settings, clock=lambda: NOW)

    assert "alipay cannot be used: " in caplog.text
    assert "seller_id" in caplog.text


async def test_an_observer_that_raises_keeps_nobody_else_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[PaymentEvent] = []

    class Deaf:
        @hookimpl
        def payment_event(self, event: PaymentEvent) -> None:
            raise RuntimeError("what?")

    class Listening:
        @hookimpl
        def payment_event(self, event: PaymentEvent) -> None:
            heard.append(event)

    registry = discover(a_deaf=Deaf(), b_listening=Listening())
    event = PaymentEvent("payments.settled", "alipay", "A1", NOW)
    await registry.announce(event)

    assert heard == [event]
    assert "payment_event.failed" in caplog.text


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """A package with this text as its plugin, found beside the others."""
    (folder / "suidai_bad.py").write_text(module)
    info = folder / "suidai_bad-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: suidai-bad\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text("[suidai.plugins]\nbad = suidai_bad\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "suidai_bad", raising=False)


def test_an_installed_package_that_sleeps_at_import_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, "import time\ntime.sleep(1.5)\n")
    began = time.monotonic()

    registry = discover({"alipay": ALIPAY}, patience=0.4)

    assert time.monotonic() - began < 1.4
    assert registry.channel("alipay")
    assert registry.listing("bad").status is Status.DISABLED_BROKEN
    assert registry.listing("bad").reason == "TimeoutError: it took longer than 0.4 s"


def test_an_installed_package_that_raises_at_import_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, "raise RuntimeError('no such bank')")

    registry = discover({"alipay": ALIPAY, "badpay": {}})

    assert [(fault.plugin, fault.reason) for fault in registry.faults] == [("bad", "RuntimeError: no such bank")]
    assert registry.channel("alipay")
    assert registry.listing("badpay").status is Status.DISABLED_BROKEN
    with pytest.raises(Unavailable, match="no such bank"):
        registry.channel("badpay")
