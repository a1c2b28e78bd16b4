"""Credit lines in the database: under their lock, each source once."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import CreditLineNotUsable, CreditLineTooSmall
from domain.credit.models import CreditLine, CreditLineStatus
from domain.credit.queries.lines import movements
from domain.credit.rules.line import holding_after
from domain.credit.services import lines
from domain.shared.db import Sessions
from tests.domain.credit.builders import NOW, granted_line, ready_borrower, set_up


@pytest.fixture
async def line(session: AsyncSession) -> CreditLine:
    await set_up(session)
    return await granted_line(session, await ready_borrower(session), limit_fen=100_00)


async def test_a_loan_reserves_uses_and_gives_back(session: AsyncSession, line: CreditLine) -> None:
    await lines.reserve(session, line_id=line.id, amount_fen=60_00, source="a", at=NOW)
    await lines.use(session, line_id=line.id, amount_fen=60_00, source="b", at=NOW)
    await lines.restore(session, line_id=line.id, amount_fen=20_00, source="c", at=NOW)
    await lines.take_back(session, line_id=line.id, amount_fen=5_00, source="d", at=NOW)
    await lines.reserve(session, line_id=line.id, amount_fen=30_00, source="e", at=NOW)
    await lines.release(session, line_id=line.id, amount_fen=30_00, source="f", at=NOW)

    assert (line.used_fen, line.reserved_fen, line.available_fen) == (45_00, 0, 55_00)
    history = [(row.kind, row.amount_fen) for row in await movements(session, line.id)]
    assert holding_after(history) == line.holding


async def test_a_source_moves_a_line_once(session: AsyncSession, line: CreditLine) -> None:
    for _ in range(3):
        await lines.reserve(session, line_id=line.id, amount_fen=60_00, source="a", at=NOW)

    assert line.reserved_fen == 60_00
    assert len(await movements(session, line.id)) == 2


async def test_a_source_that_says_something_else_is_a_bug(session: AsyncSession, line: CreditLine) -> None:
    await lines.reserve(session, line_id=line.id, amount_fen=60_00, source="a", at=NOW)

    with pytest.raises(RuntimeError):
        await lines.reserve(session, line_id=line.id, amount_fen=61_00, source="a", at=NOW)
    with pytest.raises(RuntimeError):
        await lines.release(session, line_id=line.id, amount_fen=60_00, source="a", at=NOW)


async def test_more_than_is_available_is_refused_with_the_figures(session: AsyncSession, line: CreditLine) -> None:
    await lines.reserve(session, line_id=line.id, amount_fen=60_00, source="a", at=NOW)

    with pytest.raises(CreditLineTooSmall, match=r"40\.01 yuan was asked for; 40\.00 yuan"):
        await lines.reserve(session, line_id=line.id, amount_fen=40_01, source="b", at=NOW)
    await lines.reserve(session, line_id=line.id, amount_fen=40_00, source="c", at=NOW)
    assert line.available_fen == 0


async def test_the_last_day_of_a_line_is_a_day_to_borrow_and_the_next_is_not(
    session: AsyncSession, line: CreditLine
) -> None:
    last = NOW + (line.expires_on - NOW.date())
    await lines.reserve(session, line_id=line.id, amount_fen=1, source="a", at=last)

    with pytest.raises(CreditLineNotUsable, match="EXPIRED"):
        await lines.reserve(session, line_id=line.id, amount_fen=1, source="b", at=last + timedelta(days=1))


async def test_an_expired_line_takes_repayments_and_reserves_nothing(session: AsyncSession, line: CreditLine) -> None:
    await lines.reserve(session, line_id=line.id, amount_fen=60_00, source="a", at=NOW)
    await lines.use(session, line_id=line.id, amount_fen=60_00, source="b", at=NOW)
    line.expires_on = date(2026, 1, 14)
    await session.flush()

    assert await lines.expire_due(session, at=NOW) == 1
    assert await lines.expire_due(session, at=NOW) == 0
    assert line.status is CreditLineStatus.EXPIRED
    await lines.restore(session, line_id=line.id, amount_fen=60_00, source="c", at=NOW)
    assert line.used_fen == 0
    with pytest.raises(CreditLineNotUsable):
        await lines.reserve(session, line_id=line.id, amount_fen=1, source="d", at=NOW)


async def test_two_loans_at_once_cannot_pass_the_limit(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)
        line = await granted_line(session, await ready_borrower(session), limit_fen=100_00)

    async def take(line_id: UUID, source: str) -> bool:
        async with sessions.begin() as session:
            try:
                await lines.reserve(session, line_id=line_id, amount_fen=60_00, source=source, at=NOW)
            except CreditLineTooSmall:
                return False
            await asyncio.sleep(0.02)
            return True

    taken = await asyncio.gather(*(take(line.id, source) for source in "abcd"))

    assert sorted(taken) == [False, False, False, True]
    async with sessions() as session:
        assert (await session.get_one(CreditLine, line.id)).reserved_fen == 60_00
