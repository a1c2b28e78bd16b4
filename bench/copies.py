"""Many loans from few: every row of them copied by the database, under new ids, and the books copied with them."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.models import Entry, Transfer
from domain.lending.models import Allocation, Installment, Loan, LoanBook, LoanEvent, Quote, Repayment

COPIED: Sequence[Table] = [
    model.__table__  # pyright: ignore[reportAssignmentType]  # mapped to tables, all of them
    for model in (Quote, Loan, LoanEvent, Installment, LoanBook, Repayment, Allocation, Transfer, Entry)
]
"""In the order of their references. What a loan shares with others (borrower, card, product, credit line) is not copied."""

LOOSE = {("repayments", "payment_id"), ("ledger_transfers", "loan_id")}
"""Columns that name a row without a reference to it."""


async def multiply(session: AsyncSession, times: int) -> None:
    """Copy every loan so often that there are `times` as many; each credit line is used for all the copies of its loan."""
    for statement in _statements():
        await session.execute(text(statement), {"copies": times - 1})
    await session.execute(
        text("UPDATE credit_lines SET limit_fen = limit_fen * :times, used_fen = used_fen * :times"), {"times": times}
    )


def _statements() -> Iterator[str]:
    for table in COPIED:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        values = ", ".join(_value(table, column) for column in table.columns)
        yield (
            f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM "{table.name}" AS old '  # noqa: S608  our own names
            "CROSS JOIN generate_series(1, :copies) AS copy"
        )


def _value(table: Table, column: Column[Any]) -> str:
    old = f'old."{column.name}"'
    if _names_a_copy(table, column):
        return f"md5({old}::text || copy)::uuid"
    if isinstance(column.type, JSONB) and table.name == "loan_events":
        key = f"md5(({old}->>'payment_key') || copy)"
        return f"CASE WHEN {old} ? 'payment_key' THEN jsonb_set({old}, '{{payment_key}}', to_jsonb({key}::uuid)) ELSE {old} END"
    if _is_unique(table, column):
        return f"{old} || '#' || copy"
    return old


def _names_a_copy(table: Table, column: Column[Any]) -> bool:
    targets = {key.column.table.name for key in column.foreign_keys}
    copied = {each.name for each in COPIED}
    return bool(targets & copied) or (column.name == "id") or (table.name, column.name) in LOOSE


def _is_unique(table: Table, column: Column[Any]) -> bool:
    together = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return bool(column.unique) or any(list(each.columns) == [column] for each in together)
