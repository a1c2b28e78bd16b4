"""What is shown of many cases at once: one SQL for all of them, the newest first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import views
from domain.borrowers.models import Borrower, Contact
from domain.borrowers.views import ContactView
from domain.collections.models import (
    CollectionCase,
    CollectionTask,
    ContactAttempt,
    ContactDecision,
    PaymentPromise,
)
from domain.shared.crypto import keyring_of

OfCase = TypeVar("OfCase", CollectionTask, ContactAttempt, ContactDecision, PaymentPromise)


async def cases(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, CollectionCase]:
    return {row.id: row for row in await session.scalars(select(CollectionCase).where(CollectionCase.id.in_(ids)))}


async def tasks(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, list[CollectionTask]]:
    """By case."""
    return await _of_cases(session, CollectionTask, ids)


async def attempts(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, list[ContactAttempt]]:
    """By case."""
    return await _of_cases(session, ContactAttempt, ids)


async def decisions(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, list[ContactDecision]]:
    """By case."""
    return await _of_cases(session, ContactDecision, ids)


async def promises(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, list[PaymentPromise]]:
    """By case."""
    return await _of_cases(session, PaymentPromise, ids)


async def notes(session: AsyncSession, attempt_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """What collectors wrote down, by attempt."""
    keyring = keyring_of(session)
    found = await session.execute(
        select(ContactAttempt, Borrower)
        .join(Borrower, Borrower.id == ContactAttempt.borrower_id)
        .where(
            ContactAttempt.id.in_(attempt_ids), ContactAttempt.note_sealed.is_not(None), Borrower.data_key.is_not(None)
        )
    )
    return {row.id: owner.box(keyring).open("contact_note", row.note_sealed) for row, owner in found if row.note_sealed}


async def contacts(session: AsyncSession, borrower_id: UUID) -> list[tuple[UUID, ContactView]]:
    """The contacts as they are now, each with its id, masked, in the order in which they were named."""
    keyring = keyring_of(session)
    found = await session.execute(
        select(Contact, Borrower)
        .join(Borrower, Borrower.id == Contact.borrower_id)
        .where(Contact.borrower_id == borrower_id, Contact.superseded_at.is_(None), Borrower.data_key.is_not(None))
        .order_by(Contact.ordinal)
    )
    return [(row.id, views.contact(row, owner.box(keyring))) for row, owner in found]


async def _of_cases(session: AsyncSession, model: type[OfCase], ids: Sequence[UUID]) -> Mapping[UUID, list[OfCase]]:
    found: defaultdict[UUID, list[OfCase]] = defaultdict(list)
    for row in await session.scalars(select(model).where(model.case_id.in_(ids)).order_by(model.id.desc())):
        found[row.case_id].append(row)
    return dict(found)
