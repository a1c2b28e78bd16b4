"""Loans that fall behind, the cases of them, collectors who work on them, and the days that go by."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import Borrower, Contact, Relation
from domain.collections.models import CollectionCase, CollectionTask, ContactAttempt, ContactDecision
from domain.collections.rules.contact import Channel, Outcome, Party
from domain.collections.rules.task import TaskKind
from domain.collections.services import cases, contacting, work
from domain.collections.services.cases import Imported
from domain.collections.services.work import Place
from domain.lending.models import Loan
from domain.lending.services import close_of_day, journal
from domain.shared.actors import Actor, ActorKind, Role
from domain.shared.crypto import keyring_of
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.outcome import Refused
from domain.staff.models import StaffMember, StaffStatus
from tests.domain.lending.reminders.builders import at, lender, lent
from tests.domain.lending.rows import row

DUE = date(2026, 2, 15)
ADMIN = Actor(ActorKind.STAFF, new_id(), frozenset({Role.ADMIN}))


def after(days: int) -> date:
    """So many days past due."""
    return DUE + timedelta(days=days)


async def late_loan(session: AsyncSession, *, value_date: date = date(2026, 1, 15), **terms: Any) -> Loan:
    """Its first row falls due a month after the value date, and nothing was ever paid."""
    return await lent(session, **({"method": "EQUAL_INSTALLMENT", "value_date": value_date} | terms))


async def project(session: AsyncSession, day: date) -> None:
    await close_of_day.look_at_all(session, at=at(day, 0, 20))


async def night(session: AsyncSession, day: date, *, limit: int = 1000) -> Imported:
    """The figures of the day, then the import, as the night does it."""
    await project(session, day)
    return await cases.import_overdue(session, at=at(day, 1), limit=limit)


async def morning(session: AsyncSession, day: date, *, hour: int = 9, limit: int = 100) -> Mapping[str, int]:
    """The morning's work from its first part to its last; what it did in all."""
    figures: Counter[str] = Counter()
    place: Place | None = Place(0)
    while place is not None:
        done = await work.work(session, at=at(day, hour), limit=limit, place=place)
        figures.update(done.figures)
        place = done.next
    return {name: count for name, count in figures.items() if count}


async def all_cases(session: AsyncSession) -> list[CollectionCase]:
    found = select(CollectionCase).order_by(CollectionCase.number).execution_options(populate_existing=True)
    return list(await session.scalars(found))


async def tasks(session: AsyncSession, *kinds: TaskKind) -> list[CollectionTask]:
    """What was and is to be done, oldest first; only of these kinds, if named."""
    found = select(CollectionTask).order_by(CollectionTask.id).execution_options(populate_existing=True)
    return [task for task in await session.scalars(found) if not kinds or task.kind in kinds]


async def decisions(session: AsyncSession) -> list[ContactDecision]:
    return list(await session.scalars(select(ContactDecision).order_by(ContactDecision.id)))


async def collector(session: AsyncSession, **changes: object) -> StaffMember:
    member = row(StaffMember, **({"roles": [Role.COLLECTOR], "status": StaffStatus.ACTIVE} | changes))
    session.add(member)
    await session.flush()
    return member


async def open_case(session: AsyncSession) -> tuple[Loan, CollectionCase]:
    await lender(session)
    loan = await late_loan(session)
    await night(session, after(1))
    (case,) = await all_cases(session)
    return loan, case


async def taken_case(session: AsyncSession) -> tuple[Loan, CollectionCase, Actor]:
    """The same, and the collector whose case it is."""
    loan, case = await open_case(session)
    member = await collector(session)
    case.assigned_to = member.id
    await session.flush()
    return loan, case, member.actor()


async def contact_of(session: AsyncSession, case: CollectionCase, phone: str = "+8613900000001", n: int = 1) -> Contact:
    """Somebody the debtor named."""
    owner = await session.get_one(Borrower, case.borrower_id)
    box = owner.box(keyring_of(session))
    contact = Contact(
        borrower_id=owner.id,
        ordinal=n,
        relation=Relation.FRIEND,
        name_sealed=box.seal("name", "李四"),
        phone_sealed=box.seal("phone", phone),
        phone_index=keyring_of(session).index("phone", phone),
        created_at=at(DUE),
    )
    session.add(contact)
    await session.flush()
    return contact


async def tried(
    session: AsyncSession,
    case: CollectionCase,
    by: Actor,
    when: datetime,
    outcome: Outcome = Outcome.UNANSWERED,
    *,
    channel: Channel = Channel.CALL,
    contact: Contact | None = None,
    note: str | None = None,
) -> ContactAttempt | Refused:
    """What came of a collector's wish to write an attempt down; to the debtor, unless a contact is named."""
    return await contacting.record(
        session,
        case_id=case.id,
        channel=channel,
        party=Party.CONTACT if contact else Party.DEBTOR,
        contact_id=contact.id if contact else None,
        outcome=outcome,
        note=note,
        actor=by,
        at=when,
    )


async def owed(session: AsyncSession, loan: Loan, when: datetime) -> int:
    return (await journal.history_of(session, loan)).position(business_day(when)).due_fen
