"""Payments that can go back: attempts that brought money, money put aside, a channel that refunds as it is told."""

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.models import PaymentAttempt, Refund, Unplaced, UnplacedReason
from domain.payments.ports import (
    Capabilities,
    Notification,
    NotificationKind,
    Product,
    RawRequest,
    RefundAbility,
    RefundRef,
    RefundResult,
)
from domain.payments.ports import Refund as RefundRequest
from domain.payments.ports import RefundState as Told
from domain.payments.queries import unplaced_of
from domain.payments.services import attempts, refunds, unplaced
from domain.payments.services.attempts import Source
from domain.shared.actors import SYSTEM
from domain.shared.policy import PolicyValue
from tests.domain.payments.builders import NOW, Debt, FakeChannel, Offer, an_order, paid
from tests.domain.payments.builders import notice as plain_notice

CAN = Capabilities(
    products=frozenset({Product.PAGE}),
    refund=frozenset({RefundAbility.FULL, RefundAbility.PARTIAL, RefundAbility.MULTIPLE}),
    refund_query=True,
)
OFFER = Offer(capabilities=CAN)
BACK = RefundResult(Told.SUCCEEDED, amount_fen=1000_00, currency="CNY", provider_no="R1")
AT_IT = RefundResult(Told.PROCESSING)
NEVER_SEEN = RefundResult(Told.NOT_FOUND)
NOBODY_KNOWS = RefundResult(Told.UNKNOWN)
NO = RefundResult(Told.DECLINED)


class RefundingChannel(FakeChannel):
    """Also says what `refunds` and `refund_queries` hold, and keeps what it was told to give back."""

    def __init__(self, code: str = "fake") -> None:
        super().__init__(code)
        self.refunds: list[Any] = [BACK]
        self.refund_queries: list[Any] = [BACK]
        self.told: list[RefundRequest] = []

    async def refund(self, request: RefundRequest) -> RefundResult:
        self.told.append(request)
        return await self._say("refund", request.refund_no, self.refunds)

    async def query_refund(self, ref: RefundRef) -> RefundResult:
        return await self._say("query_refund", ref.refund_no, self.refund_queries)

    async def parse_notification(self, request: RawRequest) -> Notification:
        told = await super().parse_notification(request)
        body = json.loads(request.body)
        if told.kind is not NotificationKind.REFUND:
            return told
        result = RefundResult(Told.SUCCEEDED, amount_fen=body["fen"], currency="CNY", cumulative=True)
        return Notification(told.kind, told.event_id, order_no=body["order_no"], refund_no=body["error"], result=result)


def refund_notice(order_no: str, refund_no: str | None, fen: int, *, nonce: int = 1) -> RawRequest:
    """What the channel posts of a refund: how much went back so far; of the number, nothing where there is None."""
    return plain_notice(order_no, fen=fen, kind=NotificationKind.REFUND, nonce=nonce, error=refund_no)


async def an_attempt(session: AsyncSession, debt: Debt | None = None, *, fen: int = 1000_00) -> PaymentAttempt:
    """One that brought what was asked."""
    order = await an_order(session, debt, amount_fen=fen, offer=OFFER)
    attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
    result = paid(fen, paid_at=NOW)
    return (
        await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=Source.NOTICE, at=NOW)
    ).attempt


async def put_aside(
    session: AsyncSession,
    debt: Debt | None = None,
    *,
    reason: UnplacedReason = UnplacedReason.DOUBLE,
    fen: int = 1000_00,
    at: datetime = NOW,
) -> Unplaced:
    """Money on the work list that an attempt brought."""
    attempt = await an_attempt(session, debt, fen=fen)
    await unplaced.keep(session, attempt_id=attempt.id, reason=reason, at=at)
    row = await unplaced_of(session, attempt.id)
    assert row is not None
    return row


async def asked_back(session: AsyncSession, row: Unplaced | None = None) -> Refund:
    """A refund of money on the work list, by a person."""
    row = row or await put_aside(session)
    return await refunds.of_unplaced(session, unplaced_id=row.id, reason="paid twice", by=SYSTEM, channel=OFFER, at=NOW)


async def let_go_by_itself(session: AsyncSession, *reasons: str) -> None:
    """The policy of what goes back without a person."""
    session.add(
        PolicyValue(name="payments.auto_refund", value=list(reasons), source="test", effective_from=date(2020, 1, 1))
    )
    await session.flush()


async def fresh(session: AsyncSession, refund: Refund) -> Refund:
    """As it is in the database."""
    rows = select(Refund).where(Refund.id == refund.id)
    return (await session.scalars(rows.execution_options(populate_existing=True))).one()
