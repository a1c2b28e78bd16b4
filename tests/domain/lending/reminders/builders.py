"""A lender with a policy and wordings, borrowers with a phone, loans that run, and what was queued to be said to whom."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import Borrower
from domain.collections.presets import CN_CBA_2026, CN_GBT_45251
from domain.lending.models import Loan
from domain.lending.services import repayment
from domain.messaging import services as messaging
from domain.messaging.models import Message
from domain.shared.crypto import keyring_of
from domain.shared.days import SHANGHAI
from domain.shared.policy import PolicyValue
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import running_loan, settled_attempt
from tests.domain.payments.builders import ROUTING

PHONE = "+8613800138000"


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


async def lender(session: AsyncSession, *, offsets: list[int] | None = None, strategy: str = "standard") -> None:
    """Policy and wordings; `offsets` of the reminders, the collection strategy by its name."""
    values = {
        "inbox.unproven_kept_days": 90,
        "outbox.kept_days": 30,
        "reminders.offsets": offsets or [-2],
        "messaging.quiet_hours": {"from": "22:00", "to": "08:00"},
        "collections.strategy": strategy,
        "collections.contact_packs": [CN_GBT_45251, CN_CBA_2026],
        "collections.promise_max_days": 14,
        "mandates.cap_fen": 50_000_00,
        "payments.routing": ROUTING,
        "withholding.rules": {
            "insufficient_funds_per_day": 2,
            "days_past_due_max": 30,
            "quiet_hours": {"from": "22:00", "to": "08:00"},
        },
    }
    for name, value in values.items():
        session.add(PolicyValue(name=name, value=value, source="a test", effective_from=date(2020, 1, 1)))
    await messaging.install_templates(session, at=datetime(2020, 1, 1, tzinfo=UTC))


async def lent(session: AsyncSession, **terms: Any) -> Loan:
    """A running loan of 40,000.00 yuan over 12 months from 2026-01-15, interest only, on 360 days; 14.4 %.

    Its first row is due on 2026-02-15: 496.00.
    """
    usual = {"principal_fen": 40_000_00, "method": "INTEREST_ONLY", "day_count": "ACT_360"}
    loan = await running_loan(session, terms_like(**(usual | terms)))
    borrower = await session.get_one(Borrower, loan.borrower_id)
    keyring = keyring_of(session)
    borrower.data_key = keyring.new_data_key()
    borrower.phone_sealed = borrower.box(keyring).seal("phone", PHONE)
    await session.flush()
    return loan


async def pay(session: AsyncSession, loan: Loan, fen: int, when: datetime) -> None:
    """A payment by Alipay that settled and was applied."""
    attempt_id = await settled_attempt(session, loan, fen, paid_at=when)
    await repayment.apply_settled(session, attempt_id=attempt_id, at=when)


@dataclass(frozen=True)
class Said:
    template: str
    text: str
    facts: dict[str, Any]


async def said(session: AsyncSession, *templates: str) -> list[Said]:
    """What was queued, oldest first; only of these templates, if named."""
    rows = await session.scalars(select(Message).order_by(Message.id))
    return [
        Said(row.template_code, await messaging.text_of(session, row) or "", row.facts)
        for row in rows
        if not templates or row.template_code in templates
    ]
