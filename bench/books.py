"""The books of a whole portfolio: the close of a day beside a bare UPDATE, and the check of every loan beside a bare read."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from time import perf_counter

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bench.loans import forget
from bench.report import Group
from bench.timing import Effort, Timing
from domain.lending.models import LoanBook
from domain.lending.queries.laws import without_time_limit
from domain.lending.services import close_of_day, verification
from domain.shared.days import SHANGHAI
from domain.shared.db import Sessions

__all__ = ["analyze", "groups", "without_time_limit"]

Say = Callable[[str], None]
NIGHTS, CHECKS = 3, 3
"""Rounds at most: each takes a while, and deals with thousands of loans."""
READ = ("loans", "loan_books", "product_versions", "loan_events", "installments", "repayments", "repayment_allocations")
"""The tables a check of loans reads."""


async def analyze(session: AsyncSession) -> None:
    """Let the database know what it holds, as autovacuum does in time."""
    await session.execute(text("ANALYZE"))


async def groups(sessions: Sessions, today: date, effort: Effort, say: Say) -> list[Group]:
    nights = await _nights(sessions, today, effort, say)
    return [*nights, await _checks(sessions, effort, say)]


# --- the close of a day -----------------------------------------------------------------------------------------------


async def _nights(sessions: Sessions, today: date, effort: Effort, say: Say) -> list[Group]:
    """Night after night. The first brings a portfolio that nobody looked at to the day, and is not counted."""
    say("nights go by")
    looks: list[tuple[float, int]] = []
    sums: list[tuple[float, int]] = []
    bare: list[tuple[float, int]] = []
    for night in range(min(effort.rounds, NIGHTS) + 1):
        at = _after_midnight(today + timedelta(days=night))
        looked, summed = await _night(sessions, at)
        if night:
            looks.append(looked)
            sums.append(summed)
            bare.append(await _bare_update(sessions, summed[1]))
    found = {"suidai: exact line, rounded, summed, posted": _timing(sums), "bare UPDATE of as many rows": _timing(bare)}
    interest = Group("A night: loans that only earn interest", "loan", "bare UPDATE of as many rows", found)
    name = "suidai: replayed, stored, posted one by one"
    overdue = Group("A night: loans that are due or overdue", "loan", name, {name: _timing(looks)})
    return [interest, overdue]


async def _night(sessions: Sessions, at: datetime) -> tuple[tuple[float, int], tuple[float, int]]:
    """Seconds and loans: of those looked at, and of those that only earned interest. The day is closed behind them."""
    looked = await _look_again(sessions, at)
    summed = await _accrue(sessions, at)
    async with sessions.begin() as session:
        await close_of_day.close(session, at=at)
    return looked, summed


async def _look_again(sessions: Sessions, at: datetime) -> tuple[float, int]:
    """Chunk by chunk, a transaction each, as the job does it, until nothing is left."""
    forget()
    began, done, after = perf_counter(), 0, None
    while True:
        async with sessions.begin() as session:
            looked = await close_of_day.look_again(session, at=at, after=after)
        done, after = done + looked.replayed, looked.after
        if after is None:
            return perf_counter() - began, done


async def _accrue(sessions: Sessions, at: datetime) -> tuple[float, int]:
    began, done = perf_counter(), 0
    while True:
        async with sessions.begin() as session:
            count = await close_of_day.accrue(session, at=at)
        done += count
        if not count:
            return perf_counter() - began, done


async def _bare_update(sessions: Sessions, rows: int) -> tuple[float, int]:
    """As many rows of a table like the loan books, a figure and a date changed in each, committed."""
    async with sessions.begin() as session:
        await session.execute(text("CREATE TABLE IF NOT EXISTS bench_books (LIKE loan_books INCLUDING ALL)"))
        await session.execute(text("INSERT INTO bench_books SELECT * FROM loan_books ON CONFLICT DO NOTHING"))
    began = perf_counter()
    async with sessions.begin() as session:
        await session.execute(
            text(
                "UPDATE bench_books SET interest_earned_fen = interest_earned_fen + 1, "
                "posted_through = posted_through + 1 "
                "WHERE loan_id IN (SELECT loan_id FROM bench_books ORDER BY loan_id LIMIT :rows)"
            ),
            {"rows": rows},
        )
    return perf_counter() - began, rows


def _timing(rounds: list[tuple[float, int]]) -> Timing:
    """Of rounds that did not all deal with as many loans: their seconds a loan, times the loans of the last."""
    units = rounds[-1][1] or 1
    return Timing(tuple(seconds / (count or 1) * units for seconds, count in rounds), units)


def _after_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 0, 30, tzinfo=SHANGHAI)


# --- the check of every loan ------------------------------------------------------------------------------------------


async def _checks(sessions: Sessions, effort: Effort, say: Say) -> Group:
    async with sessions() as session:
        loans = await session.scalar(select(func.count()).select_from(LoanBook)) or 0
    ours: dict[str, Callable[[AsyncSession], Awaitable[object]]] = {
        "suidai loan verify": _verify_loans,
        "suidai books verify: the sums of the books too": _verify_all,
        "bare read of the same rows": _read,
    }
    rounds: dict[str, list[float]] = {name: [] for name in ours}
    for n in range(min(effort.rounds, CHECKS)):
        say(f"every loan is checked, round {n + 1}")
        for name, check in ours.items():
            async with sessions() as session:
                await without_time_limit(session)
                began = perf_counter()
                await check(session)
                rounds[name].append(perf_counter() - began)
    timings: Mapping[str, Timing] = {name: Timing(tuple(each), loans) for name, each in rounds.items()}
    return Group(f"The check of {loans:,} loans", "loan", "suidai loan verify", timings)


async def _verify_loans(session: AsyncSession) -> None:
    must_hold((await verification.verify_loans(session, _forgetting)).broken)


async def _verify_all(session: AsyncSession) -> None:
    must_hold(await verification.verify(session, _forgetting))


def _forgetting(_law: str, _done: int, _of: int) -> None:
    """Told after each chunk. Copies have the terms of what they are copies of; their plans are worked out all the same."""
    forget()


def must_hold(broken: object) -> None:
    if broken:
        raise ValueError(f"what was measured is wrong: {broken}")


async def _read(session: AsyncSession) -> None:
    for table in READ:
        (await session.execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608  our own names
