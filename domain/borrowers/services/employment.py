"""Where a borrower works and what he is paid, versioned."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import BadPay, BadStartDate
from domain.borrowers.models import Employment
from domain.borrowers.queries import facts, people
from domain.borrowers.rules import phones, texts
from domain.shared.crypto import keyring_of
from domain.shared.days import add_months, business_day
from domain.shared.money import yuan

MOST_PAY_FEN = 1_000_000_000
MOST_YEARS = 60


async def save(
    session: AsyncSession,
    *,
    borrower_id: UUID,
    employer: str,
    monthly_pay_fen: int,
    at: datetime,
    phone: str | None = None,
    address: str | None = None,
    position: str | None = None,
    started_on: date | None = None,
) -> Employment:
    """A new version of his employment; the one before it stays as it was.

    Raises BadText, BadPay, BadStartDate, NotAPhone, AccountFrozen, AccountClosed.
    """
    borrower = await people.lock_active(session, borrower_id)
    if not 0 <= monthly_pay_fen <= MOST_PAY_FEN:
        raise BadPay(most=yuan(MOST_PAY_FEN), fields=("monthlyPay",))
    _check_start(started_on, business_day(at))
    number = phones.any_phone(phone, field="phone") if phone and phone.strip() else None
    earlier = await facts.current_employment(session, borrower_id)
    row = Employment(
        borrower_id=borrower_id,
        version=earlier.version + 1 if earlier else 1,
        employer=texts.short(employer, field="employer", least=2),
        phone_sealed=borrower.box(keyring_of(session)).seal("phone", number) if number else None,
        address=texts.optional(address, field="address", least=2, most=200),
        position=texts.optional(position, field="position", most=60),
        monthly_pay_fen=monthly_pay_fen,
        started_on=started_on,
        created_at=at,
    )
    if earlier:
        earlier.superseded_at = at
        await session.flush()
    session.add(row)
    await session.flush()
    return row


def _check_start(started_on: date | None, today: date) -> None:
    earliest = add_months(today, -12 * MOST_YEARS)
    if started_on is not None and not earliest <= started_on <= today:
        raise BadStartDate(earliest=earliest, today=today, fields=("startedOn",))
