"""One real channel fails and another one is there: the wish goes on by that one, and nobody is charged twice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from domain.borrowers.models import Profile
from domain.lending.models import Loan, Repayment
from domain.lending.services import withholding
from domain.payments import flows
from domain.payments.flows import mandates as mandate_flows
from domain.payments.models import (
    AttemptState,
    Mandate,
    OrderStatus,
    PaymentAttempt,
    PaymentIntent,
    PaymentOrder,
)
from domain.payments.ports import Product
from domain.payments.rules.mandates import MandateStatus
from domain.payments.rules.pricing import NAME
from domain.payments.rules.routing import Candidate
from domain.payments.services import mandates, orders
from domain.shared.crypto import Keyring
from domain.shared.days import add_months, business_day
from domain.shared.db import make_engine, make_sessions
from domain.shared.outbox import OutboxRow, OutboxState
from domain.shared.policy import PolicyValue
from domain.shared.settings import Settings
from jobs.consumers import DELIVERIES
from jobs.house import House
from plugins.sandbox.faults import Fault
from plugins.sandbox.unionpay.bindings import Binding
from plugins.sandbox.unionpay.bindings import keep as keep_binding
from tests.database import Servers, create_database, drop_database
from tests.domain.lending.reminders.builders import lent
from tests.domain.payments.builders import ROUTING, Offer, a_loan, received_fen
from tests.domain.payments.mandates import SIGNED, Debiting, card_of, signed
from tests.plugins.sandbox.city import ALIPAY, BANK, FEN, WECHAT, City, Payment, city_at

REFUSED = "the connection is refused"
OTHER_PAGE = {ALIPAY: WECHAT, WECHAT: ALIPAY}
OTHER_ACCOUNT = {ALIPAY: BANK, BANK: ALIPAY}
CHOSEN: dict[str, Any] = {"ranked": [], "excluded": []}
A_WHILE = timedelta(days=10)
"""After which no channel's failures count any more."""
WITHHOLDING = {"withholding": True, "withholding_product": "GENERAL_WITHHOLDING"}


@pytest.fixture(scope="module")
async def _city(servers: Servers, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    name = f"test_{uuid4().hex}"
    engine = make_engine(await create_database(servers, name))
    async with city_at(tmp_path_factory.mktemp("city"), make_sessions(engine, keyring), alipay=WITHHOLDING) as city:
        async with city.sessions.begin() as session:
            rules = {
                "insufficient_funds_per_day": 2,
                "days_past_due_max": 30,
                "quiet_hours": {"from": "22:00", "to": "08:00"},
            }
            for policy, value in {"withholding.rules": rules, NAME: ROUTING}.items():
                session.add(PolicyValue(name=policy, value=value, source="test", effective_from=date(2020, 1, 1)))
        yield city
    await engine.dispose()
    await drop_database(servers, name)


@pytest.fixture
async def city(_city: City) -> City:
    """One city for all: each test has a borrower and days of its own, and leaves nothing to go wrong for the next."""
    _city.house.faults.forget()
    _city.line.patience, _city.line.refused = 15, ""
    _city.business_time.advance(A_WHILE)
    await _city.next_day()
    return _city


def fails(city: City, channel: str, fault: Fault | str) -> None:
    """The next call of a channel goes wrong, or, where it is down, all of them."""
    if isinstance(fault, Fault):
        city.plan(channel, fault, seconds=0.3 if fault is Fault.SLOW else None)
        city.line.patience = 0.15 if fault is Fault.SLOW else 15
    else:
        city.line.refused = f"/{channel}/"


async def tries(city: City, loan_id: UUID) -> list[PaymentAttempt]:
    async with city.sessions() as session:
        rows = select(PaymentAttempt).where(PaymentAttempt.loan_id == loan_id).order_by(PaymentAttempt.id)
        return list(await session.scalars(rows))


async def taken_fen(city: City, loan_id: UUID) -> dict[str, int]:
    """What each channel took for a loan and did not give back, where it took anything."""
    found: dict[str, int] = {}
    for attempt in await tries(city, loan_id):
        for trade in await city.trades(attempt.channel):
            if (trade.get("out_trade_no") or trade.get("order_id")) == attempt.order_no and trade["paid_fen"]:
                net_fen = trade["paid_fen"] - trade["refunded_fen"]
                found[attempt.channel] = found.get(attempt.channel, 0) + net_fen
    return found


# A borrower who leaves the choice to us


async def wishes(city: City, first: str) -> Payment:
    """He wants to pay by a code; the channel we had chosen is tried, and the other one where it fails."""
    candidates = [Candidate(code, city.registry.capabilities(code)) for code in (first, OTHER_PAGE[first])]
    async with city.sessions.begin() as session:
        debt = await a_loan(session)
        order = await orders.create(
            session,
            borrower_id=debt.borrower_id,
            loan_id=debt.loan_id,
            intent=PaymentIntent.INSTALLMENT,
            amount_fen=FEN,
            channel=Offer(first, city.registry.capabilities(first)),
            product=Product.QR,
            subject="Repayment",
            at=city.business_time(),
            expires_at=city.business_time() + timedelta(hours=2),
            choice=CHOSEN,
        )
    channels = city.registry.ready_channels()
    made = await flows.start(city.sessions, city.clock, channels, order_id=order.id, candidates=candidates)
    return Payment(city, made.channel, debt, made.id)


@pytest.mark.parametrize("fault", [Fault.BREAK, Fault.SLOW, REFUSED])
@pytest.mark.parametrize("first", [ALIPAY, WECHAT])
async def test_a_borrower_pays_by_the_other_channel_and_once(city: City, first: str, fault: Fault | str) -> None:
    fails(city, first, fault)

    payment = await wishes(city, first)

    assert payment.channel == OTHER_PAGE[first]
    assert [each.channel for each in await tries(city, payment.debt.loan_id) if each.live] == [payment.channel]
    await pays(city, payment)
    city.line.refused = ""
    left, paid = await ended(city, payment.debt.loan_id)
    assert (left.state in {AttemptState.CLOSED, AttemptState.NOT_FOUND}, paid.state) == (True, AttemptState.SUCCEEDED)
    assert (await payment.order()).status is OrderStatus.PAID
    assert await taken_fen(city, payment.debt.loan_id) == {payment.channel: FEN}
    assert await payment.booked_fen() == FEN


async def pays(city: City, payment: Payment) -> None:
    answer = await city.http.post(f"{await city.opened(payment)}/pay", headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    await city.all_is_told()


async def ended(city: City, loan_id: UUID) -> list[PaymentAttempt]:
    """All attempts of a loan, asked about until they are over, at most one of them live at any time."""
    for _ in range(12):
        found = await tries(city, loan_id)
        assert sum(bool(each.live) for each in found) <= 1
        if not any(each.ask_at for each in found):
            return found
        await city.later(timedelta(minutes=20))
    raise AssertionError("it is asked about for ever")


# The withholding run


@dataclass
class Debtor:
    """Who owes an installment today, and lets it be debited by two channels, of which one is the cheaper."""

    city: City
    loan: Loan
    house: House

    async def run(self) -> None:
        """The run of this moment looks at this loan, and all that is announced is done."""
        before = UUID(int=self.loan.id.int - 1)
        async with self.city.sessions.begin() as session:
            ran = await withholding.run(session, at=self.city.business_time(), after=before)
        assert ran.figures == {"requested": 1}
        await self.deliver()

    async def deliver(self) -> None:
        await self.city.all_is_told()
        rows = select(OutboxRow.id).where(OutboxRow.state == OutboxState.PENDING, OutboxRow.tries == 0)
        while keys := await self._keys(rows):
            for key in keys:
                await DELIVERIES.deliver(self.house, key)
            await self.city.all_is_told()
        assert sum(bool(each.live) for each in await self.tries()) <= 1

    async def ended(self) -> list[PaymentAttempt]:
        """Workers ask and go on until nothing is open: soon, and then seldom."""
        for minutes in (1, *[15] * 11):
            if not any(each.ask_at for each in await self.tries()):
                break
            await self.city.later(timedelta(minutes=minutes))
            await self.deliver()
        return await self.tries()

    async def tries(self) -> list[PaymentAttempt]:
        return await tries(self.city, self.loan.id)

    async def repaid_fen(self) -> tuple[int, int]:
        """What the books received for the loan, and what was applied to it."""
        async with self.city.sessions() as session:
            applied = select(func.coalesce(func.sum(Repayment.amount_fen), 0)).where(Repayment.loan_id == self.loan.id)
            return await received_fen(session, self.loan.id), await session.scalar(applied) or 0

    async def orders(self) -> list[PaymentOrder]:
        async with self.city.sessions() as session:
            rows = select(PaymentOrder).where(PaymentOrder.loan_id == self.loan.id).order_by(PaymentOrder.id)
            return list(await session.scalars(rows))

    async def _keys(self, rows: Any) -> list[UUID]:
        async with self.city.sessions() as session:
            return list(await session.scalars(rows.order_by(OutboxRow.id)))


async def owes(city: City, cheaper: str) -> Debtor:
    today = business_day(city.business_time())
    async with city.sessions.begin() as session:
        fees = {cheaper: {"fee": {"per_mille": "1"}}}
        session.add(PolicyValue(name=NAME, value=ROUTING | {"channels": fees}, source="test", effective_from=today))
        loan = await lent(session, value_date=add_months(today, -1))
        card = await card_of(session, loan.borrower_id)
        bound = f"MD{loan.id.hex[-14:]}"
        keep_binding(city.house.store, Binding(bound, "6216***********0018", "0018"))
        result = replace(SIGNED, token=bound)
        await signed(session, loan.borrower_id, at=city.business_time(), result=result, code=BANK)
        (await session.get_one(Profile, card.profile_id)).real_name_at = city.business_time()
    await agrees(city, loan.borrower_id)
    house = House(cast("Settings", None), city.sessions.kw["bind"], city.sessions, city.clock, city.registry)
    return Debtor(city, loan, house)


async def agrees(city: City, borrower_id: UUID) -> str:
    """He signs Alipay's agreement on its page; gives the page."""
    alipay = Debiting(ALIPAY, capabilities=city.registry.capabilities(ALIPAY))
    async with city.sessions.begin() as session:
        made = await mandates.request(
            session,
            borrower_id=borrower_id,
            bank_card_id=None,
            channel=alipay,
            at=city.business_time(),
            return_url="https://loan.example.com/back",
        )
    await mandate_flows.begin(city.sessions, city.clock, city.registry.channel(ALIPAY), mandate_id=made.id)
    async with city.sessions() as session:
        action = (await session.get_one(Mandate, made.id)).action
    assert action is not None
    page = await city.http.get(action["url"], follow_redirects=True)
    await city.http.post(str(page.url), data={"act": "sign"}, headers={"Accept": "application/json"})
    await city.all_is_told()
    async with city.sessions() as session:
        assert (await session.get_one(Mandate, made.id)).status is MandateStatus.ACTIVE
    return str(page.url)


@pytest.mark.parametrize("fault", [Fault.INSUFFICIENT_FUNDS, REFUSED])
@pytest.mark.parametrize("first", [ALIPAY, BANK])
async def test_a_debit_that_surely_took_nothing_is_made_by_the_other_channel(
    city: City, first: str, fault: Fault | str
) -> None:
    debtor = await owes(city, first)
    fails(city, first, fault)

    await debtor.run()
    city.line.refused = ""
    failed, made = await debtor.ended()

    assert (failed.channel, made.channel) == (first, OTHER_ACCOUNT[first])
    assert made.state is AttemptState.SUCCEEDED
    assert failed.state in {AttemptState.NOT_FOUND, AttemptState.DECLINED}
    assert await taken_fen(city, debtor.loan.id) == {made.channel: made.amount_fen}
    assert await debtor.repaid_fen() == (made.amount_fen, made.amount_fen)


@pytest.mark.parametrize("fault", [Fault.SLOW, Fault.BAD_SIGNATURE])
@pytest.mark.parametrize("first", [ALIPAY, BANK])
async def test_a_debit_whose_answer_is_lost_is_asked_about_and_made_nowhere_else(
    city: City, first: str, fault: Fault
) -> None:
    debtor = await owes(city, first)
    fails(city, first, fault)
    city.plan(first, Fault.LOSE_NOTICE)

    await debtor.run()
    (made,) = await debtor.ended()

    assert (made.channel, made.state) == (first, AttemptState.SUCCEEDED)
    assert [order.status for order in await debtor.orders()] == [OrderStatus.PAID]
    assert await taken_fen(city, debtor.loan.id) == {first: made.amount_fen}
    assert await debtor.repaid_fen() == (made.amount_fen, made.amount_fen)


@pytest.mark.parametrize("first", [ALIPAY, BANK])
async def test_a_debit_on_which_the_channel_broke_is_found_never_made_and_is_made_by_the_next_run(
    city: City, first: str
) -> None:
    debtor = await owes(city, first)
    fails(city, first, Fault.BREAK)

    await debtor.run()
    (failed,) = await debtor.ended()
    assert (failed.state, await taken_fen(city, debtor.loan.id)) == (AttemptState.NOT_FOUND, {})

    city.business_time.advance(timedelta(hours=8))
    await debtor.run()
    _, made = await debtor.ended()
    assert made.state is AttemptState.SUCCEEDED
    assert await taken_fen(city, debtor.loan.id) == {made.channel: made.amount_fen}
    assert await debtor.repaid_fen() == (made.amount_fen, made.amount_fen)
