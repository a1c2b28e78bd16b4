"""A limit changed by hand: one asks, another decides."""

from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import (
    CreditLineNotUsable,
    CreditLineTooSmall,
    LimitBelowUsed,
    LimitNotSensible,
    LineChangedMeanwhile,
)
from domain.credit.models import CreditLine, CreditLineStatus
from domain.credit.queries.lines import movements
from domain.credit.services import limits, lines
from domain.shared.actors import Actor
from domain.staff.errors import OwnChange
from domain.staff.models import ChangeRequest
from tests.domain.credit.builders import NOW, granted_line, member_of_staff, ready_borrower, set_up


@dataclass
class Office:
    session: AsyncSession
    line: CreditLine
    anna: Actor
    bert: Actor

    async def ask(self, limit_fen: int, *, freeze: bool = False) -> ChangeRequest:
        return await limits.ask(
            self.session,
            line_id=self.line.id,
            limit_fen=limit_fen,
            freeze=freeze,
            reason="on the phone",
            by=self.anna,
            at=NOW,
        )

    async def decide(self, change: ChangeRequest, *, approve: bool = True, by: Actor | None = None) -> None:
        who = by or self.bert
        await limits.decide(self.session, change_id=change.id, approve=approve, reason="agreed", by=who, at=NOW)


@pytest.fixture
async def office(session: AsyncSession) -> Office:
    await set_up(session)
    line = await granted_line(session, await ready_borrower(session), limit_fen=100_00)
    await lines.reserve(session, line_id=line.id, amount_fen=60_00, source="a", at=NOW)
    anna, bert = await member_of_staff(session, "anna", "ADMIN"), await member_of_staff(session, "bert", "ADMIN")
    return Office(session, line, anna, bert)


async def test_a_limit_changes_when_another_agrees(office: Office) -> None:
    change = await office.ask(250_00)
    assert office.line.limit_fen == 100_00

    with pytest.raises(OwnChange):
        await office.decide(change, by=office.anna)
    await office.decide(change)

    assert (office.line.limit_fen, office.line.available_fen) == (250_00, 190_00)
    assert (change.before["limit_fen"], change.after["limit_fen"]) == (100_00, 250_00)
    assert [row.amount_fen for row in await movements(office.session, office.line.id)] == [100_00, 60_00, 150_00]


async def test_a_refused_change_changes_nothing(office: Office) -> None:
    await office.decide(await office.ask(250_00), approve=False)

    assert office.line.limit_fen == 100_00


async def test_below_what_is_used_a_limit_goes_only_with_the_line_frozen(office: Office) -> None:
    with pytest.raises(LimitBelowUsed, match=r"60\.00 yuan"):
        await office.ask(59_99)
    await office.decide(await office.ask(59_99, freeze=True))

    assert (office.line.status, office.line.limit_fen) == (CreditLineStatus.FROZEN, 59_99)
    assert office.line.available_fen == 0
    with pytest.raises(CreditLineNotUsable):
        await lines.reserve(office.session, line_id=office.line.id, amount_fen=1, source="b", at=NOW)


async def test_a_frozen_line_can_be_thawed(office: Office) -> None:
    await office.decide(await office.ask(100_00, freeze=True))
    await office.decide(await office.ask(100_00))

    assert office.line.status is CreditLineStatus.ACTIVE
    with pytest.raises(CreditLineTooSmall):
        await lines.reserve(office.session, line_id=office.line.id, amount_fen=40_01, source="b", at=NOW)


@pytest.mark.parametrize("limit_fen", [-1, 100_00])
async def test_a_change_changes_something_sensible(office: Office, limit_fen: int) -> None:
    with pytest.raises(LimitNotSensible):
        await office.ask(limit_fen)


async def test_what_was_asked_for_must_still_fit(office: Office) -> None:
    change = await office.ask(60_00)
    await lines.reserve(office.session, line_id=office.line.id, amount_fen=1, source="b", at=NOW)

    with pytest.raises(LimitBelowUsed):
        await office.decide(change)


async def test_and_the_line_must_be_what_it_was(office: Office) -> None:
    change = await office.ask(250_00)
    office.line.move_to(CreditLineStatus.FROZEN, NOW)
    await office.session.flush()

    with pytest.raises(LineChangedMeanwhile):
        await office.decide(change)
    assert office.line.limit_fen == 100_00
