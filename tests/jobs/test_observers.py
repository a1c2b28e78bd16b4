"""A plugin hears of a payment after it was committed, by the ordinary way of announcements."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select

from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow, OutboxState
from jobs.consumers import DELIVERIES
from jobs.house import House
from plugins.registry import Registry
from suidai.contract import Happening, PaymentEvent, hookimpl
from tests.domain.payments.builders import NOW, an_order, paid


@dataclass
class Office:
    sessions: Sessions
    registry: Registry
    clock: Clock


class Ears:
    def __init__(self) -> None:
        self.heard: list[PaymentEvent] = []

    @hookimpl
    def payment_event(self, event: PaymentEvent) -> None:
        self.heard.append(event)


class Broken:
    @hookimpl
    def payment_event(self, event: PaymentEvent) -> None:
        raise RuntimeError("no")


async def test_every_plugin_hears_of_a_payment_and_one_that_raises_leaves_nothing_undone(sessions: Sessions) -> None:
    ears = Ears()
    plugins: dict[str, Any] = {"a_broken": Broken(), "b_ears": ears}
    registry = Registry.discover(
        {}, {}, clock=lambda: NOW, notify_base_url="https://pay.example", allow_sandbox=True, plugins=plugins
    )
    async with sessions.begin() as session:
        order = await an_order(session)
        attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
        await attempts.apply_result(session, attempt_id=attempt.id, result=paid(), source=Source.QUERY, at=NOW)
        rows = (await session.scalars(select(OutboxRow).where(OutboxRow.topic == "payments.happened"))).all()
    (row,) = rows
    assert ears.heard == []

    office = cast("House", Office(sessions, registry, Clock(movable=False)))
    await DELIVERIES.deliver(office, row.id)
    await DELIVERIES.deliver(office, row.id)

    (heard,) = ears.heard
    assert (heard.name, heard.order_no, heard.at) == (Happening.ORDER_PAID, attempt.order_no, NOW)
    assert heard.facts["amount_fen"] == 1000_00
    assert heard.event_id == row.payload["event_id"]
    async with sessions() as session:
        assert (await session.get_one(OutboxRow, row.id)).state is OutboxState.DONE
