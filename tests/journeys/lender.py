"""A lender in one process: real books and real jobs, outside parties of a few lines, and time in the test's hand."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from domain.collections.models import CollectionCase
from domain.collections.rules.case import CaseStatus
from domain.lending.models import Loan, Repayment
from domain.lending.ports import FundingResult, FundingState, Remit
from domain.messaging.models import Message
from domain.payments import flows
from domain.payments.ports import (
    Capabilities,
    Debit,
    MandateSigning,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    Product,
)
from domain.reconciliation.services import wanting
from domain.shared.clock import Clock
from domain.shared.db import Base, Sessions
from domain.shared.outbox import OutboxRow, OutboxState
from domain.shared.policy import PolicyValue
from domain.shared.settings import Settings
from jobs import asks
from jobs.consumers import DELIVERIES
from jobs.house import House
from jobs.ticks import install, run_due
from jobs.timetable import TIMETABLE
from plugins.registry import Registry, Unavailable
from plugins.spec import PaymentEvent
from tests.domain.lending.origination.fakes import Funder
from tests.domain.lending.reminders.builders import at, lender, lent
from tests.domain.messaging.test_messages import Sender
from tests.domain.payments.builders import UNKNOWN, Debt, Offer, an_order, attempt_of, notice, paid
from tests.domain.payments.mandates import DebitChannel, signed
from tests.domain.reconciliation.builders import KINDS, BillingChannel, payment

RowT = TypeVar("RowT", bound=Base)


class Killed(BaseException):
    """What a process is that dies: nobody catches it."""


ROW = 1079_71
PRINCIPAL = 935_71
"""Of the first row of each loan: 12,000.00 yuan over 12 months."""
CAN = Capabilities(
    products=frozenset({Product.PAGE}),
    autodebit=True,
    mandate_sign=frozenset({MandateSigning.SMS}),
    max_fen=50_000_00,
    bill=KINDS,
)


class Bank(BillingChannel, DebitChannel):
    """A channel of every kind. It takes what it is asked to debit, and knows what was paid at its cashier."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.paid: dict[str, PaymentResult] = {}

    async def debit(self, request: Debit) -> PaymentResult:
        self.debited.append(request)
        return self.take(request.order_no, request.amount_fen)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        return self.paid.get(ref.order_no, UNKNOWN)

    def take(self, order_no: str, fen: int, when: datetime | None = None) -> PaymentResult:
        self.paid[order_no] = paid(fen, paid_at=when)
        return self.paid[order_no]

    def bill(self, day: date, *order_nos: str) -> None:
        """What its bill of a day says of these payments."""
        self.files[day] = [payment(each, self.paid[each].amount_fen or 0, day=day) for each in order_nos]


TAKEN = FundingResult(FundingState.SUCCEEDED, currency="CNY")


class Backer(Funder):
    """The funding party that everything is remitted to."""

    code = "own"

    async def remit(self, request: Remit) -> FundingResult:
        return self.take(request)


@dataclass
class Outside:
    """What the jobs know of the outside."""

    bank: Bank = field(default_factory=Bank)
    backer: Backer = field(default_factory=lambda: Backer(TAKEN, TAKEN))
    sender: Sender = field(default_factory=Sender)

    def ready_channels(self) -> dict[str, PaymentChannel]:
        return {"fake": self.bank}

    def resting(self) -> frozenset[str]:
        return frozenset()

    def channel(self, _code: str) -> PaymentChannel:
        return self.bank

    def capabilities(self, _code: str) -> Capabilities:
        return CAN

    def providers(self) -> list[Any]:
        return []

    async def announce(self, event: PaymentEvent) -> None:
        """Nobody listens."""

    def provider(self, kind: str) -> Any:
        if kind not in ("sms", "funding"):
            raise Unavailable(kind, "nobody plays it here")
        return self.sender if kind == "sms" else self.backer


class Lender:
    """The borrowers by name, what is outside, and the workers."""

    def __init__(self, engine: AsyncEngine, sessions: Sessions, now: datetime) -> None:
        self.sessions, self.now = sessions, now
        self.outside, self.loans = Outside(), dict[str, Loan]()
        self.clock = Clock(movable=False, real=lambda: self.now)
        self.house = House(cast("Settings", None), engine, sessions, self.clock, cast("Registry", self.outside))

    async def begin(self) -> None:
        async with self.sessions.begin() as session:
            await lender(session, offsets=[-2, 0])
            session.add(PolicyValue(name=wanting.DAYS_BACK, value=90, source="test", effective_from=date(2020, 1, 1)))
            await install(session, TIMETABLE, self.now)

    async def lends(self, name: str, value_date: date) -> None:
        async with self.sessions.begin() as session:
            terms = {"principal_fen": 12_000_00, "method": "EQUAL_INSTALLMENT", "day_count": "30_360"}
            self.loans[name] = await lent(session, value_date=value_date, **terms)

    async def signs(self, name: str) -> None:
        """He signs a mandate."""
        async with self.sessions.begin() as session:
            await signed(session, self.loans[name].borrower_id, at=self.now)

    async def pays(self, name: str, *, told: bool) -> str:
        """He pays his row at a page, while the API works; the bank tells us of it, or its notice is lost."""
        loan = self.loans[name]
        async with self.sessions.begin() as session:
            order = await an_order(
                session, Debt(loan.id, loan.borrower_id), amount_fen=ROW, offer=Offer("fake", CAN), at=self.now
            )
        bank = self.outside.bank
        await flows.start(self.sessions, self.clock, {"fake": bank}, order_id=order.id)
        async with self.sessions() as session:
            number = (await attempt_of(session, order)).order_no
        bank.take(number, ROW, self.now)
        if told:
            with suppress(Killed):  # the API; what it has kept, a worker applies
                await flows.receive_notice(self.sessions, self.clock, bank, notice(number, fen=ROW, at=self.now))
        return number

    async def until(self, when: datetime, *, workers: int = 1) -> None:
        """Workers that have just been started, or were there all along, do all that is due by then.

        They ask within seconds of their start, and walk the schedule at the next minute. One that is killed is started
        again.
        """
        self.now = when
        with capture_logs():
            for step in (self._ask, self._walk, self._ask):
                await self._together(step, workers)

    async def _together(self, step: Callable[[], Awaitable[None]], workers: int) -> None:
        while workers:
            ends = await asyncio.gather(*(step() for _ in range(workers)), return_exceptions=True)
            if failed := next((end for end in ends if end and not isinstance(end, Killed)), None):
                raise failed
            workers = sum(1 for end in ends if end)

    async def _ask(self) -> None:
        await asks.run(self.house)
        await self.deliver()

    async def _walk(self) -> None:
        await self.walk(self.now)
        await self.deliver()

    async def walk(self, when: datetime) -> None:
        """The schedule alone: what it announces is not heard yet."""
        self.now = when
        await run_due(self.sessions, self.clock, TIMETABLE)

    async def deliver(self) -> None:
        """Everything that is announced. What failed is left, for the test to find."""
        while keys := await self.undone():
            for key in keys:
                await DELIVERIES.deliver(self.house, key)

    async def undone(self) -> list[UUID]:
        rows = select(OutboxRow.id).where(OutboxRow.state == OutboxState.PENDING, OutboxRow.tries == 0)
        async with self.sessions() as session:
            return list(await session.scalars(rows.order_by(OutboxRow.id)))

    async def told(self, *, since: datetime) -> list[tuple[str, str]]:
        """Who was told what, from a moment on."""
        rows = [row for row in await self.all(Message) if row.created_at >= since]
        return [(self._names()[row.loan_id], row.template_code) for row in rows if row.loan_id]

    async def cases(self) -> dict[str, CaseStatus]:
        return {self._names()[case.loan_id]: case.status for case in await self.all(CollectionCase)}

    async def repaid(self) -> dict[str, list[tuple[int, date]]]:
        """What was applied to whose loan, and with which value date."""
        found: dict[str, list[tuple[int, date]]] = {}
        for row in await self.all(Repayment):
            found.setdefault(self._names()[row.loan_id], []).append((row.amount_fen, row.value_date))
        return found

    async def all(self, kind: type[RowT]) -> Sequence[RowT]:
        async with self.sessions() as session:
            return (await session.scalars(select(kind))).all()

    def _names(self) -> dict[UUID, str]:
        return {loan.id: name for name, loan in self.loans.items()}


__all__ = ["PRINCIPAL", "ROW", "Killed", "Lender", "at"]
