"""Callbacks through the inbox: kept, proven, applied once, acknowledged."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import callbacks, inbox
from domain.shared.callbacks import CallbackRefused
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.inbox import InboxRow, InboxState
from domain.shared.wire import Callback, RawRequest, SignatureError
from tests.domain.credit.builders import NOW
from tests.domain.parties import signed

CLOCK = Clock(movable=False, real=lambda: NOW)
LETTER = signed({"ref": "R1", "says": "yes"}, NOW)


class Party:
    """Reads every letter as "yes" unless told to doubt it; counts what was applied."""

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.doubt: Exception | None = None

    async def parse(self, raw: RawRequest) -> Callback[str]:
        await asyncio.sleep(0.01)
        if isinstance(self.doubt, SignatureError):
            raise self.doubt
        return Callback("R1", "E1", "yes")

    async def apply(self, session: AsyncSession, callback: Callback[str], at: datetime) -> str:
        if self.doubt is not None:
            raise self.doubt
        self.applied.append(callback.result)
        return "done"

    async def hear(self, sessions: Sessions, raw: RawRequest = LETTER) -> int:
        answer = await callbacks.receive(
            sessions, CLOCK, source="risk/fake", raw=raw, parse=self.parse, apply=self.apply
        )
        return answer.status


async def kept(sessions: Sessions) -> list[InboxRow]:
    async with sessions() as session:
        return list(await session.scalars(select(InboxRow).order_by(InboxRow.id)))


async def test_a_letter_is_applied_once_though_three_come_at_once(sessions: Sessions) -> None:
    party = Party()

    assert await asyncio.gather(*(party.hear(sessions) for _ in range(3))) == [200, 200, 200]

    assert party.applied == ["yes"]
    (row,) = await kept(sessions)
    assert (row.copies, row.state, row.outcome, row.applied_at) == (3, InboxState.APPLIED, "done", NOW)


@pytest.mark.parametrize(("doubt", "status"), [(SignatureError("not theirs"), 401), (CallbackRefused("not ours"), 404)])
async def test_what_was_refused_is_kept_and_judged_anew_when_it_comes_again(
    steps: Sessions, doubt: Exception, status: int
) -> None:
    party = Party()
    party.doubt = doubt
    assert await party.hear(steps) == status
    (row,) = await kept(steps)
    assert row.state is InboxState.REFUSED
    async with steps() as session:
        assert (await inbox.raw_of(session, row.id)).body == LETTER.body
    assert str(doubt) in (row.outcome or "")

    party.doubt = None
    assert await party.hear(steps) == 200
    (row,) = await kept(steps)
    assert (row.state, party.applied) == (InboxState.APPLIED, ["yes"])


async def test_what_could_not_be_applied_leaves_nothing_but_the_letter(steps: Sessions) -> None:
    party = Party()
    party.doubt = RuntimeError("a bug")
    with pytest.raises(RuntimeError):
        await party.hear(steps)

    (row,) = await kept(steps)
    assert row.state is InboxState.RECEIVED
    party.doubt = None
    await callbacks.resume(steps, CLOCK, row_id=row.id, parse=party.parse, apply=party.apply)
    await callbacks.resume(steps, CLOCK, row_id=row.id, parse=party.parse, apply=party.apply)
    assert party.applied == ["yes"]


async def test_a_letter_that_does_not_open_any_more_is_set_aside(steps: Sessions) -> None:
    party = Party()
    async with steps.begin() as session:
        row = await inbox.keep(session, source="risk/fake", raw=LETTER)
        await session.execute(update(InboxRow).values(sealed=b"nothing that was sealed with our key"))

    answer = await callbacks.resume(steps, CLOCK, row_id=row.id, parse=party.parse, apply=party.apply)

    (row,) = await kept(steps)
    assert (answer.status, row.state, row.outcome, party.applied) == (401, InboxState.REFUSED, "damaged", [])


async def test_a_letter_is_read_again_byte_for_byte(steps: Sessions) -> None:
    seen: list[RawRequest] = []
    party = Party()

    async def dies(raw: RawRequest) -> Callback[str]:
        seen.append(raw)
        if len(seen) == 1:
            raise RuntimeError
        return Callback("R1", "E1", "yes")

    party.parse = dies  # type: ignore[method-assign]  # a process that dies while reading
    with pytest.raises(RuntimeError):
        await party.hear(steps)
    (row,) = await kept(steps)
    await callbacks.resume(steps, CLOCK, row_id=row.id, parse=party.parse, apply=party.apply)

    first, again = seen
    assert (first.body, first.headers.pairs(), first.received_at) == (
        again.body,
        again.headers.pairs(),
        again.received_at,
    )
