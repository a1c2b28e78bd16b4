"""What is announced about bills reaches the channel it is about, by what the channel offers and whether it is there."""

from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.payments.ports import Capabilities
from domain.reconciliation.models import Bill
from domain.reconciliation.rules.states import BillState
from domain.reconciliation.services import wanting
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow, OutboxState
from jobs import asks
from jobs.consumers import DELIVERIES
from jobs.house import House
from plugins.registry import Unavailable
from tests.domain.reconciliation.builders import DAY, KINDS, BillingChannel, World, noon, payment


@dataclass
class Channels:
    """The registry of a house with one channel, or none."""

    ready: dict[str, BillingChannel] = field(default_factory=dict[str, BillingChannel])
    can: Capabilities = field(default_factory=lambda: Capabilities(bill=KINDS))

    def ready_channels(self) -> dict[str, BillingChannel]:
        return self.ready

    def channel(self, code: str) -> BillingChannel:
        return self.ready[code]

    def capabilities(self, _code: str) -> Capabilities:
        return self.can

    def provider(self, kind: str) -> object:
        raise Unavailable(kind, "it is not there")


@dataclass
class Office:
    sessions: Sessions
    clock: Clock
    registry: Channels

    async def work(self) -> None:
        """Ask what is due, and deliver everything about bills that was announced."""
        await asks.announce(cast("House", self))
        while rows := await self.announced():
            for row_id in rows:
                await DELIVERIES.deliver(cast("House", self), row_id)

    async def announced(self) -> list[UUID]:
        async with self.sessions() as session:
            return list(
                await session.scalars(
                    select(OutboxRow.id).where(
                        OutboxRow.state == OutboxState.PENDING, OutboxRow.topic.like("reconciliation.%")
                    )
                )
            )


@pytest.fixture
async def office(sessions: Sessions) -> Office:
    """The morning after a payment; its bill is wanted."""
    world = World(sessions)
    await world.begin()
    world.channel.files[DAY] = [payment(await world.paid(), 1000_00)]
    world.hand.at = noon(DAY).replace(day=DAY.day + 1)
    async with sessions.begin() as session:
        await wanting.want(session, at=world.hand.at)
    return Office(sessions, world.clock, Channels({"fake": world.channel}))


async def state(office: Office) -> BillState:
    async with office.sessions() as session:
        return (await session.scalars(select(Bill.state))).one()


async def test_a_wanted_bill_is_fetched_and_reconciled(office: Office) -> None:
    await office.work()

    assert await state(office) is BillState.PARSED


async def test_a_channel_that_offers_no_bill_is_not_asked(office: Office) -> None:
    office.registry.can = Capabilities()

    await office.work()

    assert await state(office) is BillState.NOT_OFFERED


async def test_of_a_channel_that_is_not_there_the_bill_stays_wanted(office: Office) -> None:
    office.registry.ready = {}

    await office.work()

    assert await state(office) is BillState.WANTED
    async with office.sessions() as session:
        assert (await session.scalars(select(Bill.ask_at))).one() is not None
