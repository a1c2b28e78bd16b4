"""The audit of what was said to channels."""

from dataclasses import dataclass
from datetime import date, datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.flows import mandate_calls
from domain.payments.models import ChannelExchange
from domain.payments.ports import MandateRef
from domain.payments.rules.asking import CALL_LIMIT
from domain.payments.services import attempts
from domain.payments.services.exchanges import About, about, record_exchange
from domain.shared.db import Sessions
from tests.domain.payments.builders import HOUR, NOW, a_loan, an_order
from tests.domain.payments.mandates import DebitChannel, agreed, signed, to_withhold


@dataclass(frozen=True)
class Said:
    code: str = "fake"
    method: str = "POST"
    url: str = "https://gateway.example/pay"
    request: str = "accNo=***"
    at: datetime = NOW
    duration_ms: int = 12
    status: int | None = 200
    response: str = "respCode=00\0"
    failure: str = ""


async def test_an_exchange_is_kept_with_the_attempt_it_is_about(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        order = await an_order(session)
        attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt

    with about(About("query_payment", attempt.id)):
        await record_exchange(sessions, Said())
        await record_exchange(sessions, Said(status=None, response="", failure="ReadTimeout"))
    await record_exchange(sessions, Said())

    async with sessions() as session:
        answered, failed = await queries.exchanges_of(session, attempt.id)
    assert answered.operation == "query_payment"
    assert answered.answer == {"status": 200, "body": "respCode=00"}
    assert (failed.answer, failed.outcome) == (None, "ReadTimeout")


async def test_what_is_said_under_a_mandate_is_kept_with_it(sessions: Sessions) -> None:
    channel = DebitChannel()
    async with sessions.begin() as session:
        debt = await a_loan(session)
        await agreed(session)
        mandate = await signed(session, debt.borrower_id)
        order = await to_withhold(session, debt, mandate)
        attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt

    async def tells() -> object:
        await record_exchange(sessions, Said())
        return None

    channel.mandate_queries = channel.debits = [tells]
    await mandate_calls.query(channel, mandate.id, MandateRef(mandate.mandate_no), limit=CALL_LIMIT)
    await mandate_calls.debit(channel, order, attempt, token="T-1", limit=CALL_LIMIT)

    async with sessions() as session:
        asked, debited = (await session.scalars(select(ChannelExchange).order_by(ChannelExchange.id))).all()
    assert (asked.operation, asked.attempt_id, asked.mandate_id) == ("query_mandate", None, mandate.id)
    assert (debited.operation, debited.attempt_id, debited.mandate_id) == ("debit", attempt.id, mandate.id)


async def test_a_debit_without_a_due_date_is_of_the_shanghai_day_it_was_asked_for(session: AsyncSession) -> None:
    channel = DebitChannel()
    debt = await a_loan(session)
    await agreed(session)
    order = await to_withhold(session, debt, await signed(session, debt.borrower_id), at=NOW + 15 * HOUR)
    attempt = (await attempts.claim(session, order_id=order.id, at=NOW + 15 * HOUR)).attempt
    order.due_on = None

    await mandate_calls.debit(channel, order, attempt, token="T-1", limit=CALL_LIMIT)

    assert channel.debited[0].due_date == date(2026, 3, 3)


async def test_what_was_said_is_never_rewritten(session: AsyncSession) -> None:
    with pytest.raises(DBAPIError, match="append only"):
        await session.execute(update(ChannelExchange).values(outcome="FORGOTTEN"))
