"""Announces the sandbox's parties; what speaks to them is loaded when it is made. Production refuses them."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from plugins.hookspecs import hookimpl
from plugins.spec import ChannelRuntime, ProviderSpec


def _party(module: str, name: str, zh: str, en: str) -> list[ProviderSpec]:
    """The spec of one party, whose class is imported by its factory only."""

    def config(**settings: Any) -> Any:
        return import_module("plugins.providers.sandbox_party").PartyConfig(**settings)

    def make(settings: Any, runtime: ChannelRuntime) -> Any:
        found: Callable[[Any, ChannelRuntime], Any] = getattr(import_module(f"plugins.providers.{module}"), name)
        return found(settings, runtime)

    return [
        ProviderSpec(
            code="sandbox",
            name_zh=zh,
            name_en=en,
            config_model=config,
            factory=make,
            package="suidai",
            sandbox=True,
        )
    ]


@hookimpl
def identity_providers() -> list[ProviderSpec]:
    return _party("sandbox_identity", "SandboxIdentity", "沙箱实名认证", "Sandbox identity register")


@hookimpl
def bank_card_verifiers() -> list[ProviderSpec]:
    return _party("sandbox_bankcard", "SandboxBankCard", "沙箱银行卡验证", "Sandbox card bank")


@hookimpl
def risk_engines() -> list[ProviderSpec]:
    return _party("sandbox_risk", "SandboxRisk", "沙箱风控", "Sandbox risk engine")


@hookimpl
def esign_providers() -> list[ProviderSpec]:
    return _party("sandbox_esign", "SandboxESign", "沙箱电子签", "Sandbox e-signature")


@hookimpl
def funding_parties() -> list[ProviderSpec]:
    return _party("sandbox_funding", "SandboxFunding", "沙箱资金方", "Sandbox funding party")


@hookimpl
def sms_senders() -> list[ProviderSpec]:
    return _party("sandbox_sms", "SandboxSms", "沙箱短信", "Sandbox text messages")


@hookimpl
def credit_bureaus() -> list[ProviderSpec]:
    return _party("sandbox_reports", "SandboxBureau", "沙箱征信机构", "Sandbox credit bureau")


@hookimpl
def data_sources() -> list[ProviderSpec]:
    return _party("sandbox_reports", "SandboxData", "沙箱数据源", "Sandbox data source")
