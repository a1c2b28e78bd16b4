"""All that is stored of loans, a chunk at a time and as plain columns: for the check against their replays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Allocation, Installment, Loan, LoanBook, LoanEvent, Repayment, RepaymentStatus
from domain.lending.queries.journal import JournalLine
from domain.lending.rules.posting import COMPONENTS

Facts = tuple[Any, ...]


class StoredLoan(NamedTuple):
    """What is written of a loan once and never follows from a replay."""

    id: UUID
    number: str
    product_version_id: UUID
    principal_fen: int
    terms: int
    value_date: date | None
    last_sequence: int


@dataclass(frozen=True, slots=True)
class StoredRepayment:
    """A repayment: which event it is, what it says of it, and what it says was paid with it."""

    id: UUID
    number: str
    status: RepaymentStatus
    said: Facts
    parts: Facts


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of one loan. `rows` by their number, `repayments` by their event, `allocations` by repayment, row."""

    loan: StoredLoan
    facts: Facts
    posted_through: date
    held: Facts
    look_again_on: date | None
    line: Facts
    journal: Sequence[JournalLine]
    rows: Mapping[int, Facts]
    repayments: Mapping[UUID, StoredRepayment]
    allocations: Mapping[tuple[UUID, int], Facts]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The names of what is to be compared of a loan, of its rows, its repayments and their allocations."""

    loan: Sequence[str]
    row: Sequence[str]
    repayment: Sequence[str]
    parts: Sequence[str]
    allocation: Sequence[str]


async def stored(session: AsyncSession, wanted: Wanted, *, limit: int, after: UUID | None = None) -> Sequence[Stored]:
    """A chunk of the loans that were paid out, by id, beyond an id; empty after the last."""
    loans = await _loans(session, wanted, limit=limit, after=after)
    if not loans:
        return []
    span = loans[0][0].id, loans[-1][0].id
    journals, rows = await _journals(session, span), await _installments(session, wanted, span)
    repayments, allocations = await _repayments(session, wanted, span), await _allocations(session, wanted, span)
    return [
        Stored(
            loan,
            *facts,
            journal=journals.get(loan.id, ()),
            rows=rows.get(loan.id, {}),
            repayments=repayments.get(loan.id, {}),
            allocations=allocations.get(loan.id, {}),
        )
        for loan, facts in loans
    ]


Span = tuple[UUID, UUID]
"""The first and the last of a range of loans; it costs less than to name each."""


async def _loans(
    session: AsyncSession, wanted: Wanted, *, limit: int, after: UUID | None
) -> Sequence[tuple[StoredLoan, tuple[Any, ...]]]:
    """Each with its facts, through when its book holds what, and the line on which the night goes on."""
    loan, facts, held = len(StoredLoan._fields), len(wanted.loan), len(COMPONENTS)
    columns: list[Any] = [
        *_columns(Loan, StoredLoan._fields),
        *_columns(Loan, wanted.loan),
        *_columns(LoanBook, COMPONENTS),
        *_columns(LoanBook, ("posted_through", "look_again_on")),
        *_columns(LoanBook, ("line_from", "line_billed_fen", "line_exact", "line_a_day", "line_scale")),
    ]
    query = select(*columns).join(LoanBook, LoanBook.loan_id == Loan.id).order_by(Loan.id).limit(limit)
    if after is not None:
        query = query.where(Loan.id > after)
    found: list[tuple[StoredLoan, tuple[Any, ...]]] = []
    for row in map(tuple[Any, ...], await session.execute(query)):
        of_book = row[loan + facts + held :]
        parts = row[loan : loan + facts], of_book[0], row[loan + facts : loan + facts + held], of_book[1], of_book[2:]
        found.append((StoredLoan(*row[:loan]), parts))
    return found


async def _journals(session: AsyncSession, span: Span) -> Mapping[UUID, list[JournalLine]]:
    found: dict[UUID, list[JournalLine]] = {}
    for row in await _of_loans(session, LoanEvent, JournalLine._fields, span):
        found.setdefault(row[0], []).append(JournalLine(*row[1:]))
    for journal in found.values():
        journal.sort(key=lambda line: line.sequence)
    return found


async def _installments(session: AsyncSession, wanted: Wanted, span: Span) -> Mapping[UUID, dict[int, Facts]]:
    found: dict[UUID, dict[int, Facts]] = {}
    for row in await _of_loans(session, Installment, ("n", *wanted.row), span):
        found.setdefault(row[0], {})[row[1]] = row[2:]
    return found


async def _repayments(session: AsyncSession, wanted: Wanted, span: Span) -> Mapping[UUID, dict[UUID, StoredRepayment]]:
    found: dict[UUID, dict[UUID, StoredRepayment]] = {}
    parts = 5 + len(wanted.repayment)
    names = ("event_id", "id", "number", "status", *wanted.repayment, *wanted.parts)
    for row in await _of_loans(session, Repayment, names, span):
        made = StoredRepayment(*row[2:5], said=row[5:parts], parts=row[parts:])
        found.setdefault(row[0], {})[row[1]] = made
    return found


async def _allocations(
    session: AsyncSession, wanted: Wanted, span: Span
) -> Mapping[UUID, dict[tuple[UUID, int], Facts]]:
    found: dict[UUID, dict[tuple[UUID, int], Facts]] = {}
    for row in await _of_loans(session, Allocation, ("repayment_id", "n", *wanted.allocation), span):
        found.setdefault(row[0], {})[row[1], row[2]] = row[3:]
    return found


async def _of_loans(session: AsyncSession, model: Any, names: Sequence[str], span: Span) -> Iterator[tuple[Any, ...]]:
    """The loan's id and these columns, of a model's rows of a range of loans."""
    query: Any = select(model.loan_id, *_columns(model, names)).where(model.loan_id.between(*span))
    return map(tuple[Any, ...], await session.execute(query))


def _columns(model: Any, names: Sequence[str]) -> list[Any]:
    return [getattr(model, name) for name in names]
