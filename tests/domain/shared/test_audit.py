"""The audit trail: it stands or falls with the act, and nobody rewrites it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import audit
from domain.shared.actors import SYSTEM, Actor, ActorKind, Role
from domain.shared.audit import AuditRecord
from domain.shared.db import Sessions
from domain.shared.ids import new_id

AT = datetime(2026, 1, 15, 4, tzinfo=UTC)


async def test_who_did_what_to_what_is_written_down(session: AsyncSession) -> None:
    staff_id, loan_id = new_id(), new_id()
    reviewer = Actor(ActorKind.STAFF, staff_id, frozenset({Role.REVIEWER}))
    audit.record(session, actor=reviewer, action="loan.approved", subject=("loan", loan_id), at=AT, reason="good")
    await session.flush()

    row = (await session.scalars(select(AuditRecord))).one()

    assert (row.actor_kind, row.actor_id, row.action) == ("STAFF", staff_id, "loan.approved")
    assert (row.subject_kind, row.subject_id, row.at, row.details) == ("loan", loan_id, AT, {"reason": "good"})


async def test_an_act_that_was_rolled_back_left_no_trace(sessions: Sessions) -> None:
    async with sessions() as session:
        audit.record(session, actor=SYSTEM, action="loan.approved", subject=("loan", None), at=AT)
        await session.flush()
        await session.rollback()
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(AuditRecord)) == 0


async def test_not_even_we_rewrite_it(session: AsyncSession) -> None:
    audit.record(session, actor=SYSTEM, action="loan.approved", subject=("loan", None), at=AT)
    await session.flush()

    with pytest.raises(IntegrityError, match="append only"):
        await session.execute(update(AuditRecord).values(action="loan.rejected"))


def test_only_staff_have_roles() -> None:
    pretender = Actor(ActorKind.BORROWER, new_id(), frozenset({Role.ADMIN}))

    assert not pretender.has(Role.ADMIN)
    assert Actor(ActorKind.STAFF, new_id(), frozenset({Role.FINANCE})).has(Role.ADMIN, Role.FINANCE)


def test_the_name_of_an_actor_tells_kinds_and_people_apart() -> None:
    person = new_id()

    assert Actor(ActorKind.BORROWER, person).name == f"BORROWER:{person}"
    assert SYSTEM.name == "SYSTEM"
