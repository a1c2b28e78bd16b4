"""Tells plugins what happened to payments: each on a thread of its own and for so long, so that none holds up another."""

import asyncio
import inspect
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pluggy

from plugins.masking import plugin_logger
from plugins.spec import PaymentEvent

PATIENCE = 2.0
"""Seconds that what happened waits for an observer. Whoever takes longer is told nothing more until he is back."""


class Observers:
    """The plugins that implement `payment_event`, and which of them have not come back yet."""

    def __init__(self, manager: pluggy.PluginManager, patience: float = PATIENCE) -> None:
        self._manager = manager
        self._patience = patience
        self._locks: dict[str, asyncio.Lock] = {}
        self._away: dict[str, threading.Thread] = {}

    async def tell(self, event: PaymentEvent) -> None:
        """Tell every observer at the same time. Never raises: their errors are logged and concern nobody else."""
        await asyncio.gather(*(self._tell(name, plugin, event) for name, plugin in self._observers()))

    def _observers(self) -> Iterator[tuple[str, object]]:
        for implementation in self._manager.hook.payment_event.get_hookimpls():
            yield implementation.plugin_name, implementation.plugin

    async def _tell(self, name: str, plugin: object, event: PaymentEvent) -> None:
        async with self._locks.setdefault(name, asyncio.Lock()):
            earlier = self._away.get(name)
            if earlier is not None and earlier.is_alive():
                plugin_logger(name).warning("payment_event.missed: an earlier one still keeps it: %s", event.name)
                return
            error = await self._told(name, plugin, event)
        if error is not None:
            plugin_logger(name).error("payment_event.failed: %s", event.name, exc_info=error)

    async def _told(self, name: str, plugin: object, event: PaymentEvent) -> BaseException | None:
        loop = asyncio.get_running_loop()
        back: asyncio.Future[BaseException | None] = loop.create_future()

        def report(error: BaseException | None) -> None:
            if not back.done():
                back.set_result(error)

        def run() -> None:
            error: BaseException | None = None
            try:
                self._call(plugin, event)
            except BaseException as raised:  # noqa: BLE001 - an observer is not part of the payment
                error = raised
            with suppress(RuntimeError):  # the process is ending, and its loop is closed
                loop.call_soon_threadsafe(report, error)

        # A daemon: one that never comes back must not keep the process from ending.
        thread = threading.Thread(target=run, name=f"suidai-observer-{name}", daemon=True)
        thread.start()
        await asyncio.wait({back}, timeout=self._patience)
        if back.done():
            return back.result()
        self._away[name] = thread
        return TimeoutError(f"it took longer than {self._patience:g} s")

    def _call(self, plugin: object, event: PaymentEvent) -> None:
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        answers: list[Any] = self._manager.subset_hook_caller("payment_event", remove_plugins=others)(event=event)
        for answer in answers:
            if inspect.iscoroutine(answer):
                answer.close()
                raise TypeError("payment_event is not async: it is called on a thread of its own")
