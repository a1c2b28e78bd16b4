"""A channel with bills of its own making: plain text, a line a trade, and payments of ours to compare them with."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select

from domain.payments.models import PaymentAttempt, Refund, RefundPurpose, RefundState, Unplaced, UnplacedReason
from domain.payments.ports import (
    BillAnswer,
    BillEmpty,
    BillEntry,
    BillFile,
    BillKind,
    BillNotReady,
    BillProblem,
    BillRequest,
    BillRow,
    BillTotals,
    RefundResult,
)
from domain.payments.ports import RefundState as Told
from domain.payments.queries import changes_of, refund_numbered
from domain.payments.services import attempts, giving_back, unplaced
from domain.payments.services.attempts import Source
from domain.reconciliation import flows
from domain.reconciliation.models import Bill, Discrepancy, Run, Settlement
from domain.reconciliation.rules.states import Finding, Resolution
from domain.reconciliation.services import wanting, worklist
from domain.shared.actors import SYSTEM
from domain.shared.clock import Clock
from domain.shared.days import start_of
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow, OutboxState
from domain.shared.policy import PolicyValue
from tests.domain.payments.builders import Debt, FakeChannel, Hand, a_loan, an_order, paid

DAY = date(2026, 3, 2)
"""The day of the payments."""
KINDS = frozenset({BillKind.TRADE})


def noon(day: date) -> datetime:
    return start_of(day) + timedelta(hours=12)


def payment(order_no: str, fen: int, fee_fen: int = 0, *, day: date = DAY) -> str:
    return f"PAYMENT,{order_no},,{fen},{fee_fen},{noon(day).isoformat()}"


def refund(refund_no: str, fen: int, fee_fen: int = 0, *, day: date = DAY) -> str:
    return f"REFUND,,{refund_no},{fen},{fee_fen},{noon(day).isoformat()}"


def fee(fen: int) -> str:
    return f"FEE,F1,,{fen},0,{noon(DAY).isoformat()}"


@dataclass
class BillingChannel(FakeChannel):
    """`files` are the lines of each day; a day without an entry had no trade, one of None is not ready."""

    files: dict[date, list[str] | None] = field(default_factory=dict[date, list[str] | None])
    fetched: list[date] = field(default_factory=list[date])
    code: str = "fake"
    trouble: object = None
    """What it raises or says instead of an answer."""

    def __post_init__(self) -> None:
        super().__init__()

    async def fetch_bill(self, request: BillRequest) -> BillAnswer:
        self.fetched.append(request.date)
        if isinstance(self.trouble, Exception):
            raise self.trouble
        if self.trouble:
            return cast("BillAnswer", self.trouble)
        lines = self.files.get(request.date, [])
        if lines is None:
            return BillNotReady()
        if not lines:
            return BillEmpty()
        content = "\n".join(lines).encode()
        return BillFile(content, f"{request.date}.csv", sha256(content).hexdigest(), day=request.date, hash_ok=True)

    def parse_bill(self, file: BillFile) -> Iterator[BillEntry]:
        for n, line in enumerate(file.content.decode().split("\n"), 1):
            yield _entry(n, line)


def _entry(n: int, line: str) -> BillEntry:
    if line == "broken":
        raise ValueError("this file is of another make")
    if line.startswith("TOTAL"):
        _, payments_fen = line.split(",")
        return BillTotals(payments_fen=int(payments_fen))
    cells = line.split(",")
    if len(cells) != 6:
        return BillProblem(n, "not six cells", line)
    kind, order_no, refund_no, fen, fee_fen, at = cells
    return BillRow(
        BillKind(kind),
        order_no or None,
        int(fen),
        "CNY",
        refund_no=refund_no or None,
        fee_fen=int(fee_fen),
        occurred_at=datetime.fromisoformat(at),
        raw=line,
    )


class World:
    """Our side, the channel's side, and the nights between them."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.channel = BillingChannel()
        self.hand = Hand(noon(DAY))
        self.kinds = KINDS

    @property
    def clock(self) -> Clock:
        return self.hand.clock()

    async def begin(self) -> None:
        async with self.sessions.begin() as session:
            session.add(PolicyValue(name=wanting.DAYS_BACK, value=90, source="test", effective_from=date(2020, 1, 1)))

    async def paid(self, fen: int = 1000_00, *, at: datetime | None = None, debt: Debt | None = None) -> str:
        """A payment of ours that came, by its order number."""
        at = at or self.hand.at
        attempt = await self.tried(fen, at=at, debt=debt)
        async with self.sessions.begin() as session:
            result = paid(fen, paid_at=at)
            await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=Source.NOTICE, at=at)
        return attempt.order_no

    async def tried(
        self, fen: int = 1000_00, *, at: datetime | None = None, debt: Debt | None = None
    ) -> PaymentAttempt:
        """A payment of which we know nothing yet."""
        at = at or self.hand.at
        async with self.sessions.begin() as session:
            order = await an_order(session, debt or await a_loan(session), amount_fen=fen, at=at)
            return (await attempts.claim(session, order_id=order.id, at=at)).attempt

    async def refunded(self, fen: int, *, at: datetime, known: bool = True) -> str:
        """A refund of the first payment, out of suspense, by its number; done, as far as we know or not."""
        async with self.sessions.begin() as session:
            paid_one = (await session.scalars(select(PaymentAttempt).order_by(PaymentAttempt.id).limit(1))).one()
            await unplaced.keep(session, attempt_id=paid_one.id, reason=UnplacedReason.DOUBLE, at=at)
            row = (await session.scalars(select(Unplaced).where(Unplaced.attempt_id == paid_one.id))).one()
            new = Refund(
                number="RF1",
                channel="fake",
                refund_no="RF1X",
                attempt_id=paid_one.id,
                unplaced_id=row.id,
                amount_fen=fen,
                purpose=RefundPurpose.UNPLACED,
                reason="paid twice",
                state=RefundState.PROCESSING,
                requested_by="SYSTEM",
                requested_at=at,
                submitted_at=at,
            )
            session.add(new)
        if known:
            await self.refund_done(new.refund_no, at=at)
        return new.refund_no

    async def refund_done(self, refund_no: str, *, at: datetime) -> None:
        """The channel tells us that a refund is done."""
        async with self.sessions.begin() as session:
            refund_id = await refund_numbered(session, "fake", refund_no)
            assert refund_id is not None
            fen = (await session.get_one(Refund, refund_id)).amount_fen
            done = RefundResult(Told.SUCCEEDED, amount_fen=fen, currency="CNY", refunded_at=at)
            await giving_back.apply_result(session, refund_id=refund_id, result=done, source=Source.NOTICE, at=at)

    async def topics(self) -> list[str]:
        """Everything that was ever announced."""
        return [row.topic for row in await self.all(OutboxRow)]

    async def night(self, day: date = DAY + timedelta(days=1)) -> None:
        """Half past ten on a day: bills are wanted, fetched, compared, until nothing is announced any more."""
        self.hand.at = start_of(day) + timedelta(hours=10, minutes=30)
        async with self.sessions.begin() as session:
            await wanting.want(session, at=self.hand.at)
        await self.work()

    async def work(self) -> None:
        """Do what is due and what was announced."""
        async with self.sessions.begin() as session:
            await wanting.due(session, at=self.hand.at, limit=500)
        for _ in range(10):
            async with self.sessions.begin() as session:
                rows = (
                    await session.scalars(
                        select(OutboxRow)
                        .where(OutboxRow.state == OutboxState.PENDING, OutboxRow.topic.like("reconciliation.%"))
                        .order_by(OutboxRow.id)
                    )
                ).all()
                for row in rows:
                    row.state = OutboxState.DONE
            if not rows:
                return
            for row in rows:
                await self.deliver(row)

    async def deliver(self, row: OutboxRow) -> None:
        bill_id = UUID(row.payload["bill_id"])
        if row.topic == "reconciliation.bill_wanted":
            again = row.payload["again"]
            await flows.fetch(self.sessions, self.clock, self.channel, kinds=self.kinds, bill_id=bill_id, again=again)
        else:
            await flows.reconcile(self.sessions, self.clock, self.channel, bill_id=bill_id)

    async def rerun(self, day: date = DAY) -> None:
        """Somebody of finance wants a day looked at again."""
        async with self.sessions.begin() as session:
            await worklist.rerun(session, actor=SYSTEM, channel="fake", day=day, at=self.hand.at)
        await self.work()

    async def announce_again(self, bill_id: UUID) -> None:
        """The same announcement comes once more."""
        await flows.fetch(self.sessions, self.clock, self.channel, kinds=self.kinds, bill_id=bill_id)
        await flows.reconcile(self.sessions, self.clock, self.channel, bill_id=bill_id)

    async def resolve(self, finding: Finding, resolution: Resolution) -> Discrepancy:
        """Somebody of finance decides about what was found."""
        row = next(row for row in await self.all(Discrepancy) if row.finding is finding)
        async with self.sessions.begin() as session:
            await worklist.resolve(
                session, actor=SYSTEM, discrepancy_id=row.id, resolution=resolution, reason="seen", at=self.hand.at
            )
        await self.work()
        async with self.sessions() as session:
            return await session.get_one(Discrepancy, row.id, populate_existing=True)

    async def attempt(self, attempt_id: UUID) -> PaymentAttempt:
        async with self.sessions() as session:
            return await session.get_one(PaymentAttempt, attempt_id)

    async def told_by(self, attempt_id: UUID) -> list[str]:
        """Who told us what we know of an attempt."""
        async with self.sessions() as session:
            return [change.source for change in await changes_of(session, attempt_id)]

    async def settlements(self) -> list[Settlement]:
        return await self.all(Settlement)

    async def all(self, model: type[Any]) -> list[Any]:
        async with self.sessions() as session:
            return list(await session.scalars(select(model).order_by(model.id)))

    async def bill(self, day: date = DAY) -> Bill:
        return next(bill for bill in await self.all(Bill) if bill.day == day)

    async def found(self, day: date = DAY) -> dict[str, int]:
        """How many of each finding the last run of a day has."""
        run = [run for run in await self.all(Run) if run.day == day][-1]
        return {name: figures["count"] for name, figures in run.findings.items()}

    async def differing(self) -> list[tuple[str, str, str]]:
        """Finding, subject and state of everything that ever differed."""
        return [(row.finding.value, row.subject, row.state.value) for row in await self.all(Discrepancy)]

    async def settled(self) -> list[tuple[int, int, int, int]]:
        rows = await self.settlements()
        return [(row.payments_fen, row.refunds_fen, row.fees_fen, row.net_fen) for row in rows]
