"""The plugins of one process: which channels and providers there are, which of them work, and the one to be used.

pluggy only discovers; whoever wants something done asks here for one object by name and calls that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self, cast, overload

import httpx

from domain.borrowers.ports import BankCardVerifier, IdentityProvider
from domain.credit.ports import CreditBureau, DataSource, RiskEngine
from domain.lending.ports import ESignProvider, FundingParty
from domain.lending.rules.methods import Known
from domain.messaging.ports import SmsSender
from domain.payments.ports import Capabilities, PaymentChannel
from domain.shared.secret import SecretStr
from domain.shared.settings import Environment, Settings
from plugins.calculators import DepositCalculator
from plugins.discovery import PATIENCE, Fault, Offer, Plugins, told, within
from plugins.guarding import Breaker, BreakerState, Limits
from plugins.masking import plugin_logger
from plugins.observing import Observers
from plugins.runtime import Audit, make_runtime
from plugins.spec import CODE, CONTRACT_VERSION, ChannelRuntime, ChannelSpec, PaymentEvent, ProviderSpec
from plugins.taking import Calculator, calculator_named, take_calculators, take_methods

Kind = Literal["identity", "bankcard", "risk", "esign", "funding", "sms", "bureau", "data"]

_HOOKS: Mapping[Kind, tuple[str, type]] = {
    "identity": ("identity_providers", IdentityProvider),
    "bankcard": ("bank_card_verifiers", BankCardVerifier),
    "risk": ("risk_engines", RiskEngine),
    "esign": ("esign_providers", ESignProvider),
    "funding": ("funding_parties", FundingParty),
    "sms": ("sms_senders", SmsSender),
    "bureau": ("credit_bureaus", CreditBureau),
    "data": ("data_sources", DataSource),
}


_NOTHING = Capabilities(query=False, notify=False)


class Status(StrEnum):
    """Whether a channel or provider can be used."""

    READY = "READY"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    DISABLED = "DISABLED"
    DISABLED_BROKEN = "DISABLED_BROKEN"


class Unavailable(LookupError):
    """A channel or provider was asked for that is not ready. Says which and why."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} cannot be used: {reason}")


@dataclass(frozen=True, slots=True)
class ChannelListing:
    """One channel as it is shown to operators and clients. `capabilities` are those it has as configured.

    A code that is configured and that no working plugin offers is listed too, as DISABLED_BROKEN and without a spec.
    `breaker` tells how this process finds the channel at this moment; a READY channel stays READY when it is OPEN.
    """

    code: str
    name_zh: str
    name_en: str
    status: Status
    reason: str
    capabilities: Capabilities
    package: str
    version: str
    spec: ChannelSpec | None = field(repr=False)
    breaker: BreakerState = BreakerState.CLOSED


@dataclass(frozen=True, slots=True)
class ProviderListing:
    """The provider of one kind of outside party, as configured."""

    kind: Kind
    code: str
    status: Status
    reason: str
    package: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class _Surroundings:
    clock: Callable[[], datetime]
    notify_base_url: str
    secrets: Mapping[str, str | SecretStr]
    audit: Audit | None
    transport: httpx.AsyncBaseTransport | None
    patience: float
    limits: Limits


class Registry:
    """What was discovered when the process started. Broken plugins are listed as such and stop nothing."""

    def __init__(self, plugins: Plugins, surroundings: _Surroundings) -> None:
        self._plugins = plugins
        self._observers = Observers(plugins.manager)
        self._surroundings = surroundings
        self._channels: dict[str, PaymentChannel] = {}
        self._listings: list[ChannelListing] = []
        self._providers: dict[Kind, Any] = {}
        self._provider_listings: list[ProviderListing] = []
        self._clients: list[httpx.AsyncClient] = []
        self._breakers: dict[str, Breaker] = {}
        self._methods: tuple[Known, ...] = ()
        self._calculators: tuple[Calculator, ...] = ()

    @classmethod
    def discover(
        cls,
        settings_channels: Mapping[str, Mapping[str, Any]],
        settings_providers: Mapping[str, Mapping[str, Any]],
        *,
        clock: Callable[[], datetime],
        notify_base_url: str,
        allow_sandbox: bool,
        secrets: Mapping[str, str | SecretStr] | None = None,
        audit: Audit | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        plugins: Mapping[str, object] | None = None,
        patience: float = PATIENCE,
        limits: Limits | None = None,
    ) -> Self:
        """Find the plugins and make what the settings configure; repayment methods become known to the arithmetic.

        `settings_channels` is by channel code, `settings_providers` by kind, each naming one provider by `name`; either
        may say `"enabled": false`. `plugins` come on top of the installed ones. `limits` are each channel's own.
        """
        surroundings = _Surroundings(
            clock, notify_base_url, secrets or {}, audit, transport, patience, limits or Limits()
        )
        registry = cls(Plugins.found(extra=plugins, patience=patience), surroundings)
        registry._add_channels(settings_channels)
        for kind in _HOOKS:
            registry._add_provider(kind, settings_providers.get(kind), allow_sandbox=allow_sandbox)
        registry._methods = take_methods(registry._plugins)
        registry._calculators = take_calculators(registry._plugins)
        return registry

    @classmethod
    def from_settings(
        cls, settings: Settings, *, clock: Callable[[], datetime], audit: Audit | None = None, **rest: Any
    ) -> Self:
        """`discover` as the settings of this process say; the log says what cannot be used. Production has no sandbox."""
        registry = cls.discover(
            settings.channels,
            settings.providers,
            clock=clock,
            notify_base_url=settings.base_url,
            allow_sandbox=settings.env is not Environment.PRODUCTION,
            audit=audit,
            **rest,
        )
        registry._tell_operator()
        return registry

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The plugins, and the offers of plugins, that were set aside."""
        return tuple(self._plugins.faults)

    def channels(self) -> tuple[ChannelListing, ...]:
        """Every channel that is installed, working or not, built-ins first."""
        return tuple(self._as_it_is(listing) for listing in self._listings)

    def listing(self, code: str) -> ChannelListing:
        """The listing of a channel. Raises Unavailable for a code nobody offers."""
        for listing in self.channels():
            if listing.code == code:
                return listing
        raise Unavailable(f"channel {code}", "no plugin offers it")

    def channel(self, code: str) -> PaymentChannel:
        """The channel with this code. Raises Unavailable unless it is READY."""
        if code in self._channels:
            return self._channels[code]
        listing = self.listing(code)
        raise Unavailable(f"channel {code}", listing.reason or listing.status)

    def ready_channels(self) -> Mapping[str, PaymentChannel]:
        """Every channel that can be used now, by code."""
        return dict(self._channels)

    def capabilities(self, code: str) -> Capabilities:
        """What the channel can do as configured. Raises Unavailable for a code nobody offers."""
        return self.listing(code).capabilities

    @overload
    def provider(self, kind: Literal["identity"]) -> IdentityProvider: ...
    @overload
    def provider(self, kind: Literal["bankcard"]) -> BankCardVerifier: ...
    @overload
    def provider(self, kind: Literal["risk"]) -> RiskEngine: ...
    @overload
    def provider(self, kind: Literal["esign"]) -> ESignProvider: ...
    @overload
    def provider(self, kind: Literal["funding"]) -> FundingParty: ...
    @overload
    def provider(self, kind: Literal["sms"]) -> SmsSender: ...
    @overload
    def provider(self, kind: Literal["bureau"]) -> CreditBureau: ...
    @overload
    def provider(self, kind: Literal["data"]) -> DataSource: ...
    def provider(self, kind: Kind) -> Any:
        """The configured provider of a kind. Raises Unavailable unless there is one and it is READY."""
        if kind in self._providers:
            return self._providers[kind]
        reason = next(listing.reason for listing in self._provider_listings if listing.kind == kind)
        raise Unavailable(f"the {kind} provider", reason)

    def providers(self) -> tuple[ProviderListing, ...]:
        """One listing for each kind of outside party."""
        return tuple(self._provider_listings)

    def repayment_methods(self) -> tuple[Known, ...]:
        """The repayment methods that plugins brought and that passed their trial, built-ins first."""
        return self._methods

    def calculators(self) -> tuple[Calculator, ...]:
        """The deposit calculators that plugins brought and that passed their trial."""
        return self._calculators

    def calculator(self, code: str) -> DepositCalculator:
        """The calculator with this code. Raises CalculatorUnknown."""
        return calculator_named(self._calculators, code)

    async def announce(self, event: PaymentEvent) -> None:
        """Tell every plugin what happened to a payment, after commit. Their errors are logged and concern nobody else."""
        await self._observers.tell(event)

    async def close(self) -> None:
        """Close the connections to the outside."""
        for client in self._clients:
            await client.aclose()

    def _add_channels(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        taken: set[str] = set()
        for offer in self._plugins.offers("payment_channels"):
            if reason := _wrong_with(offer.thing, ChannelSpec, taken):
                self._plugins.faults.append(Fault(offer.plugin, reason))
                continue
            taken.add(offer.thing.code)
            self._listings.append(self._listed(offer, settings.get(offer.thing.code)))
        for code in sorted(set(settings) - taken):
            aside = "; ".join(f"{fault.plugin}: {fault.reason}" for fault in self._plugins.faults)
            reason = f"no plugin offers it{f' (set aside: {aside})' if aside else ''}"
            self._listings.append(
                ChannelListing(code, code, code, Status.DISABLED_BROKEN, reason, _NOTHING, "", "", None)
            )

    def _listed(self, offer: Offer, settings: Mapping[str, Any] | None) -> ChannelListing:
        spec: ChannelSpec = offer.thing
        status, reason, capabilities = (
            Status.NOT_CONFIGURED,
            f"there are no settings for {spec.code}",
            spec.capabilities,
        )
        if refusal := _refused_version(spec.contract_version):
            status, reason = Status.DISABLED_BROKEN, refusal
        elif settings is not None and not settings.get("enabled", True):
            status, reason = Status.DISABLED, "it is switched off"
        elif settings is not None:
            try:
                config, channel = self._made(spec, settings)
                capabilities = spec.capabilities_of(config)
                self._channels[spec.code] = channel
                status, reason = Status.READY, ""
            except BaseException as error:  # noqa: BLE001 - a plugin's own trouble, shown beside its name
                status, reason = Status.DISABLED_BROKEN, _without_secrets(told(error), settings)
        return ChannelListing(
            spec.code,
            spec.name_zh,
            spec.name_en,
            status,
            reason,
            capabilities,
            spec.package or offer.plugin,
            spec.version or offer.version,
            spec,
        )

    def _add_provider(self, kind: Kind, settings: Mapping[str, Any] | None, *, allow_sandbox: bool) -> None:
        hook, protocol = _HOOKS[kind]
        name = str((settings or {}).get("name", ""))
        offers = {getattr(offer.thing, "code", ""): offer for offer in reversed(self._plugins.offers(hook))}
        offer = offers.get(name)
        if settings is None:
            listing = ProviderListing(kind, "", Status.NOT_CONFIGURED, f"there are no settings for {kind}")
        elif not settings.get("enabled", True):
            listing = ProviderListing(kind, name, Status.DISABLED, "it is switched off")
        elif offer is None:
            known = ", ".join(sorted(offers)) or "none"
            reason = f"no plugin offers {name!r} for {kind}; there is: {known}"
            listing = ProviderListing(kind, name, Status.DISABLED_BROKEN, reason)
        elif isinstance(offer.thing, ProviderSpec) and offer.thing.sandbox and not allow_sandbox:
            listing = ProviderListing(kind, name, Status.DISABLED, "production has no sandbox: name a real provider")
        else:
            listing = self._tried(kind, offer, settings, protocol)
        self._provider_listings.append(listing)

    def _tried(self, kind: Kind, offer: Offer, settings: Mapping[str, Any], protocol: type) -> ProviderListing:
        thing, status, reason = offer.thing, Status.READY, ""
        try:
            if isinstance(thing, ProviderSpec) and (refusal := _refused_version(thing.contract_version)):
                raise ValueError(refusal)
            provider = self._made(thing, settings)[1] if isinstance(thing, ProviderSpec) else thing
            if not isinstance(provider, protocol):
                raise TypeError(f"it is not a {protocol.__name__}")
            self._providers[kind] = provider
        except BaseException as error:  # noqa: BLE001 - a plugin's own trouble, shown beside its name
            status, reason = Status.DISABLED_BROKEN, _without_secrets(told(error), settings)
        return ProviderListing(kind, str(settings["name"]), status, reason, offer.plugin, offer.version)

    def _made(self, spec: ChannelSpec | ProviderSpec, settings: Mapping[str, Any]) -> tuple[Any, Any]:
        """The configuration and the thing itself. Raises whatever the plugin raises."""
        known = {name: value for name, value in settings.items() if name not in {"enabled", "name"}}

        def make() -> tuple[Any, Any]:
            config = spec.config_model(**known)
            return config, spec.factory(config, self._runtime(spec))

        return within(self._surroundings.patience, make)

    def _tell_operator(self) -> None:
        for fault in self.faults:
            plugin_logger(fault.plugin).warning("plugin %s is set aside: %s", fault.plugin, fault.reason)
        for listing in (*self._listings, *self._provider_listings):
            if listing.status is Status.DISABLED_BROKEN:
                plugin_logger(listing.code).warning("%s cannot be used: %s", listing.code, listing.reason)

    def _as_it_is(self, listing: ChannelListing) -> ChannelListing:
        breaker = self._breakers.get(listing.code)
        return replace(listing, breaker=breaker.state) if breaker else listing

    def _runtime(self, spec: ChannelSpec | ProviderSpec) -> ChannelRuntime:
        around, code = self._surroundings, spec.code
        breaker = Breaker(code, around.limits) if isinstance(spec, ChannelSpec) else None
        if breaker:
            self._breakers[code] = breaker
        runtime = make_runtime(
            code,
            clock=around.clock,
            notify_base_url=around.notify_base_url,
            secrets=around.secrets,
            audit=around.audit,
            transport=around.transport,
            breaker=breaker,
            masked_fields=spec.masked_fields,
        )
        self._clients.append(runtime.http)
        return runtime


def _wrong_with(thing: object, wanted: type, taken: set[str]) -> str:
    if not isinstance(thing, wanted):
        return f"it offers a {type(thing).__name__} where a {wanted.__name__} belongs"
    code = cast("ChannelSpec", thing).code
    if not CODE.fullmatch(code):
        return f"the code {code!r} is not lower-case letters, digits and underscores"
    if code in taken:
        return f"the code {code!r} is already taken"
    return ""


def _refused_version(version: str) -> str:
    if version.split(".", maxsplit=1)[0] == CONTRACT_VERSION.split(".")[0]:
        return ""
    return f"it was made for contract {version}, and this is {CONTRACT_VERSION}"


def _without_secrets(text: str, settings: Mapping[str, Any]) -> str:
    """The text without any setting's value in it: validators like to quote what they refuse."""
    for value in settings.values():
        shown = value.reveal() if isinstance(value, SecretStr) else str(value)
        if len(shown) > 3:
            text = text.replace(shown, "***")
    return text[:300]
