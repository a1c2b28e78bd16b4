"""`suidai loan show`: a loan of the database on one page: terms, plan, journal, what is owed, what the books hold.

Nothing of it is personal: who borrowed is not said, nor what the staff wrote down in its own words.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import EventKind, Loan, LoanEvent
from domain.lending.queries import journal, loans
from domain.lending.queries.applications import loan_numbered
from domain.lending.rules.position import Position, RowPosition
from domain.lending.rules.posting import COMPONENTS
from domain.lending.services import figures
from domain.lending.services.projection import allocation_facts, part_facts
from domain.shared.clock import Clock
from domain.shared.days import SHANGHAI
from domain.shared.errors import DomainError
from suidai.runtime.configuration import PRODUCTION, attached
from suidai.verifying import snapshot

REFUSED = 2
"""Exit code when there is no such loan, or no answer for the day or the moment."""

Page = Mapping[str, Any]
_PARTS = ("penalty_fen", "interest_fen", "principal_fen", "fee_fen", "recovery_fen", "excess_fen")


def show(number: str, *, as_of: date | None, known_at: datetime | None, as_json: bool) -> None:
    """Print the page. What is refused is one sentence and exit code 2."""
    try:
        page = asyncio.run(_page(number, as_of, known_at))
    except DomainError as refusal:
        typer.echo(f"suidai: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    if page is None:
        typer.echo(f"suidai: there is no loan {number}", err=True)
        raise typer.Exit(REFUSED)
    if as_json:
        typer.echo(json.dumps(page, ensure_ascii=False))
    else:
        from suidai.loan_page import print_page  # noqa: PLC0415 - machines do not wait for it

        print_page(page)


async def _page(number: str, as_of: date | None, known_at: datetime | None) -> Page | None:
    settings = attached()
    async with snapshot(settings) as session:
        loan = await loan_numbered(session, number)
        if loan is None:
            return None
        at = await Clock(movable=settings.env is not PRODUCTION).now(session)
        return await page_of(session, loan, as_of=as_of, known_at=known_at, at=at)


async def page_of(
    session: AsyncSession, loan: Loan, *, as_of: date | None, known_at: datetime | None, at: datetime
) -> Page:
    """All of it as plain values: sums in fen, days and moments as texts. Of a loan not paid out, its terms alone.

    What the books hold is told of now only. Raises DayNotAskable, NotKnownYet.
    """
    position = await figures.position_of(session, loan, on=as_of, at=at, known_at=known_at)
    page: dict[str, Any] = {"loan": _loan(loan, position), "terms": await _terms(session, loan)}
    page["known_at"] = _moment(known_at) if known_at else None
    if position is None:
        return page
    rows = (await journal.events_of(session, [loan.id]))[loan.id]
    effects = position if known_at else (await figures.effects_of(session, [loan.id]))[loan.id]
    page["position"] = _position(position)
    page["plan"] = [_row(row) for row in position.rows]
    page["journal"] = [_event(row, rows, effects) for row in rows if known_at is None or row.recorded_at <= known_at]
    if as_of is None and known_at is None:
        page["book"] = await _book(session, loan)
    return page


def _loan(loan: Loan, position: Position | None) -> dict[str, Any]:
    return {
        "number": loan.number,
        "status": position.status if position else loan.status,
        "applied_at": _moment(loan.applied_at),
        "value_date": _day(loan.value_date),
    }


async def _terms(session: AsyncSession, loan: Loan) -> dict[str, Any]:
    version = await loans.version_of(session, loan)
    return {
        "principal_fen": loan.principal_fen,
        "terms": loan.terms,
        "method": version.method,
        "annual_rate": f"{version.annual_rate.normalize():f}",
        "day_count": version.day_count,
        "penalty_multiplier": f"{version.penalty_multiplier.normalize():f}",
        "penalty_base": version.penalty_base,
        "grace_days": version.grace_days,
        "prepay": version.prepay,
        "prepay_fee_rate": f"{version.prepay_fee_rate.normalize():f}",
        "product_version": version.version,
        "funder": version.funder,
    }


def _position(position: Position) -> dict[str, Any]:
    return {
        "on": _day(position.on),
        "due_fen": position.due_fen,
        "penalty_fen": position.penalty_fen,
        "interest_fen": position.interest_fen,
        "principal_fen": position.principal_fen,
        "accrued_fen": position.accrued_fen,
        "undue_fen": position.undue_fen,
        "fee_fen": position.fee_fen,
        "payoff_fen": position.payoff_fen,
        "excess_fen": position.excess_fen,
        "days_past_due": position.dpd,
    }


def _row(row: RowPosition) -> dict[str, Any]:
    return {
        "n": row.n,
        "due_on": _day(row.due),
        "status": row.status,
        "principal_fen": row.principal_fen,
        "interest_fen": row.interest_fen,
        "penalty_fen": row.penalty_fen,
        "paid_fen": row.paid_fen,
        "waived_fen": row.waived_interest_fen + row.waived_penalty_fen,
        "outstanding_fen": row.outstanding_fen,
        "paid_on": _day(row.paid_on),
    }


def _event(row: LoanEvent, rows: Sequence[LoanEvent], effects: Position) -> dict[str, Any]:
    """What happened and what it did; not the note."""
    told: dict[str, Any] = {
        "sequence": row.sequence,
        "kind": row.kind,
        "value_date": _day(row.value_date),
        "recorded_at": _moment(row.recorded_at),
        "amount_fen": row.payload.get("amount_fen"),
        "intent": row.payload.get("intent"),
        "reverses": None,
        "parts": {},
        "rows": [],
    }
    if row.kind is EventKind.REVERSED:
        told["reverses"] = next(each.sequence for each in rows if str(each.id) == row.payload["payment_key"])
    if spread := effects.allocations.get(row.id):
        told["parts"] = {name: fen for name, fen in zip(_PARTS, part_facts(spread), strict=True) if fen}
        told["rows"] = sorted(allocation_facts(spread))
    if waiver := effects.waivers.get(row.id):
        told["parts"] = {"penalty_fen": waiver.penalty_fen, "interest_fen": waiver.interest_fen}
        told["rows"] = sorted({part.n for part in waiver.parts})
    return told


async def _book(session: AsyncSession, loan: Loan) -> dict[str, Any]:
    book = await loans.book_of(session, loan.id)
    return {
        "posted_through": _day(book.posted_through),
        "held": {name: fen for name in COMPONENTS if (fen := getattr(book, name))},
        "accounts": dict(sorted((await figures.shares_of(session, loan.id)).items())),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(moment: datetime) -> str:
    """To the last digit: asked about as `--known-at`, it is the moment at which this was known."""
    return moment.astimezone(SHANGHAI).isoformat()
