"""A loan that falls due under a mandate, runs that ask for its debit, and what its channel says."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan
from domain.lending.services import withholding
from domain.messaging.models import Message
from domain.payments.models import PaymentOrder
from domain.payments.ports import PaymentResult
from domain.payments.rules.states import PaymentMethod
from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from tests.domain.lending.reminders.builders import at, lent
from tests.domain.payments.mandates import refused, signed

DUE = date(2026, 2, 15)
MORNING, EVENING = at(DUE, 10), at(DUE, 18)
DAY = timedelta(days=1)


async def debtor(session: AsyncSession, **terms: Any) -> Loan:
    """A loan of which 496.00 fall due, and a mandate."""
    loan = await lent(session, **terms)
    await signed(session, loan.borrower_id, at=at(DUE - 10 * DAY))
    return loan


async def ran(session: AsyncSession, when: datetime) -> dict[str, int]:
    return (await withholding.run(session, at=when)).figures


async def requested(session: AsyncSession, loan: Loan) -> list[PaymentOrder]:
    rows = select(PaymentOrder).where(PaymentOrder.loan_id == loan.id, PaymentOrder.method == PaymentMethod.WITHHOLDING)
    return list(await session.scalars(rows.order_by(PaymentOrder.id)))


async def answered(session: AsyncSession, order: PaymentOrder, result: PaymentResult, when: datetime) -> UUID:
    """The order's debit is begun and the channel says this."""
    attempt = (await attempts.claim(session, order_id=order.id, at=when, automatic=True)).attempt
    await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=Source.ANSWER, at=when)
    return attempt.id


async def declined(session: AsyncSession, loan: Loan, when: datetime, **why: Any) -> UUID:
    """A run's debit that was refused, and what that led to."""
    assert await ran(session, when) == {"requested": 1}
    attempt_id = await answered(session, (await requested(session, loan))[-1], refused(**why), when)
    await withholding.declined(session, attempt_id=attempt_id, at=when)
    return attempt_id


async def told(session: AsyncSession, loan: Loan, template: str) -> list[Message]:
    rows = select(Message).where(Message.borrower_id == loan.borrower_id, Message.template_code == template)
    return list(await session.scalars(rows.order_by(Message.id)))
