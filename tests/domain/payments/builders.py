"""A loan to pay for, orders, a channel that says what it is told to say, a clock that stands where it is put."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import models
from domain.ledger.models import Entry, Side, Transfer
from domain.payments.models import PaymentAttempt, PaymentIntent, PaymentOrder
from domain.payments.ports import (
    Capabilities,
    ChannelError,
    CloseResult,
    CreatePayment,
    ErrorCode,
    ErrorKind,
    Headers,
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    Product,
    RawRequest,
    RedirectUrl,
    SignatureError,
)
from domain.payments.rules.pricing import NAME
from domain.payments.services import orders
from domain.shared.clock import Clock
from domain.shared.ids import new_id
from domain.shared.policy import PolicyValue

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Hand:
    """The hand of a clock: business time for a test."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> datetime:
        self.at += by
        return self.at

    def clock(self) -> Clock:
        return Clock(movable=False, real=self)


@dataclass(frozen=True)
class Offer:
    code: str = "fake"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            products=frozenset({Product.PAGE, Product.QR}), close=True, max_fen=50_000_00
        )
    )


ROUTING: dict[str, Any] = {
    "half_life_hours": 24,
    "failure_costs_fen": 100,
    "prior": {"good": "9", "bad": "1"},
    "default": {"fee": {"per_mille": "6"}, "maintenance": [], "limits": {}},
    "channels": {},
}


async def routed(session: AsyncSession, since: date = date(2020, 1, 1), **changes: Any) -> None:
    """The policy channels are chosen by, from a day on; `changes` to it, as "channels"."""
    session.add(PolicyValue(name=NAME, value=ROUTING | changes, source="a test", effective_from=since))
    await session.flush()


ACTION = PaymentResult(PaymentState.ACTION_REQUIRED, action=RedirectUrl("https://pay.example/1"))
PROCESSING = PaymentResult(PaymentState.PROCESSING)
CLOSED = PaymentResult(PaymentState.CLOSED)
DECLINED = PaymentResult(PaymentState.DECLINED, error=ChannelError(ErrorKind.DECLINED, ErrorCode.RISK))
NOT_FOUND = PaymentResult(PaymentState.NOT_FOUND)
UNKNOWN = PaymentResult(PaymentState.UNKNOWN)
NOT_EXECUTED = PaymentResult(PaymentState.UNKNOWN, error=ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED))


def paid(amount_fen: int = 1000_00, currency: str = "CNY", paid_at: datetime | None = None) -> PaymentResult:
    return PaymentResult(
        PaymentState.SUCCEEDED, amount_fen=amount_fen, currency=currency, paid_at=paid_at, provider_no="T1"
    )


Says = PaymentResult | Exception | Callable[[], Any]


class FakeChannel(PaymentChannel):
    """Says what `creates`, `queries` and `closes` hold, the last one for ever, and remembers what it was asked."""

    def __init__(self, code: str = "fake") -> None:
        self.code = code
        self.creates: list[Any] = [ACTION]
        self.queries: list[Any] = [UNKNOWN]
        self.closes: list[Any] = [CloseResult.CLOSED]
        self.asked: list[tuple[str, str]] = []

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        return await self._say("create", request.order_no, self.creates)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        return await self._say("query", ref.order_no, self.queries)

    async def close_payment(self, ref: PaymentRef) -> CloseResult:
        return await self._say("close", ref.order_no, self.closes)

    async def parse_notification(self, request: RawRequest) -> Notification:
        notice = json.loads(request.body)
        if notice["sign"] != _sign(notice):
            raise SignatureError("forged")
        kind = NotificationKind(notice["kind"])
        result = PaymentResult(
            PaymentState(notice["state"]), amount_fen=notice["fen"], currency="CNY", error=_error(notice)
        )
        payment = result if kind is NotificationKind.PAYMENT else None
        return Notification(kind, notice["order_no"], order_no=notice["order_no"], result=payment)

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        return HttpAnswer(200, {}, outcome.value.encode())

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.asked]

    async def _say(self, operation: str, order_no: str, script: list[Any]) -> Any:
        self.asked.append((operation, order_no))
        says = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(says, Exception):
            raise says
        return await says() if callable(says) else says


def notice(
    order_no: str,
    *,
    state: PaymentState = PaymentState.SUCCEEDED,
    fen: int | None = 1000_00,
    kind: NotificationKind = NotificationKind.PAYMENT,
    nonce: int = 1,
    sign: str | None = None,
    error: str | None = None,
    at: datetime = NOW,
) -> RawRequest:
    """What the fake channel posts to us."""
    body = {"order_no": order_no, "state": state, "fen": fen, "kind": kind, "nonce": nonce, "error": error}
    body["sign"] = sign or _sign(body)
    return RawRequest("POST", "/notify/payments/fake", "", Headers(), json.dumps(body).encode(), at)


def _sign(body: dict[str, Any]) -> str:
    return f"signed:{body['order_no']}:{body['state']}:{body['fen']}:{body['nonce']}"


def _error(body: dict[str, Any]) -> ChannelError | None:
    return ChannelError(ErrorKind.CONFLICT, ErrorCode(body["error"])) if body["error"] else None


@dataclass(frozen=True)
class Debt:
    loan_id: UUID
    borrower_id: UUID


async def a_loan(session: AsyncSession) -> Debt:
    """A loan with everything it stands on; what is in the rows is of no account here."""
    made: dict[str, UUID] = {}
    loan_id = await _a_row(session, models.Base.metadata.tables["loans"], made)
    return Debt(loan_id, made["borrowers"])


async def an_order(
    session: AsyncSession,
    debt: Debt | None = None,
    *,
    amount_fen: int = 1000_00,
    intent: PaymentIntent = PaymentIntent.INSTALLMENT,
    offer: Offer | None = None,
    product: str = "page",
    at: datetime = NOW,
    expires_at: datetime | None = None,
) -> PaymentOrder:
    debt = debt or await a_loan(session)
    return await orders.create(
        session,
        borrower_id=debt.borrower_id,
        loan_id=debt.loan_id,
        intent=intent,
        amount_fen=amount_fen,
        channel=offer or Offer(),
        product=product,
        subject="Repayment",
        at=at,
        expires_at=expires_at or at + 2 * HOUR,
    )


async def attempt_of(session: AsyncSession, order: PaymentOrder) -> PaymentAttempt:
    """Its latest attempt, as it is in the database."""
    rows = select(PaymentAttempt).where(PaymentAttempt.order_id == order.id).order_by(PaymentAttempt.id.desc()).limit(1)
    return (await session.scalars(rows.execution_options(populate_existing=True))).one()


async def received_fen(session: AsyncSession, loan_id: UUID | None) -> int:
    """What the books say was received for a loan: in clearing, and against it in suspense."""
    clearing, suspense = [
        await session.scalar(
            select(func.coalesce(func.sum(Entry.amount_fen), 0))
            .join(Transfer, Transfer.id == Entry.transfer_id)
            .where(Transfer.loan_id == loan_id, Entry.side == side, Entry.account_code.like(account))
        )
        for side, account in ((Side.DEBIT, "clearing.%"), (Side.CREDIT, "suspense.payments"))
    ]
    assert clearing == suspense
    return int(clearing or 0)


async def _a_row(session: AsyncSession, table: Table, made: dict[str, UUID]) -> UUID:
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.foreign_keys and not column.nullable:
            (key,) = column.foreign_keys
            parent = key.column.table
            if parent.name not in made:
                made[parent.name] = await _a_row(session, parent, made)
            values[column.name] = made[parent.name]
        elif not (column.nullable or column.default or column.server_default):
            values[column.name] = _anything(column)
    values["id"] = new_id()
    await session.execute(insert(table).values(values))
    return values["id"]


def _anything(column: Column[Any]) -> Any:
    kind = getattr(column.type, "enum_class", None)
    if kind is not None:
        return next(iter(kind))
    unique = new_id().hex
    anything: dict[type, Any] = {
        bool: False,
        int: 1,
        str: unique,
        bytes: unique.encode(),
        Decimal: Decimal(1),
        datetime: NOW,
        date: NOW.date(),
        list: [],
        object: {},
    }
    return anything[column.type.python_type]
