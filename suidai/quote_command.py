"""`suidai quote`: what a loan would cost, on a product of the suidai that runs here, or on terms given on the spot."""

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import typer

from domain.lending.rules.daycount import DayCount
from domain.lending.rules.limits import FEWEST_TERMS, MOST_TERMS, Limits, check_request
from domain.lending.rules.quoting import CeilingTest, Figures, work_out
from domain.lending.rules.terms import PenaltyBase, PrepayPolicy, Terms
from domain.shared.clock import Clock, real_now
from domain.shared.days import business_day
from domain.shared.errors import DomainError
from domain.shared.money import MOST_FEN, fen_of

REFUSED = 2
"""Exit code of a quote that is refused, or not asked for properly."""

_DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]{1,10})?")
_HIGHEST = 10
"""1,000 % a year: what lies above is a slip of the finger, and has no rate of return to find."""


class BadQuestion(ValueError):
    """The command line does not make sense: the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Offline:
    """Terms that are given on the spot, as they were written."""

    method: str | None
    rate: str | None
    day_count: str | None

    def __bool__(self) -> bool:
        return any(part is not None for part in (self.method, self.rate, self.day_count))


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote to be shown. Without a database there is no product, and no ceiling it is tested against."""

    figures: Figures
    product: str | None = None
    name: str | None = None
    tested: CeilingTest | None = None


def quote(
    amount: str, terms: str, *, product: str | None, value_date: str | None, offline: Offline, as_json: bool
) -> None:
    """Print a quote. What is refused, or not understood, is one sentence and exit code 2."""
    try:
        quoted = _quoted(_fen(amount), _months(terms), product, _day(value_date), offline)
    except (DomainError, BadQuestion) as refusal:
        typer.echo(f"suidai: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    if as_json:
        typer.echo(json.dumps(plain(quoted), ensure_ascii=False))
    else:
        from suidai.quote_tables import show  # noqa: PLC0415 - machines do not wait for it

        show(quoted)


def plain(quoted: Quoted) -> dict[str, Any]:
    """The quote as JSON has it: sums in fen, rates as texts."""
    figures, tested = quoted.figures, quoted.tested
    terms, cost = figures.terms, figures.cost
    told: dict[str, Any] = {
        "product": quoted.product,
        "principal_fen": terms.principal_fen,
        "terms": terms.terms,
        "value_date": terms.value_date.isoformat(),
        "method": terms.method,
        "rate": f"{terms.annual_rate.normalize():f}",
        "day_count": terms.day_count.value,
        "plan": [{**row.kept(), "total_fen": row.total_fen} for row in figures.rows],
        "totals": {
            "principal_fen": terms.principal_fen,
            "interest_fen": figures.total_interest_fen,
            "fee_fen": figures.total_fee_fen,
            "total_fen": figures.total_fen,
        },
        "cost": {"nominal": str(cost.nominal), "effective": str(cost.effective), "simple": str(cost.simple)},
    }
    if tested:
        told["ceiling"] = tested.ceiling.kept()
        told["worst_case"] = tested.worst.kept()
        told["penalty_rate"] = str(tested.penalty_rate)
        told["holds"] = tested.holds
    return told


def _quoted(principal_fen: int, months: int, product: str | None, begins: date | None, offline: Offline) -> Quoted:
    if not offline:
        return asyncio.run(of_product(principal_fen, months, product, begins))
    if product is not None:
        raise BadQuestion("a product has its own terms: give --product, or --method, --rate and --day-count")
    begins = begins or business_day(real_now())
    limits = Limits(1, MOST_FEN, 1, FEWEST_TERMS, MOST_TERMS)
    check_request(limits, principal_fen=principal_fen, terms=months, value_date=begins, today=begins)
    return Quoted(work_out(_terms(principal_fen, months, begins, offline)))


async def of_product(principal_fen: int, months: int, code: str | None, begins: date | None) -> Quoted:
    """By the service behind quoteLoan, in business time, on one connection that changes nothing."""
    from sqlalchemy.ext.asyncio import AsyncSession  # noqa: PLC0415 - terms given on the spot need no database

    from domain.lending.services import quotes  # noqa: PLC0415
    from suidai.installed import plugins  # noqa: PLC0415
    from suidai.runtime.beside import engine_beside  # noqa: PLC0415
    from suidai.runtime.configuration import PRODUCTION, attached  # noqa: PLC0415

    plugins()
    settings = attached()
    clock = Clock(movable=settings.env is not PRODUCTION)
    async with engine_beside(settings) as engine:
        readonly = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with AsyncSession(readonly) as session:
            at = await clock.now(session)
            try:
                offer = await quotes.quote(
                    session,
                    product_code=code or await _only_product(session, business_day(at)),
                    principal_fen=principal_fen,
                    terms=months,
                    value_date=begins,
                    at=at,
                )
            except DomainError as refusal:
                raise BadQuestion(str(refusal)) from refusal
    return Quoted(offer.figures, offer.product.code, offer.product.name_zh, offer.tested)


async def _only_product(session: Any, day: date) -> str:
    from domain.lending.queries.products import offered_on  # noqa: PLC0415

    codes = [product.code for product, _ in await offered_on(session, day)]
    if len(codes) == 1:
        return codes[0]
    raise BadQuestion(f"say which product with --product: {', '.join(codes) or 'none is offered today'}")


def _terms(principal_fen: int, months: int, begins: date, given: Offline) -> Terms:
    """Terms that say what a quote needs; what happens when a loan is not kept to as planned is not part of it."""
    if given.rate is None:
        raise BadQuestion("--rate is missing: a yearly rate such as 0.144 for 14.4 %")
    return Terms(
        principal_fen=principal_fen,
        annual_rate=_rate(given.rate),
        method=_method(given.method or "EQUAL_INSTALLMENT"),
        terms=months,
        value_date=begins,
        day_count=_day_count(given.day_count or DayCount.ACT_360),
        penalty_multiplier=Decimal(0),
        penalty_base=PenaltyBase.PRINCIPAL,
        grace_days=0,
        prepay=PrepayPolicy.REDUCE_INSTALLMENT,
        prepay_fee_rate=Decimal(0),
        min_tail_fen=0,
        dpd_switch=90,
        dpd_threshold_fen=0,
    )


def _method(code: str) -> str:
    """A method's code. Packages are looked for once more is wanted than the house has. Raises MethodUnknown."""
    from domain.lending.rules.methods import is_known, method_named  # noqa: PLC0415
    from suidai.installed import plugins  # noqa: PLC0415

    if not is_known(code):
        plugins()
    return method_named(code).code


def _fen(text: str) -> int:
    try:
        return fen_of(text)
    except ValueError as error:
        raise BadQuestion(f"AMOUNT: {error}") from None


def _months(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,6}", text):
        raise BadQuestion(f"TERMS: {text!r} is not a number of months, {FEWEST_TERMS} to {MOST_TERMS}")
    return int(text)


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = None
    if text is not None and (day is None or text != day.isoformat() or not 1900 <= day.year < 9000):
        raise BadQuestion(f"--value-date: {text!r} is not a day such as 2026-01-15")
    return day


def _rate(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text) or Decimal(text) > _HIGHEST:
        raise BadQuestion(f"--rate: {text!r} is not a yearly rate from 0 to {_HIGHEST}, such as 0.144 for 14.4 %")
    return Decimal(text)


def _day_count(text: str) -> DayCount:
    if text not in list(DayCount):
        raise BadQuestion(f"--day-count: {text!r} is none of {', '.join(DayCount)}")
    return DayCount(text)
