"""Whether what is stored and booked of each loan is what the replay of its journal says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import MethodUnusable
from domain.lending.models import ProductVersion, RepaymentStatus
from domain.lending.queries import laws
from domain.lending.queries.loans import count_booked
from domain.lending.queries.stored import Facts, Stored, Wanted, stored
from domain.lending.rules.accrual import Accrual
from domain.lending.rules.allocation import Allocation
from domain.lending.rules.events import Event, Paid
from domain.lending.rules.position import Position
from domain.lending.rules.posting import COMPONENTS, look_again_on
from domain.lending.services.broken import BrokenLaw, Progress, silent
from domain.lending.services.history import History, events_from
from domain.lending.services.projection import (
    ALLOCATION_FACTS,
    LOAN_FACTS,
    PART_FACTS,
    ROW_FACTS,
    allocation_facts,
    loan_facts,
    part_facts,
    row_facts,
)
from domain.lending.services.terms import terms_on

CHUNK = 500
"""Loans read at a time: memory does not grow with their number."""

JOURNAL = "a journal can be replayed"
BOOK = "the loan book is the replay"
NIGHT = "the night continues the replay"
REPAYMENTS = "repayments are what the replay applied"
STORED = "what is stored of a loan is its replay"

REPAYMENT_FACTS = ("amount_fen", "intent", "value_date")
_WANTED = Wanted(LOAN_FACTS, ROW_FACTS, REPAYMENT_FACTS, PART_FACTS, ALLOCATION_FACTS)
_NO_LINE = (None, 0, 0, 0, 1)


@dataclass(slots=True)
class LoansVerified:
    """How many loans were replayed, and what does not agree; nothing, one hopes."""

    loans: int = 0
    broken: list[BrokenLaw] = field(default_factory=list[BrokenLaw])


async def verify_loans(session: AsyncSession, progress: Progress = silent) -> LoansVerified:
    """Replay every loan that was paid out to the day its book stands at, and compare everything that follows from it.

    That is: its book and the line the night continues, its own figures, its rows, its repayments and what each paid of
    which row. None of them moves between two replays, so all are compared to the fen and the day. The session should
    read one snapshot (REPEATABLE READ). A chunk of loans at a time, as plain columns.
    """
    await laws.without_time_limit(session)
    verified, total = LoansVerified(), await count_booked(session)
    versions: dict[UUID, ProductVersion] = {}
    progress("loans", 0, total)
    chunk: Sequence[Stored] = ()
    while chunk := await stored(session, _WANTED, limit=CHUNK, after=chunk[-1].loan.id if chunk else None):
        for each in chunk:
            version_id = each.loan.product_version_id
            if (version := versions.get(version_id)) is None:
                version = versions[version_id] = await session.get_one(ProductVersion, version_id)
            verified.broken += disagreements(each, version)
        verified.loans += len(chunk)
        progress("loans", verified.loans, total)
    return verified


def disagreements(found: Stored, version: ProductVersion) -> Iterator[BrokenLaw]:
    """Where what is stored of a loan is not its replay."""
    loan = found.loan
    try:
        if loan.value_date is None:
            raise ValueError("it has a book and no value date")
        terms = terms_on(version, principal_fen=loan.principal_fen, terms=loan.terms, value_date=loan.value_date)
        history = History(terms, events_from(found.journal))
        standing = history.standing(found.posted_through)
        facts = loan_facts(terms, standing.position)
    except (ValueError, KeyError, MethodUnusable) as error:
        yield BrokenLaw(JOURNAL, f"{loan.number}: {error}", 0, 0)
        return
    position = standing.position
    yield from _differences(BOOK, loan.number, COMPONENTS, standing.target.values(), found.held)
    yield from _night(found, position)
    yield from _journal(found)
    yield from _differences(STORED, loan.number, LOAN_FACTS, facts, found.facts)
    yield from _rows(found, position)
    yield from _repayments(found, history.events, position)


def _night(found: Stored, position: Position) -> Iterator[BrokenLaw]:
    """When the loan is looked at next, and the line on which its interest is booked until then."""
    number, line, look_again = found.loan.number, found.line, look_again_on(position)
    if look_again != found.look_again_on:
        yield _words(NIGHT, f"{number}: look_again_on", look_again, found.look_again_on)
    if position.accrual is None:
        yield from _differences(NIGHT, number, ("line_from", "billed", "exact", "a_day", "scale"), _NO_LINE, line)
    elif line[0] is None:
        yield _words(NIGHT, f"{number}: line_from", position.accrual.on, None)
    else:
        yield from _line(found, position.accrual)


def _line(found: Stored, accrual: Accrual) -> Iterator[BrokenLaw]:
    """The line as it stands today: between two replays days only move the place on it."""
    start, billed_fen, exact, a_day, scale = found.line
    today = exact + a_day * (found.posted_through - start).days
    expected = (accrual.billed_fen, accrual.exact * int(scale), accrual.a_day * int(scale))
    names = ("line_billed_fen", "line_exact", "line_a_day")
    yield from _differences(
        NIGHT, found.loan.number, names, expected, (billed_fen, today * accrual.scale, a_day * accrual.scale)
    )


def _journal(found: Stored) -> Iterator[BrokenLaw]:
    """Nothing is missing from a journal: its sequences are 1, 2, 3 up to the loan's last."""
    sequences = [line.sequence for line in found.journal]
    if sequences != list(range(1, found.loan.last_sequence + 1)):
        expected = f"1 to {found.loan.last_sequence}"
        yield _words(JOURNAL, f"{found.loan.number}: sequences", expected, ", ".join(map(str, sequences)))


def _rows(found: Stored, position: Position) -> Iterator[BrokenLaw]:
    rows = dict(found.rows)
    for row in position.rows:
        subject, facts = f"{found.loan.number}: row {row.n}", rows.pop(row.n, None)
        if facts is None:
            yield _words(STORED, subject, "a row", "none")
        else:
            yield from _differences(STORED, subject, ROW_FACTS, row_facts(row), facts)
    for n in rows:
        yield _words(STORED, f"{found.loan.number}: row {n}", "none", "a row that is not in the plan")


def _repayments(found: Stored, events: Sequence[Event], position: Position) -> Iterator[BrokenLaw]:
    """Each payment of the journal is a repayment, with the parts it has in the replay; one that was reversed has none."""
    number, repayments, allocations = found.loan.number, dict(found.repayments), dict(found.allocations)
    for event in events:
        if not isinstance(event, Paid) or not isinstance(event.key, UUID):
            continue
        repayment = repayments.pop(event.key, None)
        if repayment is None:
            yield _words(REPAYMENTS, f"{number}: payment {event.sequence}", "a repayment", "none")
            continue
        subject, spread = f"{number}: {repayment.number}", position.allocations.get(event.key)
        said = (event.amount_fen, event.intent, event.date)
        yield from _differences(REPAYMENTS, subject, REPAYMENT_FACTS, said, repayment.said)
        status = RepaymentStatus.APPLIED if spread else RepaymentStatus.REVERSED
        if status is not repayment.status:
            yield _words(REPAYMENTS, f"{subject}: status", status, repayment.status)
        if spread:
            yield from _differences(REPAYMENTS, subject, PART_FACTS, part_facts(spread), repayment.parts)
            yield from _allocations(subject, spread, repayment.id, allocations)
    for repayment in repayments.values():
        yield _words(REPAYMENTS, f"{number}: {repayment.number}", "no repayment", "one that is not in the journal")
    for _, n in allocations:
        yield _words(REPAYMENTS, f"{number}: row {n}", "no such allocation", "one that no payment made")


def _allocations(
    subject: str, spread: Allocation, repayment_id: UUID, stored: dict[tuple[UUID, int], Facts]
) -> Iterator[BrokenLaw]:
    nothing = (0,) * len(ALLOCATION_FACTS)
    for n, facts in allocation_facts(spread).items():
        found = stored.pop((repayment_id, n), nothing)
        yield from _differences(REPAYMENTS, f"{subject}: row {n}", ALLOCATION_FACTS, facts, found)


def _differences(
    law: str, subject: str, names: Sequence[str], expected: Sequence[Any], found: Sequence[Any]
) -> Iterator[BrokenLaw]:
    if expected == found:
        return
    for name, mine, its in zip(names, expected, found, strict=True):
        if mine == its:
            continue
        if isinstance(mine, int) and isinstance(its, int) and not isinstance(mine, bool):
            yield BrokenLaw(law, f"{subject}: {name}", mine, its)
        else:
            yield _words(law, f"{subject}: {name}", mine, its)


def _words(law: str, subject: str, expected: object, found: object) -> BrokenLaw:
    return BrokenLaw(law, subject, 0, 0, (str(expected), str(found)))


__all__ = ["CHUNK", "LoansVerified", "disagreements", "verify_loans"]
