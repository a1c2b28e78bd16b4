"""What happens to payments is announced to observers with the change itself, once, and without a word about persons."""

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.payments.ports import PaymentResult
from domain.payments.services import attempts, orders
from domain.payments.services.attempts import Source
from domain.shared.outbox import OutboxRow
from tests.domain.payments.builders import CLOSED, DECLINED, NOW, PROCESSING, UNKNOWN, an_order, paid


async def _told(session: AsyncSession) -> list[dict[str, Any]]:
    rows = select(OutboxRow).where(OutboxRow.topic == "payments.happened").order_by(OutboxRow.id)
    return [row.payload for row in await session.scalars(rows)]


async def _names(session: AsyncSession) -> list[str]:
    return sorted(payload["name"] for payload in await _told(session))


async def _after(
    session: AsyncSession, *results: PaymentResult, source: Source = Source.NOTICE
) -> tuple[PaymentOrder, PaymentAttempt]:
    order = await an_order(session)
    attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
    for result in results:
        await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=source, at=NOW)
    return order, attempt


async def test_a_paid_order_is_told_once_however_often_its_notice_comes(session: AsyncSession) -> None:
    order, attempt = await _after(session, PROCESSING, paid(), paid(), PROCESSING)

    (told,) = await _told(session)
    assert (told["name"], told["channel"], told["order_no"]) == ("order.paid", order.channel, attempt.order_no)
    assert told["facts"] == {
        "order": order.number,
        "amount_fen": 1000_00,
        "received_fen": 1000_00,
        "state": "SUCCEEDED",
        "method": "ACTIVE",
    }


async def test_a_declined_order_and_a_closed_one_are_told(session: AsyncSession) -> None:
    await _after(session, DECLINED)
    await _after(session, CLOSED)
    assert await _names(session) == ["order.closed", "order.failed"]


async def test_doubt_is_told_and_money_that_comes_after_all(session: AsyncSession) -> None:
    await _after(session, UNKNOWN, UNKNOWN, CLOSED, paid())
    assert await _names(session) == ["attempt.late", "attempt.unknown", "order.closed", "order.paid"]


async def test_another_sum_than_was_asked_is_told_as_what_it_is_and_where_it_lies(session: AsyncSession) -> None:
    await _after(session, paid(999_99), source=Source.QUERY)
    assert await _names(session) == ["money.unplaced", "order.mismatch"]


async def test_an_order_that_was_never_begun_is_told_by_our_own_number(session: AsyncSession) -> None:
    order = await an_order(session)
    await orders.abandon(session, order_id=order.id, at=NOW)
    await orders.abandon(session, order_id=order.id, at=NOW)

    (told,) = await _told(session)
    assert (told["name"], told["order_no"]) == ("order.closed", order.number)


async def test_who_paid_is_not_told(session: AsyncSession) -> None:
    order, attempt = await _after(session, replace(paid(), payer_id_masked="138****0001"))

    text = json.dumps(await _told(session))
    assert attempt.payer_masked
    assert attempt.payer_masked not in text
    assert str(order.borrower_id) not in text
