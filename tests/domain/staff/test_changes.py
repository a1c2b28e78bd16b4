"""A change takes two people."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.actors import SYSTEM, Actor, Role
from domain.shared.audit import AuditRecord
from domain.shared.db import Sessions
from domain.shared.errors import DomainError
from domain.shared.ids import new_id
from domain.shared.reasons import ReasonMissing
from domain.staff.errors import ChangeDecided, ChangeNotFound, ChangePending, OwnChange
from domain.staff.models import ChangeRequest, ChangeState
from domain.staff.services import changes, members

NOW = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)


class Stale(DomainError):
    code = "STALE"
    english = "It has changed since."
    chinese = "已变更。"


class Ledger:
    """Remembers what was made true."""

    def __init__(self, refusal: DomainError | None = None) -> None:
        self.applied: list[dict[str, Any]] = []
        self.refusal = refusal

    async def apply(self, session: AsyncSession, change: ChangeRequest, at: datetime) -> None:
        if self.refusal:
            raise self.refusal
        self.applied.append(change.after)


async def member(session: AsyncSession, username: str) -> Actor:
    row = await members.create(
        session, username=username, name=username, password="a password", roles=(Role.ADMIN,), by=SYSTEM, at=NOW
    )
    return row.actor()


@pytest.fixture
async def maker(session: AsyncSession) -> Actor:
    return await member(session, "maker")


@pytest.fixture
async def checker(session: AsyncSession) -> Actor:
    return await member(session, "checker")


SUBJECT = UUID(int=7)


async def ask(session: AsyncSession, maker: Actor, reason: str = "收入提高", subject: UUID = SUBJECT) -> ChangeRequest:
    return await changes.ask(
        session,
        kind="credit.limit",
        subject_id=subject,
        before={"limit_fen": 1},
        after={"limit_fen": 2},
        reason=reason,
        by=maker,
        at=NOW,
    )


async def decide(
    session: AsyncSession, change: UUID, by: Actor, ledger: Ledger, *, approve: bool = True, reason: str = "属实"
) -> ChangeRequest:
    return await changes.decide(
        session, change_id=change, approve=approve, reason=reason, by=by, at=NOW, apply=ledger.apply
    )


async def test_what_another_approves_becomes_true_at_once(session: AsyncSession, maker: Actor, checker: Actor) -> None:
    change, ledger = await ask(session, maker), Ledger()
    row = await decide(session, change.id, checker, ledger)

    assert (row.state, row.decided_by, row.asked_by) == (ChangeState.APPROVED, checker.id, maker.id)
    assert ledger.applied == [{"limit_fen": 2}]
    records = await session.scalars(
        select(AuditRecord.action).where(AuditRecord.subject_id == change.id).order_by(AuditRecord.id)
    )
    assert records.all() == ["change.asked", "change.approved"]


async def test_what_is_refused_changes_nothing(session: AsyncSession, maker: Actor, checker: Actor) -> None:
    change, ledger = await ask(session, maker), Ledger()
    row = await decide(session, change.id, checker, ledger, approve=False)

    assert (row.state, ledger.applied) == (ChangeState.REFUSED, [])


async def test_who_asks_never_decides(session: AsyncSession, maker: Actor) -> None:
    change, ledger = await ask(session, maker), Ledger()
    for approve in (True, False):
        with pytest.raises(OwnChange):
            await decide(session, change.id, maker, ledger, approve=approve)

    assert (change.state, ledger.applied) == (ChangeState.ASKED, [])


async def test_the_database_holds_it_too(session: AsyncSession, maker: Actor) -> None:
    change = await ask(session, maker)
    change.decided_by = maker.id
    with pytest.raises(IntegrityError, match="two_people"):
        await session.flush()


async def test_a_change_is_decided_once(session: AsyncSession, maker: Actor, checker: Actor) -> None:
    change, ledger = await ask(session, maker), Ledger()
    await decide(session, change.id, checker, ledger)
    with pytest.raises(ChangeDecided):
        await decide(session, change.id, checker, ledger, approve=False)
    with pytest.raises(ChangeNotFound):
        await decide(session, new_id(), checker, ledger)

    assert len(ledger.applied) == 1


async def test_if_it_cannot_be_made_true_nothing_is_decided(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        asker, decider = await member(session, "maker"), await member(session, "checker")
        change = await ask(session, asker)
    with pytest.raises(Stale):
        async with sessions.begin() as session:
            await decide(session, change.id, decider, Ledger(Stale()))
    async with sessions() as session:
        assert (await session.get_one(ChangeRequest, change.id)).state is ChangeState.ASKED


@pytest.mark.parametrize("reason", ["", " ", "x", "x" * 501])
async def test_every_word_of_it_needs_a_reason(
    session: AsyncSession, maker: Actor, checker: Actor, reason: str
) -> None:
    change = await ask(session, maker)
    with pytest.raises(ReasonMissing):
        await ask(session, maker, reason, new_id())
    with pytest.raises(ReasonMissing):
        await decide(session, change.id, checker, Ledger(), reason=reason)


async def test_one_change_of_a_kind_waits_at_a_time(session: AsyncSession, maker: Actor, checker: Actor) -> None:
    change = await ask(session, maker)
    with pytest.raises(ChangePending):
        await ask(session, checker)
    await decide(session, change.id, checker, Ledger(), approve=False)

    assert await ask(session, checker)


async def test_two_who_decide_at_once_decide_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        asker = await member(session, "maker")
        deciders = [await member(session, f"checker{n}") for n in range(2)]
        change = await ask(session, asker)
    ledger = Ledger()

    async def decided(by: Actor) -> ChangeRequest:
        async with sessions.begin() as session:
            return await decide(session, change.id, by, ledger)

    outcomes = await asyncio.gather(*(decided(by) for by in deciders), return_exceptions=True)

    assert sum(isinstance(outcome, ChangeDecided) for outcome in outcomes) == 1
    assert len(ledger.applied) == 1
