"""Killing somebody at one certain moment: while what he sent is unanswered, or heard and not recorded.

Nothing of it is left to chance. The other party is told to answer slowly, and is seen to have done what it was asked: who
asked it is killed then. Or the rows into which the answer goes are held, and he is killed when he stands before them.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text

from plugins.sandbox.faults import Fault, Of
from tests.journeys.chaos.doors import Surprise
from tests.journeys.chaos.play import Play

ANSWERED_AFTER = 3
"""Seconds: the API waits for five."""
PATIENCE = 60.0
WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE :held = ANY(pg_blocking_pids(pid))")

Cause = Callable[[], Awaitable[None]]


class Moment(StrEnum):
    UNHEARD = "before the answer is heard"
    UNRECORDED = "before what was heard is recorded"


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls which party, of what, and the rows into which the answer goes."""

    who: str
    party: str
    of: Of
    rows: str
    order_no: str = ""


class Aim:
    """Shoots in one run."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._died = 0

    async def shoot(self, what: str, call: Call, moment: Moment, cause: Cause, *, walks_away: bool = False) -> None:
        """Let `cause` make somebody call, and kill him when the call was done: unheard, or not recorded.

        `walks_away`: whoever wanted it does not try again.
        """
        await self._may_die(call.who)
        asked = {"party": call.party, "fault": Fault.SLOW, "of": call.of, "order": call.order_no}
        await self._play.doors.outside("POST", "/faults", json=asked | {"seconds": ANSWERED_AFTER})
        doing = asyncio.ensure_future(cause())
        await self._play.until(lambda: self._is_done(call, doing), f"{what} by {call.party}", PATIENCE)
        if moment is Moment.UNRECORDED:
            async with self._held(f"{call.rows} FOR UPDATE") as somebody_waits:
                await self._play.until(somebody_waits, f"somebody who records that {what}", PATIENCE)
                self._kill(call.who)
        else:
            self._kill(call.who)
        if walks_away:
            doing.cancel()
        await self._is_back(call.who)
        with suppress(asyncio.CancelledError):
            await doing
        self._play.say(f"{what} ({call.party}): {call.who} died {moment}")

    async def shoot_before(self, what: str, who: str, statement: str, cause: Cause) -> None:
        """Kill him within his transaction, before what the statement holds."""
        await self._may_die(who)
        async with self._held(statement) as somebody_waits:
            await cause()
            await self._play.until(somebody_waits, f"somebody who comes to it that {what}", PATIENCE)
            self._kill(who)
        await self._is_back(who)
        self._play.say(f"{what}: {who} died before it was committed")

    @asynccontextmanager
    async def _held(self, statement: str) -> AsyncGenerator[Callable[[], Awaitable[bool]]]:
        """Rows, or a table, that nobody else writes meanwhile; and whether somebody wants to."""
        async with self._play.engine.connect() as holding, self._play.engine.connect() as looking:
            held = await holding.execute(text(statement))
            if held.returns_rows and not held.all():
                raise Surprise(f"nothing to hold: {statement}")
            pid = await holding.scalar(text("SELECT pg_backend_pid()"))

            async def somebody_waits() -> bool:
                found = bool(await looking.scalar(WAITS, {"held": pid}))
                await looking.rollback()  # within a transaction the list of connections stays what it was
                return found

            yield somebody_waits
            await holding.rollback()

    async def _is_done(self, call: Call, doing: "asyncio.Future[None]") -> bool:
        if doing.done() and doing.exception():
            await doing
        to_come = (await self._play.doors.outside("GET", "/faults")).json()["to_come"]
        return not any((one["party"], one["fault"]) == (call.party, Fault.SLOW) for one in to_come)

    async def _may_die(self, who: str) -> None:
        async def ready() -> bool:
            return self._play.house.may_kill(who)

        await self._play.until(ready, f"{who} to have lived for a while", 2 * PATIENCE)

    def _kill(self, who: str) -> None:
        self._died = self._play.house.pids[who]
        self._play.house.kill(who)
        self._play.told.killed.append(who)

    async def _is_back(self, who: str) -> None:
        async def back() -> bool:
            return self._play.house.pids[who] not in (0, self._died)

        await self._play.until(back, f"{who} to come back", PATIENCE)
