"""Plays a plan against a running house: wave by wave, everybody at once, processes dying meanwhile; then it all settles."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared.days import add_months, business_day, start_of
from plugins.sandbox.faults import Fault, Of
from suidai.demo.stage import CODE_DIGITS, at
from tests.journeys.chaos.agreeing import AGREEMENTS, BATCHES, Desk
from tests.journeys.chaos.doors import Doors, Surprise
from tests.journeys.chaos.house import House
from tests.journeys.chaos.judge import Witness
from tests.journeys.chaos.paying import Till
from tests.journeys.chaos.plan import ALIPAY, BANK, Act, Agreement, Kill, Plan, Wave
from tests.journeys.chaos.town import Resident, founded

AT_ONCE = 12
"""Borrowers who are at it at the same moment."""
CALM = 1.0
"""Seconds between two waves for what is due to be done; what is not done by then is done while the next comes."""
QUIET = 90.0
"""Seconds at the end until everything that is due must be done."""
SIGNED = "... on Mandate { id status }"
UNPLACED = (
    "{ unplacedPayments(first: 100) { nodes { id reason refund { state } } } }"  # who has waited longest comes first
)

MORE_THAN_ONE = text(
    "SELECT count(*) FROM (SELECT loan_id FROM payment_attempts WHERE superseded_at IS NULL"
    " AND state IN ('SUBMITTING', 'ACTION_REQUIRED', 'PROCESSING', 'UNKNOWN')"
    " GROUP BY loan_id HAVING count(*) > 1) AS crowded"
)
PAID_SINCE = text("SELECT channel, order_no FROM payment_attempts WHERE paid_at >= :since ORDER BY order_no")
TO_BE_ASKED = text(
    "SELECT (SELECT count(*) FROM payment_attempts WHERE ask_at <= :now)"
    " + (SELECT count(*) FROM refunds WHERE ask_at <= :now)"
    " + (SELECT count(*) FROM mandates WHERE ask_at <= :now)"
    " + (SELECT count(*) FROM payment_batches WHERE ask_at <= :now)"
    " + (SELECT count(*) FROM bills WHERE ask_at <= :now)"
    " + (SELECT count(*) FROM inbox WHERE state = 'RECEIVED' AND received_at < :now - interval '30 seconds')"
)


@dataclass
class Told:
    """What a run came to besides what is in the stores: what surprised, and figures."""

    surprises: list[str] = field(default_factory=list[str])
    crowded: int = 0
    """How often a loan was seen with two attempts that hold its place."""
    looked: int = 0
    killed: list[str] = field(default_factory=list[str])
    seconds: dict[str, float] = field(default_factory=dict[str, float])


class Play:
    """One run. `say` hears how far it is."""

    def __init__(self, plan: Plan, house: House, say: Callable[[str], None]) -> None:
        self.plan, self.house, self.say = plan, house, say
        self.engine, self.sessions = house.database()
        self.doors = Doors(house.url, house.sandbox, excused=house.is_shaken)
        self.till = Till(self.doors, plan.seed)
        self.desk = Desk(self.doors, plan.seed, house.settings().channels)
        self.told = Told()
        self.residents: list[Resident] = []
        self.first_day = date.min
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting: list[str] = []

    async def run(self, course: Callable[[], Awaitable[None]] | None = None) -> Told:
        """From an empty house to one in which nothing is left to do: the plan's waves, or another `course` of things."""
        watches = [asyncio.create_task(watch) for watch in (self.house.watch(), self.count_live(self.engine))]
        try:
            await self.timed("the town is founded", self._found())
            await (course or self._waves)()
            await self.timed("all is settled", self.settle())
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
        return self.told

    async def close(self) -> None:
        await self.doors.close()
        await self.engine.dispose()

    # The beginning

    async def _found(self) -> None:
        now = await self.now()
        self.first_day = business_day(now) + timedelta(days=1)
        self.residents = await founded(self.sessions, self.plan, self.first_day, now)
        await asyncio.gather(
            self.desk.set_up(ALIPAY, AGREEMENTS),
            *(self.signs_by_code(who) for who in self.residents if who.may_be_debited),
        )
        await asyncio.gather(
            *(
                self._busy(f"the agreement of {who.n}", self._agrees(who))
                for who, loan in zip(self.residents, self.plan.loans, strict=True)
                if loan.agreement
            )
        )

    async def signs_by_code(self, who: Resident) -> None:
        async with self._places:
            asked = {"bankCardId": who.card_id, "channel": BANK, "idempotencyKey": f"chaos-{self.plan.seed}-{who.n}"}
            mandate = await self.doors.do(who, "signMandate", asked, SIGNED)
            code = await self.until(lambda: self.code_of(who), "the code of a mandate", 20)
            signed = await self.doors.do(who, "confirmMandate", {"mandateId": mandate["id"], "code": code}, SIGNED)
            if signed.get("status") != "ACTIVE":
                raise Surprise(f"a mandate was not signed: {signed}")

    async def _agrees(self, who: Resident) -> None:
        if agreement := await self._told_wrongly(who):
            await self.desk.signs(who, agreement)

    async def _goes(self, who: Resident) -> None:
        if agreement := await self._told_wrongly(who):
            await self.desk.ends(who, agreement)

    async def _told_wrongly(self, who: Resident) -> Agreement | None:
        """What he does with his agreement; the next notice of one goes wrong as is planned for his."""
        loan = self.plan.loans[who.n]
        if loan.told:
            await self.till.plan_fault(ALIPAY, loan.told, of=Of.MANDATE)
        return loan.agreement

    async def code_of(self, who: Resident) -> str | None:
        told = (await self.doors.outside("GET", f"/sms/handset/{who.person.phone}")).json()["messages"]
        texts = [note["text"] for note in told if "验证码" in note["text"]]
        runs = "".join(letter if letter.isdigit() else " " for letter in (texts or [""])[-1]).split()
        return next((run for run in runs if len(run) == CODE_DIGITS), None)

    # The waves

    async def _waves(self) -> None:
        for n, wave in enumerate(self.plan.waves, 1):
            if n == self.plan.batches_from + 1:
                await self.desk.set_up(BANK, BATCHES)
            await self.timed(f"wave {n} of {len(self.plan.waves)}: {len(wave.acts)} wishes", self._wave(wave))

    async def _wave(self, wave: Wave) -> None:
        day = add_months(self.first_day, wave.month) + timedelta(days=wave.day)
        await self.advance(at(day, wave.hour, wave.minute))
        await self.calm()
        for channel, fault in wave.on_debits:
            await self.till.plan_fault(channel, fault, of=None if channel == BANK else Of.PAYMENT)
        if wave.on_a_batch:
            await self.till.plan_fault(BANK, wave.on_a_batch, of=Of.BATCH)
        lanes: dict[int, list[Act]] = {}
        for act in wave.acts:
            lanes.setdefault(act.loan, []).append(act)
        await asyncio.gather(
            *(self._lane(self.residents[loan], acts) for loan, acts in lanes.items()),
            *(self._kill(kill) for kill in wave.kills),
            *(self._ends(n) for n in wave.endings),
            self._withhold() if wave.runs else asyncio.sleep(0),
        )
        await self._kill_who_waits()
        await self.calm()
        if wave.verdict:
            await self._resolve(wave.verdict)

    async def _lane(self, who: Resident, acts: list[Act]) -> None:
        for act in acts:
            await self._busy(f"act {act.n} ({act.habit})", self.till.act(who, act))

    async def _ends(self, n: int) -> None:
        if n in self.desk.mandates:
            await self._busy(f"the end of the agreement of {n}", self._goes(self.residents[n]))

    async def _busy(self, what: str, work: Awaitable[None]) -> None:
        """Somebody does something, when he finds a place."""
        async with self._places:
            try:
                await work
            except Surprise as surprise:
                self.told.surprises.append(f"{what}: {surprise}")
                self.say(f"{what}: {surprise}")

    async def _withhold(self) -> None:
        """The clock crosses the run while everybody pays."""
        await asyncio.sleep(0.2)
        await self.advance(await self.now() + timedelta(minutes=2))

    async def _kill(self, kill: Kill) -> None:
        await asyncio.sleep(kill.after_ms / 1000 - 0.4)
        await self.till.plan_fault(kill.slow, Fault.SLOW)
        await asyncio.sleep(0.4)
        self._waiting.append(kill.who)
        await self._kill_who_waits()

    async def _kill_who_waits(self) -> None:
        """Kill who was to be killed and may be; who dies too often of late dies later."""
        for who in list(self._waiting):
            if self.house.may_kill(who):
                self._waiting.remove(who)
                self.house.kill(who)
                self.told.killed.append(who)
                await asyncio.sleep(0.15)  # until it is seen to be another

    async def _resolve(self, verdict: str) -> None:
        """A cashier decides about the wrong amount that has waited longest."""
        listed = (await self.doors.ask("cashier", UNPLACED))["unplacedPayments"]["nodes"]
        found = next((row for row in listed if row["reason"] == "WRONG_AMOUNT" and not row["refund"]), None)
        if found:
            asked = {
                "unplacedPaymentId": found["id"],
                "action": verdict,
                "reason": "looked into",
                "idempotencyKey": f"chaos-{self.plan.seed}-{found['id']}"[:64],
            }
            answer = await self.doors.do("cashier", "resolveUnplacedPayment", asked, "... on UnplacedPayment { id }")
            if answer["__typename"] == "Problem" and answer["code"] not in ("LOAN_NOT_RUNNING", "LOAN_CLOSED"):
                self.told.surprises.append(f"{verdict} of a wrong amount: {answer}")

    # The end

    async def settle(self) -> None:
        """No more faults and deaths; time goes by until pages are over, everything was asked about, and bills are here."""
        while self._waiting:
            await self._kill_who_waits()
            await asyncio.sleep(0.5)
        await self.engine.dispose()  # the server may have been another when these connections were made
        await self.doors.outside("DELETE", "/faults")
        await self.until(self.is_quiet, "quiet", QUIET)
        await self._misprint()
        now = await self.now()
        await self.clock_to(now + timedelta(hours=3))
        for days in (1, 2):
            # After the bills, and four hours after the run of the morning: debits that went together are asked about by then.
            for hour in (11, 14):
                await self.clock_to(at(business_day(now) + timedelta(days=days), hour))

    async def _misprint(self) -> None:
        """Plan what will be wrong with bills, for payments of which nothing else is told wrongly: who knows the truth then?"""
        today = start_of(business_day(await self.now()))
        async with self.engine.connect() as connection:
            rows = (await connection.execute(PAID_SINCE, {"since": today})).all()
        for channel, fault in self.plan.on_bills:
            honest = (row.order_no for row in rows if row.channel == channel)
            number = next((each for each in honest if each not in self.till.planned[Fault.WRONG_NOTICE]), None)
            if number:
                await self.till.plan_fault(channel, fault, number)

    async def witness(self) -> Witness:
        """What is known of the run by those who made it."""
        return Witness(
            took=self.till.took,
            perhaps=self.till.perhaps,
            came_late=self.till.planned[Fault.LATE_SUCCESS],
            today=business_day(await self.now()),
            misprinted=self.till.misprinted,
        )

    # Time

    async def now(self) -> datetime:
        told = await self.doors.ask("admin", "{ businessClock { now } }")
        return datetime.fromisoformat(told["businessClock"]["now"])

    async def clock_to(self, moment: datetime) -> None:
        """Move the clock there, and wait until nothing is due and nobody is to be asked now."""
        await self.advance(moment)
        await self.until(self.is_quiet, "quiet", QUIET)

    async def calm(self) -> None:
        with suppress(Surprise):
            await self.until(self.is_quiet, "calm", CALM)

    async def advance(self, moment: datetime) -> None:
        asked = {"to": moment.isoformat()}
        answer = await self.doors.do("admin", "advanceClock", asked, "... on BusinessClock { now }")
        # A process that died after its commit had moved it.
        if answer["__typename"] == "Problem" and answer["code"] != "CLOCK_GOES_FORWARD":
            raise Surprise(f"the clock does not move: {answer}")

    async def is_quiet(self) -> bool:
        told = (await self.doors.ask("admin", "{ businessClock { now pending } }"))["businessClock"]
        if told["pending"]:
            return False
        with suppress(OSError, SQLAlchemyError):
            async with self.engine.connect() as connection:
                return not await connection.scalar(TO_BE_ASKED, {"now": datetime.fromisoformat(told["now"])})
        return False

    async def until(self, look: Callable[[], Awaitable[Any]], what: str, patience: float) -> Any:
        deadline = time.monotonic() + patience
        while not (found := await look()):
            if time.monotonic() > deadline:
                raise Surprise(f"waited {patience:.0f} s for {what}")
            await asyncio.sleep(0.1)
        return found

    async def count_live(self, engine: AsyncEngine) -> None:
        while True:
            with suppress(OSError, SQLAlchemyError):
                async with engine.connect() as connection:
                    self.told.crowded += await connection.scalar(MORE_THAN_ONE) or 0
                    self.told.looked += 1
            await asyncio.sleep(0.4)

    async def timed(self, what: str, work: Awaitable[None]) -> None:
        began = time.monotonic()
        await work
        self.told.seconds[what] = time.monotonic() - began
        self.say(f"{what}: {time.monotonic() - began:.1f} s")
