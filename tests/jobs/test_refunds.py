"""Money that was put aside goes back by itself, from announcement to announcement, and its borrower is told."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from domain.lending.models import Loan
from domain.lending.services import excess, payoff, repayment
from domain.lending.services.verification import verify
from domain.messaging.models import Message
from domain.payments.models import Refund, RefundState, Resolution, Unplaced, UnplacedReason
from domain.payments.ports import Capabilities, RefundResult
from domain.payments.ports import RefundState as Told
from domain.payments.services import unplaced
from domain.shared.actors import SYSTEM
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow, OutboxState
from jobs import asks
from jobs.consumers import DELIVERIES
from jobs.house import House
from plugins.registry import Unavailable
from tests.domain.lending.reminders.builders import lender, lent
from tests.domain.lending.rows import noon, settled_attempt
from tests.domain.payments.builders import Hand, Offer
from tests.domain.payments.refunds import CAN, NOBODY_KNOWS, RefundingChannel, let_go_by_itself

TODAY = date(2026, 3, 1)
FEN = 496_00


@dataclass
class Channels:
    """The registry of a house with one channel."""

    ready: RefundingChannel = field(default_factory=lambda: RefundingChannel("alipay"))
    can: Capabilities = CAN

    def channel(self, code: str) -> RefundingChannel:
        assert code == self.ready.code
        return self.ready

    def capabilities(self, _code: str) -> Capabilities:
        return self.can

    def provider(self, kind: str) -> Any:
        raise Unavailable(kind, "it is not there")


@dataclass
class Office:
    sessions: Sessions
    hand: Hand
    loan: Loan
    registry: Channels = field(default_factory=Channels)

    @property
    def clock(self) -> Clock:
        return self.hand.clock()

    async def work(self) -> None:
        """Ask what is due, and deliver everything about money that was announced, until nothing is left."""
        await asks.announce(cast("House", self))
        about = OutboxRow.topic.like("payments.%")
        while True:
            async with self.sessions() as session:
                pending = select(OutboxRow.id).where(
                    OutboxRow.state == OutboxState.PENDING, OutboxRow.tries == 0, about
                )
                rows = (await session.scalars(pending)).all()
            if not rows:
                return
            for row_id in rows:
                await DELIVERIES.deliver(cast("House", self), row_id)

    async def the_refund(self) -> Refund:
        async with self.sessions() as session:
            return (await session.scalars(select(Refund))).one()

    async def messages(self) -> list[str]:
        async with self.sessions() as session:
            return [key for key in await session.scalars(select(Message.once_key)) if key.startswith("refund_sent")]

    async def broken(self) -> list[str]:
        async with self.sessions() as session:
            return [str(each) for each in await verify(session)]


@pytest.fixture
async def office(sessions: Sessions) -> Office:
    async with sessions.begin() as session:
        await lender(session)
        await let_go_by_itself(session, "DOUBLE")
        loan = await lent(session)
    return Office(sessions, Hand(noon(TODAY)), loan)


async def _put_aside(office: Office, reason: UnplacedReason = UnplacedReason.DOUBLE) -> None:
    office.registry.ready.refunds = [RefundResult(Told.SUCCEEDED, amount_fen=FEN)]
    async with office.sessions.begin() as session:
        attempt_id = await settled_attempt(session, office.loan, FEN, paid_at=noon(TODAY))
        await unplaced.keep(session, attempt_id=attempt_id, reason=reason, at=noon(TODAY))


async def test_what_was_paid_twice_goes_back_and_its_borrower_is_told_once(office: Office) -> None:
    await _put_aside(office)
    await office.work()
    await office.work()

    refund = await office.the_refund()
    assert refund.state is RefundState.SUCCEEDED
    assert office.registry.ready.operations() == ["refund"]
    assert await office.messages() == [f"refund_sent:{refund.id}"]
    async with office.sessions() as session:
        assert (await session.scalars(select(Unplaced))).one().resolution is Resolution.REFUNDED
    assert await office.broken() == []


async def test_a_wrong_sum_waits_for_a_person(office: Office) -> None:
    await _put_aside(office, UnplacedReason.WRONG_AMOUNT)
    await office.work()

    assert office.registry.ready.operations() == []
    assert await office.broken() == []


async def test_what_nobody_knows_is_asked_until_somebody_does(office: Office) -> None:
    await _put_aside(office)
    channel = office.registry.ready
    channel.refunds, channel.refund_queries = [NOBODY_KNOWS], [RefundResult(Told.SUCCEEDED, amount_fen=FEN)]
    await office.work()
    assert (await office.the_refund()).state is RefundState.UNKNOWN
    assert await office.broken() == []

    office.hand.move(timedelta(minutes=1))
    await office.work()

    assert (await office.the_refund()).state is RefundState.SUCCEEDED
    assert channel.operations() == ["refund", "query_refund"]


async def test_a_channel_that_gives_nothing_back_leaves_it_on_the_list(office: Office) -> None:
    office.registry.can = Capabilities()
    await _put_aside(office)
    await office.work()

    assert (await office.the_refund()).state is RefundState.DECLINED
    assert (office.registry.ready.operations(), await office.messages()) == ([], [])
    async with office.sessions() as session:
        assert (await session.scalars(select(Unplaced))).one().resolution is None
    assert await office.broken() == []


async def test_excess_that_went_back_is_taken_off_its_loan(office: Office) -> None:
    office.registry.ready.refunds = [RefundResult(Told.SUCCEEDED, amount_fen=10_00)]
    async with office.sessions.begin() as session:
        owed_fen = (await payoff.quote(session, office.loan.id, noon(TODAY))).amount_fen
        paid = await settled_attempt(session, office.loan, owed_fen + 10_00, paid_at=noon(TODAY), intent="PAYOFF")
        await repayment.apply_settled(session, attempt_id=paid, at=noon(TODAY))
        await excess.refund(
            session,
            loan_id=office.loan.id,
            amount_fen=None,
            reason="too much",
            channels={"alipay": Offer("alipay", CAN)},
            by=SYSTEM,
            at=noon(TODAY),
        )
    await office.work()

    async with office.sessions() as session:
        assert (await session.get_one(Loan, office.loan.id)).excess_fen == 0
    assert len(await office.messages()) == 1
    assert await office.broken() == []
