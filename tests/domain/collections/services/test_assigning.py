"""Whose a case is: taken by a collector, given by an administrator, and of no concern to others."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.errors import CaseClosed, CaseNotFound, CaseNotTaken, NotACollector, NotYoursToAssign
from domain.collections.services import assigning, cases
from domain.shared.actors import Actor, Role
from domain.shared.audit import AuditRecord
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from domain.staff.models import StaffStatus
from tests.domain.collections.builders import ADMIN, DUE, collector, open_case, owed, tried
from tests.domain.lending.reminders.builders import at, pay


async def test_a_collector_is_given_a_case_and_it_is_written_down(session: AsyncSession) -> None:
    _, case = await open_case(session)
    member = await collector(session)

    given = await assigning.assign(session, case_id=case.id, staff_id=member.id, actor=ADMIN, at=at(DUE))

    assert (given.assigned_to, given.assigned_at) == (member.id, at(DUE))
    await session.flush()
    record = (await session.scalars(select(AuditRecord).where(AuditRecord.action == "collections.case_assigned"))).one()
    assert (record.actor_id, record.subject_id, record.details) == (
        ADMIN.id,
        case.id,
        {"before": None, "after": str(member.id)},
    )


async def test_giving_it_to_the_one_who_has_it_changes_nothing(session: AsyncSession) -> None:
    _, case = await open_case(session)
    member = await collector(session)
    for hour in (9, 10):
        await assigning.assign(session, case_id=case.id, staff_id=member.id, actor=ADMIN, at=at(DUE, hour))

    assert case.assigned_at == at(DUE, 9)


@pytest.mark.parametrize(
    "changes", [{"roles": [Role.REVIEWER]}, {"status": StaffStatus.DISABLED}], ids=["reviewer", "gone"]
)
async def test_only_an_active_collector_can_have_a_case(session: AsyncSession, changes: dict[str, object]) -> None:
    _, case = await open_case(session)
    member = await collector(session, **changes)

    with pytest.raises(NotACollector):
        await assigning.assign(session, case_id=case.id, staff_id=member.id, actor=ADMIN, at=at(DUE))
    with pytest.raises(NotACollector):
        await assigning.assign(session, case_id=case.id, staff_id=new_id(), actor=ADMIN, at=at(DUE))
    assert case.assigned_to is None


async def test_a_closed_case_is_given_to_nobody(session: AsyncSession) -> None:
    loan, case = await open_case(session)
    when = at(DUE + timedelta(days=8))
    await pay(session, loan, await owed(session, loan, when), when)
    await cases.refresh(session, loan_id=loan.id, at=when)
    member = await collector(session)

    with pytest.raises(CaseClosed, match=case.number):
        await assigning.assign(session, case_id=case.id, staff_id=member.id, actor=ADMIN, at=when)
    with pytest.raises(CaseNotFound):
        await assigning.assign(session, case_id=new_id(), staff_id=member.id, actor=ADMIN, at=when)


async def test_a_collector_takes_what_is_nobody_s(session: AsyncSession) -> None:
    _, case = await open_case(session)
    member = await collector(session)

    taken = await assigning.assign(session, case_id=case.id, staff_id=member.id, actor=member.actor(), at=at(DUE))

    assert taken.assigned_to == member.id


async def test_but_gives_nothing_to_a_colleague(session: AsyncSession) -> None:
    _, case = await open_case(session)
    member, colleague = await collector(session), await collector(session)

    with pytest.raises(NotYoursToAssign):
        await assigning.assign(session, case_id=case.id, staff_id=colleague.id, actor=member.actor(), at=at(DUE))
    assert case.assigned_to is None


async def test_a_colleague_s_case_does_not_exist_for_him(session: AsyncSession) -> None:
    _, case = await open_case(session)
    member, colleague = await collector(session), await collector(session)
    await assigning.assign(session, case_id=case.id, staff_id=colleague.id, actor=ADMIN, at=at(DUE))

    with pytest.raises(CaseNotFound):
        await assigning.assign(session, case_id=case.id, staff_id=member.id, actor=member.actor(), at=at(DUE))
    with pytest.raises(CaseNotFound):
        await tried(session, case, member.actor(), at(DUE + timedelta(days=2)))
    assert not assigning.sees(member.actor(), case)
    assert assigning.sees(colleague.actor(), case)
    assert assigning.sees(ADMIN, case)


async def test_nothing_is_done_in_a_case_that_nobody_has_taken(session: AsyncSession) -> None:
    _, case = await open_case(session)
    member = await collector(session)

    with pytest.raises(CaseNotTaken, match=case.number):
        await tried(session, case, member.actor(), at(DUE + timedelta(days=2)))
    assert assigning.sees(member.actor(), case)


async def test_of_two_who_take_it_at_once_one_has_it(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        _, case = await open_case(session)
        members = [(await collector(session)).actor() for _ in range(2)]

    async def take(actor: Actor) -> str:
        async with sessions.begin() as session:
            try:
                await assigning.assign(session, case_id=case.id, staff_id=actor.id or new_id(), actor=actor, at=at(DUE))
            except CaseNotFound:
                return "gone"
            await asyncio.sleep(0.05)
            return "taken"

    assert sorted(await asyncio.gather(*(take(actor) for actor in members))) == ["gone", "taken"]
