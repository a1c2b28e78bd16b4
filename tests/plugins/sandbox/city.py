"""Our house and all three channels of the sandbox, joined by real HTTP: payments, refunds and bills up to their ends."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.payments import flows
from domain.payments.models import PaymentAttempt, PaymentOrder, Refund, Unplaced
from domain.payments.ports import (
    Capabilities,
    Headers,
    PaymentResult,
    PaymentState,
    Product,
    RawRequest,
    action_from_json,
)
from domain.payments.queries import unplaced_of
from domain.payments.rules.refunding import RefundState
from domain.payments.services import batches, janitor, refunds
from domain.reconciliation import flows as reconciliation
from domain.reconciliation.models import Bill, Discrepancy
from domain.reconciliation.rules.states import BillState
from domain.reconciliation.services import wanting
from domain.shared.clock import Clock
from domain.shared.days import SHANGHAI, business_day
from domain.shared.db import Sessions
from domain.shared.policy import PolicyValue
from domain.shared.settings import Settings
from plugins.registry import Registry
from plugins.sandbox.app import create_sandbox
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House
from plugins.sandbox.post import real_time
from plugins.sandbox.unionpay.bindings import Binding
from plugins.sandbox.unionpay.bindings import keep as keep_binding
from suidai.contract import QrCode
from suidai.runtime.unionpay_keys import unionpay_keys
from tests.domain.payments.builders import Debt, Offer, a_loan, an_order, attempt_of, received_fen
from tests.domain.payments.mandates import SIGNED, agreed, signed, to_withhold
from tests.domain.payments.refunds import let_go_by_itself
from tests.domain.reconciliation.builders import KINDS
from tests.plugins.sandbox.conftest import BusinessTime, our_alipay, served, settings_in
from tests.plugins.sandbox.unionpay.bank import settings_at
from tests.plugins.sandbox.wechat.shop import OURS, THEIRS

ALIPAY, WECHAT, BANK = "alipay", "wechat", "bank_withholding"
CHANNELS = (ALIPAY, WECHAT, BANK)
FEN = 1079_71
_NUMBER = {ALIPAY: "out_trade_no", WECHAT: "out_trade_no", BANK: "order_id"}
_SOON = 1.0


class Line(httpx.AsyncHTTPTransport):
    """Our line to the channels: a call waits for its answer as long as the line has patience, short only once."""

    patience: float = 15
    refused: str = ""
    """What is in an address whose connection is refused; empty for none."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # A connection is always waited for: what is to be late is the answer.
        request.extensions = {**request.extensions, "timeout": {"connect": 15, "write": 15, "read": self.patience}}
        if self.refused and self.refused in request.url.path:
            raise httpx.ConnectError("refused", request=request)
        try:
            return await super().handle_async_request(request)
        except httpx.ReadTimeout:
            self.patience = 15
            raise


@dataclass
class Payment:
    """One wish to pay, and how it stands."""

    city: "City"
    channel: str
    debt: Debt
    order_id: UUID

    async def order(self) -> PaymentOrder:
        async with self.city.sessions() as session:
            return await session.get_one(PaymentOrder, self.order_id)

    async def attempt(self) -> PaymentAttempt:
        order = await self.order()
        async with self.city.sessions() as session:
            return await attempt_of(session, order)

    async def booked_fen(self) -> int:
        async with self.city.sessions() as session:
            return await received_fen(session, self.debt.loan_id)

    async def put_aside(self) -> Unplaced | None:
        attempt = await self.attempt()
        async with self.city.sessions() as session:
            return await unplaced_of(session, attempt.id)

    async def there(self) -> dict[str, Any]:
        """How the channel has it: sums in fen."""
        order_no = (await self.attempt()).order_no
        known = await self.city.trades(self.channel)
        (trade,) = [one for one in known if one[_NUMBER[self.channel]] == order_no]
        return trade

    async def refunds(self) -> list[Refund]:
        attempt = await self.attempt()
        async with self.city.sessions() as session:
            return list(await session.scalars(select(Refund).where(Refund.attempt_id == attempt.id)))


@dataclass
class City:
    sessions: Sessions
    business_time: BusinessTime
    line: Line
    http: httpx.AsyncClient
    url: str = ""
    heard: list[RawRequest] = field(default_factory=list[RawRequest])
    door: asyncio.Event = field(default_factory=asyncio.Event)
    """Open, as a rule; a notice that comes while it is shut waits outside."""
    registry: Registry = field(init=False)
    house: House = field(init=False)

    def __post_init__(self) -> None:
        self.door.set()

    @property
    def clock(self) -> Clock:
        return Clock(movable=False, real=self.business_time)

    def plan(self, channel: str, fault: Fault, **narrower: Any) -> None:
        self.house.faults.plan(channel, fault, **narrower)

    async def listen(self, request: Request) -> Response:
        """A notice comes, and is taken as the house takes it."""
        raw = RawRequest(
            request.method,
            request.url.path,
            request.url.query,
            Headers(request.headers.items()),
            await request.body(),
            self.business_time(),
        )
        self.heard.append(raw)
        await self.door.wait()
        channel = self.registry.channel(request.url.path.rsplit("/", 1)[-1])
        told = await flows.receive_notice(self.sessions, self.clock, channel, raw)
        return Response(told.body, told.status, dict(told.headers))

    async def trades(self, channel: str) -> list[dict[str, Any]]:
        return (await self.http.get(f"{self.url}/{channel}/trades")).json()["trades"]

    async def asks(self, channel: str) -> Payment:
        """A borrower wants to pay, or the bank is told to debit him; the channel has been called."""
        async with self.sessions.begin() as session:
            debt = await a_loan(session)
            order = await (self._debit if channel == BANK else self._code)(session, debt, channel)
        if channel == BANK:
            await self._withholds(order.id, batch=0)
        else:
            await flows.start(self.sessions, self.clock, self._channels, order_id=order.id)
        return Payment(self, channel, debt, order.id)

    async def pays(self, channel: str) -> Payment:
        """What was asked for is paid, as soon as there is a way to pay it; nobody has been told yet, perhaps."""
        payment = await self.asks(channel)
        if channel != BANK:
            cashier = await self.opened(payment)
            answer = await self.http.post(f"{cashier}/pay", headers={"Accept": "application/json"})
            assert answer.status_code == 200, answer.text
        await self.all_is_told()
        return payment

    async def debits_together(self) -> tuple[Payment, Payment]:
        """Two debits in one batch; the bank has been called."""
        payments: list[Payment] = []
        for _ in range(2):
            async with self.sessions.begin() as session:
                debt = await a_loan(session)
                payments.append(Payment(self, BANK, debt, (await self._debit(session, debt, BANK)).id))
        await self._withholds(payments[0].order_id, batch=2)
        first, second = payments
        return first, second

    async def opened(self, payment: Payment) -> str:
        """The cashier's address, once we were told it."""
        while (action := (await payment.attempt()).action) is None:
            await self.later()
        shown = PaymentResult(PaymentState.ACTION_REQUIRED, action=action_from_json(action)).action
        assert isinstance(shown, QrCode)
        code = shown.code_url
        url, params = (code, None) if code.startswith("http") else (f"{self.url}/wechat/scan", {"code_url": code})
        page = await self.http.get(url, params=params, follow_redirects=True)
        assert "/cashier/" in str(page.url), page.text
        return str(page.url)

    async def all_is_told(self) -> None:
        """Wait until every notice is sent that is to come within a second."""
        while (due := self.house.store.next_due()) is not None and due < real_time() + _SOON:
            await asyncio.sleep(0.005)

    async def later(self, by: timedelta = timedelta(minutes=5)) -> None:
        """Time goes by, and whatever is due is asked about."""
        self.business_time.advance(by)
        async with self.sessions.begin() as session:
            due = await janitor.due(session, at=self.business_time())
        for attempt_id in due:
            async with self.sessions() as session:
                channel = (await session.get_one(PaymentAttempt, attempt_id)).channel
            await flows.ask(self.sessions, self.clock, self.registry.channel(channel), attempt_id=attempt_id)
        async with self.sessions.begin() as session:
            together = await batches.due(session, at=self.business_time())
        for batch_id in together:
            await flows.ask_batch(self._desk(self.registry.capabilities), batch_id=batch_id)

    async def ends(self, payment: Payment, *, asking_every: timedelta = timedelta(minutes=5)) -> PaymentAttempt:
        """Ask until it has ended."""
        for _ in range(9):
            if (attempt := await payment.attempt()).live:
                await self.later(asking_every)
            else:
                return attempt
        raise AssertionError("it is asked about for ever")

    async def gives_back(self, payment: Payment) -> Refund:
        """What was put aside goes back by itself, asked about until it has ended."""
        row = await payment.put_aside()
        assert row is not None
        async with self.sessions.begin() as session:
            refund = await refunds.by_itself(session, unplaced_id=row.id, at=self.business_time())
        assert refund is not None
        channel, can = self.registry.channel(payment.channel), self.registry.capabilities(payment.channel)
        for _ in range(9):
            state = await flows.refund(self.sessions, self.clock, channel, can, refund_id=refund.id)
            await self.all_is_told()
            if state in {RefundState.SUCCEEDED, RefundState.DECLINED}:
                break
            self.business_time.advance(timedelta(minutes=1))
        async with self.sessions() as session:
            return await session.get_one(Refund, refund.id)

    @property
    def yesterday(self) -> date:
        return business_day(self.business_time()) - timedelta(days=1)

    async def next_day(self) -> None:
        """It is half past ten on the next day."""
        day = business_day(self.business_time()) + timedelta(days=1)
        self.business_time.at = datetime.combine(day, time(10, 30), SHANGHAI).astimezone(UTC)

    async def compares(self, channel: str, *, days_ago: int = 1) -> Bill:
        """A bill is wanted, also where it was called empty and something of ours is missing; then it is compared."""
        day = business_day(self.business_time()) - timedelta(days=days_ago)
        async with self.sessions.begin() as session:
            await wanting.want(session, at=self.business_time())
            mine = select(Bill).where(Bill.channel == channel, Bill.day == day)
            bill = (await session.scalars(mine)).one()
        port = self.registry.channel(channel)
        again = bill.state is BillState.EMPTY and bill.ask_at == self.business_time()
        await reconciliation.fetch(self.sessions, self.clock, port, kinds=KINDS, bill_id=bill.id, again=again)
        await reconciliation.reconcile(self.sessions, self.clock, port, bill_id=bill.id)
        async with self.sessions() as session:
            return await session.get_one(Bill, bill.id)

    async def differing(self, bill: Bill) -> list[Discrepancy]:
        async with self.sessions() as session:
            rows = select(Discrepancy).where(Discrepancy.bill_id == bill.id).order_by(Discrepancy.id)
            return list(await session.scalars(rows))

    async def stray_fen(self, order_no: str) -> int | None:
        """What was put aside that came under a number we never gave."""
        async with self.sessions() as session:
            return await session.scalar(select(Unplaced.amount_fen).where(Unplaced.order_no == order_no))

    @property
    def _channels(self) -> Any:
        return self.registry.ready_channels()

    async def _withholds(self, order_id: UUID, *, batch: int) -> None:
        can = replace(self.registry.capabilities(BANK), batch_autodebit=batch)
        await flows.withhold(self._desk(lambda _: can), order_id=order_id)

    def _desk(self, capabilities: Callable[[str], Capabilities]) -> flows.DebitDesk:
        return flows.DebitDesk(self.sessions, self.clock, self._channels, capabilities, _wanted)

    async def _code(self, session: AsyncSession, debt: Debt, channel: str) -> PaymentOrder:
        offer = Offer(channel, self.registry.capabilities(channel))
        return await an_order(session, debt, amount_fen=FEN, offer=offer, product=Product.QR, at=self.business_time())

    async def _debit(self, session: AsyncSession, debt: Debt, _: str) -> PaymentOrder:
        at = self.business_time()
        bound = f"MD{debt.loan_id.hex[-14:]}"
        keep_binding(self.house.store, Binding(bound, "6216***********0018", "0018"))
        mandate = await signed(session, debt.borrower_id, at=at, result=replace(SIGNED, token=bound), code=BANK)
        return await to_withhold(session, debt, mandate, amount_fen=FEN, at=at)


async def _wanted(*_: object) -> bool:
    return True


@asynccontextmanager
async def city_at(home: Path, sessions: Sessions, *, alipay: Mapping[str, Any] | None = None) -> AsyncGenerator[City]:
    """`alipay`: settings of its channel beside the usual ones."""
    time_of_all, line = BusinessTime(), Line()
    async with sessions.begin() as session:
        await agreed(session)
        await let_go_by_itself(session, "WRONG_AMOUNT")
        for name, value in {wanting.DAYS_BACK: 90, "withholding.batches": {"least": 2, "most": 2}}.items():
            session.add(PolicyValue(name=name, value=value, source="test", effective_from=date(2020, 1, 1)))
    keys = unionpay_keys(time_of_all())
    sandbox = {
        **settings_in(home).sandbox,
        WECHAT: THEIRS,
        BANK: keys["sandbox"],
        "pace": {"ladder_scale": 0.0002, "delay": 0.01},
    }
    app = create_sandbox(Settings(home=home, sandbox=sandbox), time_of_all)
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        city = City(sessions, time_of_all, line, http)
        app.router.routes.append(Route("/notify/{rest:path}", city.listen, methods=["POST"]))
        async with served(app) as url:
            ours = {
                ALIPAY: our_alipay(url) | dict(alipay or {}),
                WECHAT: OURS | {"gateway_url": f"{url}/wechat"},
                BANK: settings_at(url, keys),
            }
            city.url, city.house = url, app.state.house
            city.registry = Registry.discover(
                ours, {}, clock=time_of_all, notify_base_url=url, allow_sandbox=True, transport=line
            )
            yield city
            await city.registry.close()
