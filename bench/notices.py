"""Notices of payments, from the bytes that came to the books, beside one bare verification and one bare INSERT."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from os import sysconf
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import func, select, text
from structlog.testing import capture_logs

from bench.database import Say, sessions_on
from bench.letters import AMOUNT_FEN, AT, Party, Signed, bare, forged, parties
from bench.report import Group
from bench.timing import Effort, Timing
from domain.payments import flows
from domain.payments.models import AttemptState, PaymentAttempt, PaymentIntent
from domain.payments.ports import Capabilities, PaymentChannel, PaymentResult, PaymentState, Product, RawRequest
from domain.payments.services import attempts, orders
from domain.payments.services.attempts import Source
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from suidai.runtime.sql import connected
from tests.domain.payments.builders import HOUR, a_loan

LETTERS = 100
AT_ONCE = 8
BARE = "bare: one RSA verification, one INSERT"
REPEAT, FORGED = "a repeat of one that was applied", "a forged one"

Letters = Sequence[RawRequest]
Round = Callable[[int], Awaitable[None]]
"""Works through the letters of a round."""


@dataclass(frozen=True, slots=True)
class Offer:
    """As much of a channel as an order wants to know."""

    code: str
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(products=frozenset({Product.PAGE})))


@dataclass(frozen=True, slots=True)
class Took:
    """What a round of letters cost: seconds on the clock, of this process's processor, and of PostgreSQL's."""

    clock: float
    own: float
    database: float


def groups(effort: Effort, database: str | None, say: Say) -> list[Group]:
    return asyncio.run(_groups(effort, database, say))


async def _groups(effort: Effort, database: str | None, say: Say) -> list[Group]:
    letters = LETTERS if effort.seconds else AT_ONCE
    async with sessions_on(database, say) as sessions:
        known = parties()
        say(f"{letters * (effort.rounds + 1) * len(known):,} payments are begun")
        posted = {
            code: [await _begun(sessions, code, party, letters) for _ in range(effort.rounds + 1)]
            for code, party in known.items()
        }
        say("they are paid")
        async with _bare(sessions, bare(), letters) as at_least:
            found = await _race(sessions, {**_contenders(sessions, known, posted), BARE: at_least}, effort)
        await _must_be_booked(sessions, sum(len(each) for each in chain(*posted.values())))
        return _shown(found, letters)


async def _begun(sessions: Sessions, code: str, party: Party, letters: int) -> Letters:
    """Notices of as many orders, each of a loan of its own, each open at its channel."""
    numbers: list[str] = []
    async with sessions.begin() as session:
        for _ in range(letters):
            debt = await a_loan(session)
            order = await orders.create(
                session,
                borrower_id=debt.borrower_id,
                loan_id=debt.loan_id,
                intent=PaymentIntent.INSTALLMENT,
                amount_fen=AMOUNT_FEN,
                channel=Offer(code),
                product="page",
                subject="Repayment",
                at=AT,
                expires_at=AT + 2 * HOUR,
            )
            attempt = (await attempts.claim(session, order_id=order.id, at=AT)).attempt
            open_there = PaymentResult(PaymentState.PROCESSING)
            await attempts.apply_result(session, attempt_id=attempt.id, result=open_there, source=Source.ANSWER, at=AT)
            numbers.append(attempt.order_no)
    return [party.tells(number) for number in numbers]


def _contenders(
    sessions: Sessions, known: Mapping[str, Party], posted: Mapping[str, Sequence[Letters]]
) -> dict[str, Round]:
    def taking(channel: PaymentChannel, of: Callable[[int], Letters]) -> Round:
        return lambda n: _take(sessions, channel, of(n))

    # Named as their channels are; the order of a round: what is repeated was applied before.
    firsts = {code: taking(party.channel, posted[code].__getitem__) for code, party in known.items()}
    code, party = next(iter(known.items()))
    return {
        **firsts,
        REPEAT: taking(party.channel, posted[code].__getitem__),
        FORGED: taking(party.channel, lambda n: [forged(raw) for raw in posted[code][n]]),
    }


async def _take(sessions: Sessions, channel: PaymentChannel, letters: Letters) -> None:
    """As the address that channels post to does it, several at once."""
    clock, waiting = Clock(movable=False, real=lambda: AT), iter(letters)

    async def work() -> None:
        for raw in waiting:
            await flows.receive_notice(sessions, clock, channel, raw)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def _race(sessions: Sessions, contenders: Mapping[str, Round], effort: Effort) -> dict[str, list[Took]]:
    """What each took in every round but the first, which fills caches and opens connections."""
    found: dict[str, list[Took]] = {name: [] for name in contenders}
    with capture_logs():  # standard output is for figures
        for n in range(effort.rounds + 1):
            for name, work in contenders.items():
                took = await _timed(sessions, work, n)
                if n:
                    found[name].append(took)
    return found


async def _timed(sessions: Sessions, work: Round, n: int) -> Took:
    servers = await _servers(sessions)
    database, own, clock = _processor_of(servers), process_time(), perf_counter()
    await work(n)
    clock, own = perf_counter() - clock, process_time() - own
    return Took(clock, own, _processor_of(servers) - database)


async def _must_be_booked(sessions: Sessions, payments: int) -> None:
    async with sessions() as session:
        paid = select(func.count(), func.sum(PaymentAttempt.received_fen))
        count, sum_fen = (await session.execute(paid.where(PaymentAttempt.state == AttemptState.SUCCEEDED))).one()
    if (count, sum_fen) != (payments, payments * AMOUNT_FEN):
        raise ValueError(f"what was measured is wrong: {count} of {payments} are paid, {sum_fen} fen came")


def _shown(found: Mapping[str, list[Took]], letters: int) -> list[Group]:
    own = {name: Timing(tuple(each.own for each in took), letters) for name, took in found.items()}
    clock = {name: Timing(tuple(each.clock for each in took), letters) for name, took in found.items()}
    besides = {name: _besides(took, letters) for name, took in found.items()}
    return [
        Group("A notice: the processor of the process that takes it", "notice", BARE, own, besides),
        Group(f"A notice: on the clock, {AT_ONCE} at once, one process", "notice", BARE, clock),
    ]


# --- the least it can cost --------------------------------------------------------------------------------------------


@asynccontextmanager
async def _bare(sessions: Sessions, signed: Signed, letters: int) -> AsyncGenerator[Round, None]:
    """The driver alone, and a table with next to nothing in it: a verification and a committed INSERT for each."""
    async with AsyncExitStack() as stack:
        async with sessions.begin() as session:
            await session.execute(text("CREATE TABLE bench_notices (id uuid PRIMARY KEY, body bytea NOT NULL)"))
            address = (await session.connection()).engine.url.render_as_string(hide_password=False)
        connections: list[Any] = [await stack.enter_async_context(connected(address)) for _ in range(AT_ONCE)]

        async def work(connection: Any, waiting: Iterator[int]) -> None:
            for _ in waiting:
                signed.key.verify(signed.signature, signed.message, PKCS1v15(), SHA256())
                await connection.execute("INSERT INTO bench_notices VALUES ($1, $2)", uuid4(), signed.body)

        async def turn(_: int) -> None:
            waiting = iter(range(letters))
            await asyncio.gather(*(work(connection, waiting) for connection in connections))

        yield turn


# --- what PostgreSQL works meanwhile ----------------------------------------------------------------------------------


async def _servers(sessions: Sessions) -> list[int]:
    async with sessions() as session:
        backends = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return list(await session.scalars(backends))


def _processor_of(servers: Sequence[int]) -> float:
    """Seconds that these processes worked; 0 for those that are not to be seen from here."""
    return sum(map(_worked, servers)) / sysconf("SC_CLK_TCK")


def _worked(process: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        name, _, rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")
        user, system = rest.split()[11:13]
        return int(user) + int(system) if name.endswith("(postgres") else 0
    return 0


def _besides(took: Sequence[Took], letters: int) -> str:
    worked = sum(each.database for each in took) / len(took) / letters
    return f"and {worked * 1e3:.2f} ms of PostgreSQL's" if worked else ""
