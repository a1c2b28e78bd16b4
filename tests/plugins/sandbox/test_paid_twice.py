"""A page we had closed is paid all the same, after another payment took the money: it goes back by itself."""

import pytest

from domain.payments import flows, queries
from domain.payments.models import (
    AttemptState,
    OrderStatus,
    PaymentOrder,
    Refund,
    RefundState,
    Resolution,
    UnplacedReason,
)
from domain.payments.ports import PaymentRef, PaymentResult, PaymentState, Product, RawRequest, action_from_json
from domain.payments.ports import Refund as RefundRequest
from domain.payments.rules.asking import CRASHED_AFTER
from domain.payments.services import giving_back, refunds
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from tests.domain.payments.builders import Debt, Offer, a_loan, an_order, attempt_of
from tests.domain.payments.refunds import let_go_by_itself
from tests.plugins.sandbox.conftest import Town
from tests.plugins.sandbox.test_alipay import opened, pay

FEN = 1079_71


class Lender:
    """One loan, and the channel in the sandbox."""

    def __init__(self, town: Town, sessions: Sessions, debt: Debt) -> None:
        self.town = town
        self.sessions = sessions
        self.debt = debt
        self.clock = Clock(movable=False, real=town.clock)
        self.can = town.registry.capabilities("alipay")

    async def asks(self, product: Product) -> tuple[PaymentOrder, str]:
        """An order, its older ones made way for, and the address of its cashier."""
        async with self.sessions.begin() as session:
            offer = Offer("alipay", self.can)
            order = await an_order(
                session, self.debt, amount_fen=FEN, offer=offer, product=product, at=self.town.clock()
            )
        channels = self.town.registry.ready_channels()
        order = await flows.start(self.sessions, self.clock, channels, order_id=order.id)
        async with self.sessions() as session:
            action = (await attempt_of(session, order)).action
        assert action is not None
        shown = PaymentResult(PaymentState.ACTION_REQUIRED, action=action_from_json(action))
        return order, await opened(self.town, shown)

    async def hears(self, raw: RawRequest) -> bytes:
        return (await flows.receive_notice(self.sessions, self.clock, self.town.alipay, raw)).body

    async def asks_back(self) -> Refund:
        """What follows from money put aside."""
        async with self.sessions.begin() as session:
            (row,) = await queries.unplaced(session, limit=10)
            refund = await refunds.by_itself(session, unplaced_id=row.id, at=self.town.clock())
        assert refund is not None
        return refund

    async def gives_back(self, refund: Refund) -> RefundState:
        return await flows.refund(self.sessions, self.clock, self.town.alipay, self.can, refund_id=refund.id)


@pytest.fixture
async def lender(town: Town, sessions: Sessions) -> Lender:
    async with sessions.begin() as session:
        await let_go_by_itself(session, "DOUBLE")
        return Lender(town, sessions, await a_loan(session))


async def _paid_twice(lender: Lender) -> tuple[PaymentOrder, PaymentOrder]:
    """The page that was closed, and the code that took its place; both are paid, and we are told of both."""
    first, old_page = await lender.asks(Product.PAGE)
    second, code = await lender.asks(Product.QR)
    await pay(lender.town, code)
    await pay(lender.town, old_page, late="1")
    for raw in await lender.town.ear.hears(2):
        assert await lender.hears(raw) == b"success"
    return first, second


async def test_what_was_paid_twice_goes_back_and_the_books_hold_one_payment(
    town: Town, sessions: Sessions, lender: Lender
) -> None:
    first, second = await _paid_twice(lender)
    async with sessions() as session:
        late, in_time = await attempt_of(session, first), await attempt_of(session, second)
        assert (late.state, late.late, in_time.state) == (AttemptState.SUCCEEDED, True, AttemptState.SUCCEEDED)
        (row,) = await queries.unplaced(session, limit=10)
        assert (row.reason, row.attempt_id) == (UnplacedReason.DOUBLE, late.id)
        assert await queries.clearing_expected(session) == {"alipay": 2 * FEN}

    refund = await lender.asks_back()
    assert await lender.gives_back(refund) is RefundState.SUCCEEDED
    told = (await town.ear.hears(3))[2]
    assert [await lender.hears(told) for _ in range(2)] == [b"success"] * 2

    async with sessions() as session:
        refund = await session.get_one(Refund, refund.id)
        row = await queries.unplaced_row(session, row.id)
        assert (refund.amount_fen, refund.refunded_at) == (FEN, town.clock())
        assert row.resolution is Resolution.REFUNDED
        assert await queries.clearing_expected(session) == {"alipay": FEN}
        assert (await session.get_one(PaymentOrder, second.id)).status is OrderStatus.PAID


@pytest.mark.parametrize("arrived", [False, True], ids=["before the call", "after the call"])
async def test_a_process_that_died_is_made_good_and_the_money_goes_back_once(
    town: Town, sessions: Sessions, lender: Lender, arrived: bool
) -> None:
    first, _ = await _paid_twice(lender)
    refund = await lender.asks_back()
    async with sessions.begin() as session:
        await giving_back.claim(session, refund_id=refund.id, can=lender.can, at=town.clock())
        late = await attempt_of(session, first)
    if arrived:
        ref = PaymentRef(late.order_no, town.clock())
        await town.alipay.refund(RefundRequest(refund.refund_no, ref, FEN, FEN))

    town.clock.advance(CRASHED_AFTER)

    assert await lender.gives_back(refund) is RefundState.SUCCEEDED
    assert len(await town.ear.hears(3)) == 3
    async with sessions() as session:
        assert await queries.clearing_expected(session) == {"alipay": FEN}
