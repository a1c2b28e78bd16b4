"""Selects on whom one may contact, what was decided about it, what was tried, and what was promised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from domain.borrowers.models import Borrower, Contact
from domain.collections.models import ContactAttempt, PaymentPromise
from domain.collections.rules.contact import Made
from domain.collections.rules.promise import PromiseStatus

RECENT = 100
"""Attempts of a debtor that the guard looks back on: many more than the law allows in the days it speaks of."""


@dataclass(frozen=True, slots=True)
class Debtor:
    """What is known of a debtor's number, and what was tried so far, the newest first."""

    number: bytes
    made: tuple[Made, ...]


async def lock_debtor(session: AsyncSession, borrower_id: UUID) -> None:
    """Two who would contact a debtor do so one after the other. Taken before the lock of a case."""
    await session.execute(select(Borrower.id).where(Borrower.id == borrower_id).with_for_update(key_share=True))


async def debtors(session: AsyncSession, borrower_ids: Iterable[UUID]) -> Mapping[UUID, Debtor]:
    """By borrower, whatever case of his it was."""
    ids = set(borrower_ids)
    place = func.row_number().over(partition_by=ContactAttempt.borrower_id, order_by=ContactAttempt.id.desc())
    columns: tuple[InstrumentedAttribute[object], ...] = (
        ContactAttempt.borrower_id,
        ContactAttempt.id,
        ContactAttempt.on_day,
        ContactAttempt.channel,
        ContactAttempt.party,
        ContactAttempt.number,
        ContactAttempt.outcome,
    )
    ranked = select(*columns, place.label("place")).where(ContactAttempt.borrower_id.in_(ids)).subquery()
    made: dict[UUID, list[Made]] = {borrower_id: [] for borrower_id in ids}
    newest = select(*(ranked.c[column.key] for column in columns)).where(ranked.c.place <= RECENT)
    for borrower_id, *attempt in await session.execute(newest.order_by(ranked.c.place)):
        made[borrower_id].append(Made(*attempt))
    numbers = await session.execute(select(Borrower.id, Borrower.phone_index).where(Borrower.id.in_(ids)))
    return {borrower_id: Debtor(number, tuple(made[borrower_id])) for borrower_id, number in numbers}


async def contact_of(session: AsyncSession, contact_id: UUID, *, borrower_id: UUID) -> Contact | None:
    """A contact as the debtor names him now."""
    row = await session.get(Contact, contact_id)
    return row if row is not None and row.borrower_id == borrower_id and row.superseded_at is None else None


async def attempt(session: AsyncSession, attempt_id: UUID) -> ContactAttempt:
    return await session.get_one(ContactAttempt, attempt_id)


async def promise(session: AsyncSession, promise_id: UUID) -> PaymentPromise:
    return await session.get_one(PaymentPromise, promise_id)


async def open_promise(session: AsyncSession, case_id: UUID) -> PaymentPromise | None:
    """The promise of a locked case that is still to be kept."""
    return await session.scalar(
        select(PaymentPromise)
        .where(PaymentPromise.case_id == case_id, PaymentPromise.status == PromiseStatus.OPEN)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
