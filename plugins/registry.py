"""The plugins of one process: which channels and providers there are, which of them work, and the one to be used.

pluggy only discovers; whoever wants something done asks here for one object by name and calls that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self, overload

import httpx

from domain.borrowers.ports import BankCardVerifier, IdentityProvider
from domain.credit.ports import CreditBureau, DataSource, RiskEngine
from domain.lending.ports import ESignProvider, FundingParty
from domain.lending.rules.methods import Known
from domain.messaging.ports import SmsSender
from domain.payments.ports import Capabilities, PaymentChannel
from domain.payments.rules.routing import Candidate
from domain.payments.rules.settings import Stored
from domain.shared.crypto import Keyring
from domain.shared.secret import SecretStr
from domain.shared.settings import Environment, Settings
from plugins.calculators import DepositCalculator
from plugins.configuring import Given, Wrong, given_by, told_by, unquoted
from plugins.discovery import PATIENCE, Fault, Offer, Plugins, within
from plugins.guarding import Breaker, BreakerState, Limits
from plugins.masking import plugin_logger
from plugins.observing import Observers
from plugins.running import ChannelListing, Channels, Status, Unavailable, refused_version
from plugins.runtime import Audit, make_runtime
from plugins.spec import ChannelRuntime, ChannelSpec, PaymentEvent, ProviderSpec
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
    keyring: Keyring | None


class Registry:
    """What was discovered when the process started. Broken plugins are listed as such and stop nothing."""

    def __init__(self, plugins: Plugins, surroundings: _Surroundings) -> None:
        self._plugins = plugins
        self._observers = Observers(plugins.manager)
        self._surroundings = surroundings
        self._channels = Channels(self._runtime, patience=surroundings.patience, limits=surroundings.limits)
        self._providers: dict[Kind, Any] = {}
        self._provider_listings: list[ProviderListing] = []
        self._clients: list[httpx.AsyncClient] = []
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
        keyring: Keyring | None = None,
    ) -> Self:
        """Find the plugins and make what the settings configure; repayment methods become known to the arithmetic.

        `settings_channels` is by channel code, `settings_providers` by kind, each naming one provider by `name`; either
        may say `"enabled": false`. `plugins` come on top of the installed ones. `limits` are each channel's own;
        with `keyring` they seal what they remember.
        """
        surroundings = _Surroundings(
            clock, notify_base_url, secrets or {}, audit, transport, patience, limits or Limits(), keyring
        )
        registry = cls(Plugins.found(extra=plugins, patience=patience), surroundings)
        faults = registry._plugins.faults
        registry._channels.add(registry._plugins.offers("payment_channels"), settings_channels, faults)
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
            keyring=Keyring.from_base64(settings.master_key.get_secret_value()) if settings.master_key else None,
            **rest,
        )
        registry._tell_operator()
        return registry

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The plugins, and the offers of plugins, that were set aside."""
        return tuple(self._plugins.faults)

    def channels(self) -> tuple[ChannelListing, ...]:
        """Every channel that is installed, working or not, built-ins first; then the plugins that were set aside."""
        return self._channels.listings()

    def listing(self, code: str) -> ChannelListing:
        """The listing of a channel. Raises Unavailable for a code nobody offers."""
        for listing in self.channels():
            if listing.code == code:
                return listing
        raise Unavailable(f"channel {code}", "no plugin offers it")

    def channel(self, code: str) -> PaymentChannel:
        """The channel with this code, as it runs now. Raises Unavailable unless it is READY.

        Take it for one call at a time: other settings bring another object.
        """
        if channel := self._channels.get(code):
            return channel
        listing = self.listing(code)
        raise Unavailable(f"channel {code}", listing.reason or listing.status)

    def ready_channels(self) -> Mapping[str, PaymentChannel]:
        """Every channel that can be used now, by code."""
        return self._channels.ready()

    def resting(self) -> frozenset[str]:
        """The channels that nothing is sent to now, as this process finds them: their breaker is open."""
        return frozenset(each.code for each in self.channels() if each.breaker is BreakerState.OPEN)

    def candidates(self) -> Sequence[Candidate]:
        """Every channel as it may be chosen now, in the order in which they are listed."""
        return [
            Candidate(each.code, each.capabilities, each.status is Status.READY, each.breaker is BreakerState.OPEN)
            for each in self.channels()
        ]

    def capabilities(self, code: str) -> Capabilities:
        """What the channel can do as configured. Raises Unavailable for a code nobody offers."""
        return self.listing(code).capabilities

    def environments(self, code: str) -> Given | None:
        """What the environment says of a channel, whatever is in force."""
        return self._channels.environments(code)

    async def judge(self, code: str, settings: Mapping[str, Any]) -> Sequence[Wrong]:
        """Why the plugin of a channel would not take these settings. Raises Unavailable for a code nobody offers."""
        self.listing(code)
        return await self._channels.judge(code, settings)

    async def configure(self, code: str, given: Given | None) -> str:
        """Let a channel go over to other settings, None: the environment's; returns why not, if not.

        Calls under way end on the channel they began on. Settings it cannot take leave it as it was.
        """
        return await self._channels.configure(code, given)

    async def take(self, stored: Stored) -> None:
        """Go over to a version of a channel's settings, as the database has it."""
        await self.configure(stored.channel, given_by(stored, self.environments(stored.channel)))

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
        await self._channels.close()
        for client in self._clients:
            await client.aclose()

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
            if isinstance(thing, ProviderSpec) and (refusal := refused_version(thing.contract_version)):
                raise ValueError(refusal)
            provider = self._made(thing, settings) if isinstance(thing, ProviderSpec) else thing
            if not isinstance(provider, protocol):
                raise TypeError(f"it is not a {protocol.__name__}")
            self._providers[kind] = provider
        except BaseException as error:  # noqa: BLE001 - a plugin's own trouble, shown beside its name
            status, reason = Status.DISABLED_BROKEN, unquoted(told_by(error), settings)
        return ProviderListing(kind, str(settings["name"]), status, reason, offer.plugin, offer.version)

    def _made(self, spec: ProviderSpec, settings: Mapping[str, Any]) -> object:
        """The provider. Raises whatever the plugin raises."""
        runtime = self._runtime(spec)
        self._clients.append(runtime.http)
        given = Given(settings)
        return within(
            self._surroundings.patience, lambda: spec.factory(spec.config_model(**given.for_the_model), runtime)
        )

    def _tell_operator(self) -> None:
        for fault in self.faults:
            plugin_logger(fault.plugin).warning("plugin %s is set aside: %s", fault.plugin, fault.reason)
        for listing in (*self.channels(), *self._provider_listings):
            if listing.status is Status.DISABLED_BROKEN:
                plugin_logger(listing.code).warning("%s cannot be used: %s", listing.code, listing.reason)

    def _runtime(self, spec: ChannelSpec | ProviderSpec, breaker: Breaker | None = None) -> ChannelRuntime:
        around = self._surroundings
        return make_runtime(
            spec.code,
            clock=around.clock,
            notify_base_url=around.notify_base_url,
            secrets=around.secrets,
            audit=around.audit,
            transport=around.transport,
            breaker=breaker,
            masked_fields=frozenset(spec.masked_fields),
            keyring=around.keyring,
        )
