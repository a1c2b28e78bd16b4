"""The audit of what was said to channels."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.models import ChannelExchange
from domain.payments.services import attempts
from domain.payments.services.exchanges import about, record_exchange
from domain.shared.db import Sessions
from tests.domain.payments.builders import NOW, an_order


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

    with about(attempt.id, "query_payment"):
        await record_exchange(sessions, Said())
        await record_exchange(sessions, Said(status=None, response="", failure="ReadTimeout"))
    await record_exchange(sessions, Said())

    async with sessions() as session:
        answered, failed = await queries.exchanges_of(session, attempt.id)
    assert answered.operation == "query_payment"
    assert answered.answer == {"status": 200, "body": "respCode=00"}
    assert (failed.answer, failed.outcome) == (None, "ReadTimeout")


async def test_what_was_said_is_never_rewritten(session: AsyncSession) -> None:
    with pytest.raises(DBAPIError, match="append only"):
        await session.execute(update(ChannelExchange).values(outcome="FORGOTTEN"))
