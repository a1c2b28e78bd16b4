"""Observers hear what happened to payments, and none of them keeps the others, or the payment, waiting."""

import asyncio
import threading
from datetime import UTC, datetime
from typing import Any

import pluggy
import pytest

from plugins import hookspecs
from plugins.observing import Observers
from suidai.contract import Happening, PaymentEvent, hookimpl

AT = datetime(2026, 3, 2, tzinfo=UTC)
PATIENCE = 0.15


def event(name: str = Happening.ORDER_PAID) -> PaymentEvent:
    return PaymentEvent(name, "alipay", "A1", AT, {"amount_fen": 1})


class Listening:
    def __init__(self) -> None:
        self.heard: list[PaymentEvent] = []

    @hookimpl
    def payment_event(self, event: PaymentEvent) -> None:
        self.heard.append(event)


class Hanging:
    """Comes back only when it is let go."""

    def __init__(self) -> None:
        self.calls = 0
        self.let_go = threading.Event()

    @hookimpl
    def payment_event(self, event: PaymentEvent) -> None:
        self.calls += 1
        self.let_go.wait(10)


class Raising:
    @hookimpl
    def payment_event(self, event: PaymentEvent) -> None:
        raise SystemExit(event.name)


class Waiting:
    @hookimpl
    async def payment_event(self, event: PaymentEvent) -> None:
        await asyncio.sleep(0)


def observers(**plugins: Any) -> Observers:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for name, plugin in plugins.items():
        manager.register(plugin, name=name)
    return Observers(manager, patience=PATIENCE)


async def test_one_that_raises_is_logged_and_keeps_nobody_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    before, after = Listening(), Listening()
    told = event()

    await observers(a=before, b=Raising(), c=after).tell(told)

    assert before.heard == after.heard == [told]
    assert "payment_event.failed" in caplog.text


async def test_one_that_hangs_holds_up_one_event_for_so_long_and_then_none_until_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hanging, listening = Hanging(), Listening()
    told = observers(hanging=hanging, listening=listening)

    await asyncio.gather(*(told.tell(event()) for _ in range(20)))
    await told.tell(event())

    assert len(listening.heard) == 21
    assert hanging.calls == 1
    assert "it took longer than" in caplog.text
    assert caplog.text.count("payment_event.missed") == 20

    hanging.let_go.set()
    while threading.active_count() > 1 and any(t.name == "suidai-observer-hanging" for t in threading.enumerate()):
        await asyncio.sleep(0.01)
    await told.tell(event())
    assert hanging.calls == 2


async def test_one_that_keeps_up_misses_nothing_however_much_happens_at_once() -> None:
    listening = Listening()
    told = observers(listening=listening)

    await asyncio.gather(*(told.tell(event(str(number))) for number in range(50)))

    assert sorted(int(heard.name) for heard in listening.heard) == list(range(50))


async def test_an_async_observer_is_told_that_it_cannot_be(caplog: pytest.LogCaptureFixture) -> None:
    await observers(waiting=Waiting()).tell(event())
    assert "payment_event is not async" in caplog.text


def test_what_one_observer_is_given_another_cannot_have_changed() -> None:
    facts = {"amount_fen": 1}
    told = PaymentEvent("order.paid", "alipay", "A1", AT, facts)
    facts["amount_fen"] = 2

    assert told.facts["amount_fen"] == 1
    with pytest.raises(TypeError):
        told.facts["amount_fen"] = 3  # type: ignore[index]  # that it cannot is what is tried
