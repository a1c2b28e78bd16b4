"""Finds plugins by their entry points and fences them: one that raises, sleeps or answers nonsense is set aside and shown."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from itertools import chain, islice
from typing import Any, TypeVar

import pluggy

from plugins import hookspecs

ResultT = TypeVar("ResultT")

BUILT_IN = "suidai"
MOST_OFFERS = 200
"""Of one plugin through one hook: what yields for ever is cut off."""
PATIENCE = 5.0
"""Seconds a plugin may take to be imported, or to answer a hook that is to answer at once."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A plugin, or one thing it offers, that was set aside; and why, in a sentence without secrets."""

    plugin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing a plugin offered through a hook. `package` is the distribution it came with, if it came with one."""

    plugin: str
    version: str
    thing: Any
    package: str = ""

    @property
    def provider(self) -> str:
        """Who provides it, as it is shown."""
        return self.package or self.plugin


@dataclass(slots=True)
class Plugins:
    """The plugins that could be loaded, and those that could not."""

    manager: pluggy.PluginManager
    versions: dict[str, str] = field(default_factory=dict[str, str])
    packages: dict[str, str] = field(default_factory=dict[str, str])
    faults: list[Fault] = field(default_factory=list[Fault])
    patience: float = PATIENCE

    @classmethod
    def found(cls, *, extra: Mapping[str, object] | None = None, patience: float = PATIENCE) -> "Plugins":
        """Load every plugin that is installed, then `extra` (tests, or an application of one's own). Built-ins come first."""
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        plugins = cls(manager, patience=patience)
        for entry in sorted(entry_points(group=hookspecs.ENTRY_POINTS), key=_built_in_first):
            plugins._add(entry.name, _distribution(entry), entry.load)
        for name, plugin in (extra or {}).items():
            plugins._add(name, ("", ""), lambda plugin=plugin: plugin)
        return plugins

    def _add(self, name: str, distribution: tuple[str, str], load: Callable[[], object]) -> None:
        try:
            plugin = within(self.patience, load)
            self.manager.register(plugin, name=name)
            try:
                self.manager.check_pending()
            except pluggy.PluginValidationError:
                self.manager.unregister(name=name)
                raise
        except BaseException as error:  # noqa: BLE001 - whatever an outsider raises at import, the others still work
            self.faults.append(Fault(name, told(error)))
        else:
            self.packages[name], self.versions[name] = distribution

    def offers(self, hook: str) -> list[Offer]:
        """What each plugin gives for a hook, asked one by one so that one cannot spoil the others."""
        found: list[Offer] = []
        for name, plugin in self.manager.list_name_plugin():
            if plugin is None:
                continue
            try:
                things = within(self.patience, lambda plugin=plugin: self._ask(hook, plugin))
            except BaseException as error:  # noqa: BLE001 - as above
                self.faults.append(Fault(name, f"{hook}: {told(error)}"))
                if isinstance(error, TimeoutError):
                    # Who sleeps once sleeps at the next hook too: a start waits for him no more than once.
                    self.manager.unregister(name=name)
                continue
            version, package = self.versions.get(name, ""), self.packages.get(name, "")
            found += [Offer(name, version, thing, package) for thing in things]
        return found

    def _ask(self, hook: str, plugin: object) -> list[Any]:
        others = [other for other in self.manager.get_plugins() if other is not plugin]
        answers: list[Iterable[Any]] = self.manager.subset_hook_caller(hook, remove_plugins=others)()
        return list(islice(chain.from_iterable(answers), MOST_OFFERS))


def within(seconds: float, work: Callable[[], ResultT]) -> ResultT:
    """The result of `work`, or TimeoutError if it takes longer.

    It is left behind, not stopped, as threads cannot be: what it does meanwhile costs a thread until the process ends,
    and it is a daemon so that the process can end.
    """
    results: list[ResultT] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again where the caller waits
            errors.append(error)

    thread = threading.Thread(target=run, name="suidai-plugin", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"it took longer than {seconds:g} s")
    return results[0]


def told(error: BaseException) -> str:
    """An exception as one line for a person."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _distribution(entry: EntryPoint) -> tuple[str, str]:
    return (entry.dist.name, entry.dist.version) if entry.dist else ("", "")


def _built_in_first(entry: EntryPoint) -> tuple[bool, str, str]:
    distribution, _ = _distribution(entry)
    return distribution != BUILT_IN, distribution, entry.name
