"""The channels of one process as they run now. Settings may change meanwhile: the channel is replaced, and nobody waits."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, cast

import httpx

from domain.payments.ports import Capabilities, NoticeOutcome, PaymentChannel
from domain.payments.rules import answering
from domain.payments.rules.settings import RESERVED
from plugins.abilities import wrong_with
from plugins.configuring import Given, Origin, Wrong, names_of, secrets_of, unquoted, wrongs
from plugins.discovery import Fault, Offer, within
from plugins.guarding import Breaker, BreakerState, Limits
from plugins.masking import plugin_logger
from plugins.spec import CODE, CONTRACT_VERSION, ChannelRuntime, ChannelSpec

NOTHING = Capabilities(query=False, notify=False)
_LONGEST = 300
_TEXTS = ("code", "name_zh", "name_en", "package", "version", "contract_version")
_NEEDED = ("create_payment", "query_payment", "parse_notification", "answer_notification")

MakeRuntime = Callable[[ChannelSpec, Breaker], ChannelRuntime]


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

    A code that is configured and that no working plugin offers is listed too, as DISABLED_BROKEN and without a spec; so
    is, by its own name, a plugin that was set aside. `breaker` tells how this process finds the channel at this moment;
    a READY channel stays READY when it is OPEN. `trouble` says why newer settings were not taken; the older ones go on.
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
    given: Given | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Live:
    """What runs for a code: replaced whole, never changed."""

    status: Status
    reason: str
    capabilities: Capabilities
    given: Given | None = None
    channel: PaymentChannel | None = None
    runtime: ChannelRuntime | None = None
    breaker: Breaker | None = None
    trouble: str = ""


@dataclass(slots=True)
class _Place:
    """One code: what is offered for it, what the environment says of it, and what runs."""

    code: str
    spec: ChannelSpec | None
    package: str
    version: str
    environment: Given | None
    live: _Live

    def listed(self) -> ChannelListing:
        live, spec = self.live, self.spec
        return ChannelListing(
            self.code,
            spec.name_zh if spec else self.code,
            spec.name_en if spec else self.code,
            live.status,
            live.reason,
            live.capabilities,
            self.package,
            self.version,
            spec,
            live.breaker.state if live.breaker else BreakerState.CLOSED,
            live.given,
            live.trouble,
        )


class Channels:
    """Whoever calls takes the channel that runs at that moment, and ends his call on it, whatever replaces it."""

    def __init__(self, make_runtime: MakeRuntime, *, patience: float, limits: Limits) -> None:
        self._make_runtime = make_runtime
        self._patience, self._limits = patience, limits
        self._places: dict[str, _Place] = {}
        self._aside: list[ChannelListing] = []
        self._clients: set[httpx.AsyncClient] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()

    def add(self, offers: Sequence[Offer], settings: Mapping[str, Mapping[str, Any]], faults: list[Fault]) -> None:
        """Make what is offered and configured. What is nonsense goes to `faults`; each is listed under its plugin's name."""
        for offer in offers:
            if reason := _wrong_with(offer.thing, self._places):
                faults.append(Fault(offer.plugin, reason))
                continue
            spec: ChannelSpec = offer.thing
            given = Given(settings[spec.code]) if spec.code in settings else None
            self._places[spec.code] = _Place(
                spec.code,
                spec,
                spec.package or offer.plugin,
                spec.version or offer.version,
                given,
                self._made(spec, given),
            )
        aside = "; ".join(f"{fault.plugin}: {fault.reason}" for fault in faults)
        for code in sorted(set(settings) - set(self._places)):
            self._places[code] = _Place(code, None, "", "", Given(settings[code]), _nobodys(aside, None))
        for plugin in dict.fromkeys(fault.plugin for fault in faults):
            if plugin not in self._places:
                why = "; ".join(fault.reason for fault in faults if fault.plugin == plugin)
                self._aside.append(
                    ChannelListing(
                        plugin, plugin, plugin, Status.DISABLED_BROKEN, why[:_LONGEST], NOTHING, plugin, "", None
                    )
                )

    def listings(self) -> tuple[ChannelListing, ...]:
        """Every channel that is installed, working or not, built-ins first; then the plugins that were set aside."""
        return (*(place.listed() for place in self._places.values()), *self._aside)

    def get(self, code: str) -> PaymentChannel | None:
        """The channel that runs for this code now."""
        place = self._places.get(code)
        return place.live.channel if place else None

    def ready(self) -> dict[str, PaymentChannel]:
        return {code: place.live.channel for code, place in self._places.items() if place.live.channel is not None}

    def environments(self, code: str) -> Given | None:
        """What the environment says of a channel."""
        place = self._places.get(code)
        return place.environment if place else None

    async def configure(self, code: str, given: Given | None) -> str:
        """Go over to other settings, or to the environment's where there are none; returns why not, if not.

        Calls that are under way end on the channel they began on; its connections are closed after that. Settings that
        the plugin cannot take leave the channel running that ran before, and are told as its `trouble`.
        """
        async with self._changing:
            place = self._places.get(code)
            if place is None:
                if given is None:
                    return ""
                place = self._places[code] = _Place(code, None, "", "", None, _nobodys("", given))
            wanted, before = given or place.environment, place.live
            if place.spec is None:
                place.live = replace(before, given=wanted)
                return before.reason
            live = await asyncio.to_thread(self._made, place.spec, wanted)
            if live.status is Status.DISABLED_BROKEN and before.channel is not None:
                place.live = replace(before, trouble=live.reason)
                plugin_logger(code).warning("settings.not_taken: %s", live.reason)
                return live.reason
            place.live = live
            plugin_logger(code).warning("settings.taken: %s %s", live.status, _origin(wanted))
            self._see_off(before)
            return live.reason if live.status is Status.DISABLED_BROKEN else ""

    async def judge(self, code: str, settings: Mapping[str, Any]) -> list[Wrong]:
        """Why a plugin would not take these settings: what its model and its factory say. Nothing is kept of the trial."""
        spec = self._places[code].spec
        if spec is None:
            return [Wrong("", self._places[code].live.reason)]
        if refusal := refused_version(spec.contract_version):
            return [Wrong("", refusal)]
        given = Given(settings)
        if ours := sorted(set(settings) & RESERVED):
            return [Wrong(name, f"{name} is said beside the settings, and is none of them") for name in ours]
        known = names_of(spec.config_model)
        if known is not None and (unknown := sorted(set(given.for_the_model) - known)):
            return [Wrong(name, f"there is no such setting; there are {', '.join(sorted(known))}") for name in unknown]
        try:
            *_, runtime, _ = await asyncio.to_thread(self._tried, spec, given)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - a plugin's own trouble, told to whoever configures it
            return wrongs(error, settings, secrets_of(spec.config_model, settings))
        self._clients.discard(runtime.http)
        await runtime.http.aclose()
        return []

    async def close(self) -> None:
        """Close the connections to the outside, also of those that were replaced."""
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        for client in self._clients:
            await client.aclose()
        self._clients.clear()

    def _made(self, spec: ChannelSpec, given: Given | None) -> _Live:
        if refusal := refused_version(spec.contract_version):
            return _Live(Status.DISABLED_BROKEN, refusal, spec.capabilities, given)
        if given is None:
            return _Live(Status.NOT_CONFIGURED, f"there are no settings for {spec.code}", spec.capabilities)
        if not given.enabled:
            return _Live(Status.DISABLED, "it is switched off", spec.capabilities, given)
        try:
            channel, capabilities, runtime, breaker = self._tried(spec, given)
        except BaseException as error:  # noqa: BLE001 - a plugin's own trouble, shown beside its name
            why = _why(error, given.settings, secrets_of(spec.config_model, given.settings))
            return _Live(Status.DISABLED_BROKEN, why, spec.capabilities, given)
        return _Live(Status.READY, "", capabilities, given, channel, runtime, breaker)

    def _tried(self, spec: ChannelSpec, given: Given) -> tuple[PaymentChannel, Capabilities, ChannelRuntime, Breaker]:
        """The channel and what belongs to it. Raises whatever the plugin raises."""
        breaker = Breaker(spec.code, self._limits)
        runtime = self._make_runtime(spec, breaker)
        self._clients.add(runtime.http)

        def make() -> tuple[PaymentChannel, Capabilities]:
            config = spec.config_model(**given.for_the_model)
            return _sound(spec, spec.factory(config, runtime)), _able(spec.capabilities_of(config))

        try:
            channel, capabilities = within(self._patience, make)
        except BaseException:
            self._clients.discard(runtime.http)  # nothing was sent through it
            raise
        breaker.limits = replace(self._limits, per_second=capabilities.calls_per_second)
        return channel, capabilities, runtime, breaker

    def _see_off(self, before: _Live) -> None:
        if before.runtime is None or before.breaker is None:
            return
        task = asyncio.create_task(self._closed_when_left(before.runtime.http, before.breaker))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _closed_when_left(self, client: httpx.AsyncClient, breaker: Breaker) -> None:
        # Whoever took the channel a moment ago may not have sent anything yet: no job takes longer than this.
        await asyncio.sleep(self._limits.farewell)
        await breaker.idle.wait()
        with suppress(Exception):
            await client.aclose()
        self._clients.discard(client)


def refused_version(version: str) -> str:
    """Why a plugin made for this version of the contract cannot be used; empty if it can."""
    if version.split(".", maxsplit=1)[0] == CONTRACT_VERSION.split(".")[0]:
        return ""
    return f"it was made for contract {version}, and this is {CONTRACT_VERSION}"


def _wrong_with(thing: object, taken: Mapping[str, object]) -> str:
    """What is nonsense in an offer, found before anything of it is used; empty if nothing is."""
    if not isinstance(thing, ChannelSpec):
        return f"it offers a {type(thing).__name__} where a ChannelSpec belongs"
    spec = cast("Any", thing)
    if no_text := [name for name in _TEXTS if not isinstance(getattr(spec, name), str)]:
        return f"its {no_text[0]} is no text"
    unable = wrong_with(spec.capabilities)
    nonsense = {
        f"the code {spec.code!r} is not lower-case letters, digits and underscores": not CODE.fullmatch(spec.code),
        f"the code {spec.code!r} is already taken": spec.code in taken,
        f"the capabilities of {spec.code!r} are none: {unable}": unable,
        f"the factory of {spec.code!r} cannot be called": not callable(spec.factory),
        f"the config_model of {spec.code!r} cannot be called": not callable(spec.config_model),
        f"the masked_fields of {spec.code!r} are no names": not _are_names(spec.masked_fields),
    }
    return next((sentence for sentence, found in nonsense.items() if found), "")


def _are_names(names: object) -> bool:
    return isinstance(names, frozenset | set | tuple | list) and all(
        isinstance(name, str) for name in cast("Sequence[object]", names)
    )


def _sound(spec: ChannelSpec, channel: object) -> PaymentChannel:
    if missing := [name for name in _NEEDED if not callable(getattr(channel, name, None))]:
        raise TypeError(f"its factory made a {type(channel).__name__} without {', '.join(missing)}")
    if getattr(channel, "code", None) != spec.code:
        raise ValueError(f"its factory made a channel with another code than {spec.code!r}")
    made = cast("PaymentChannel", channel)
    for outcome in NoticeOutcome:
        # Asked here, where time is limited: who answers notices does so on the one thread that all of them share.
        if (told := _told(made, outcome)) is not None and (wrong := answering.wrong_with(told)):
            raise TypeError(f"it answers a notice that is {outcome} with {wrong}")
    return made


def _told(channel: PaymentChannel, outcome: NoticeOutcome) -> object:
    try:
        return answering.words(channel, outcome)
    except Exception:  # noqa: BLE001 - it may take no notices; when one comes, it is answered with 500
        return None


def _able(capabilities: object) -> Capabilities:
    if wrong := wrong_with(capabilities):
        raise TypeError(f"its capabilities as configured are none: {wrong}")
    return cast("Capabilities", capabilities)


def _nobodys(aside: str, given: Given | None) -> _Live:
    reason = f"no plugin offers it{f' (set aside: {aside})' if aside else ''}"
    return _Live(Status.DISABLED_BROKEN, reason, NOTHING, given)


def _why(error: BaseException, settings: Mapping[str, Any], secrets: frozenset[str]) -> str:
    """What is wrong, on one line: of a pydantic model each setting by its name."""
    told = wrongs(error, settings, secrets)
    said = "; ".join(each.why if each.setting in each.why else f"{each.setting}: {each.why}" for each in told)
    return unquoted(said, settings, ())


def _origin(given: Given | None) -> str:
    if given is None:
        return ""
    return f"(version {given.version})" if given.origin is Origin.DATABASE else "(the environment's)"
