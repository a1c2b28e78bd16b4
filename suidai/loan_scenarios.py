"""Reading loan scenarios: terms, and the steps of a history with the answers left out.

The notation is that of the worked histories in tests/vectors/loans.json. Answers that are there are not looked at, so
that what `suidai loan replay` writes can be given to it again.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NoReturn, TypeVar, cast

from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event, Intent, Key, Paid, Reversed, Waived
from domain.lending.rules.methods import is_known, methods
from domain.lending.rules.terms import PenaltyBase, PrepayPolicy, Terms
from suidai.installed import plugins

T = TypeVar("T")
Read = Callable[[Any, str], T]
"""Makes something of a JSON value; the text says where in the file it stands."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,18})?")
_LAST_YEAR = 9900
_MOST_TERMS = 480


class BadScenarios(ValueError):
    """The file cannot be replayed: the text says which scenario, which field, and what was expected."""


@dataclass(frozen=True, slots=True)
class Ask:
    on: date


@dataclass(frozen=True, slots=True)
class Pay:
    on: date
    amount_fen: int
    intent: Intent


@dataclass(frozen=True, slots=True)
class Waive:
    on: date
    penalty_fen: int
    interest_fen: int


@dataclass(frozen=True, slots=True)
class Reverse:
    on: date
    step: int


@dataclass(frozen=True, slots=True)
class Close:
    """Whether everything known by now closes the loan."""


Step = Ask | Pay | Waive | Reverse | Close


@dataclass(frozen=True, slots=True)
class Scenario:
    """A history to replay, beside the JSON objects it was written as."""

    id: str
    terms: Terms
    steps: tuple[Step, ...]
    terms_as_written: Mapping[str, Any]
    steps_as_written: tuple[Mapping[str, Any], ...]


def read_scenarios(text: bytes) -> list[Scenario]:
    """The scenarios of a file. Raises BadScenarios at the first thing that is not as it should be."""
    try:
        content = json.loads(
            text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_without_doubles
        )
    except BadScenarios:
        raise
    except (ValueError, RecursionError) as error:
        raise BadScenarios(f"the file is not JSON: {error}") from None
    if not isinstance(content, list):
        _expected("the file", "an array of scenarios", content)
    return [_scenario(each, _name(each, place)) for place, each in enumerate(cast("list[Any]", content), start=1)]


def event_of(step: Step, n: int) -> Event | None:
    """What a step adds to the loan's history, if anything: its number is the event's key and its place in its day."""
    match step:
        case Pay(on, amount_fen, intent):
            return Paid(key_of(n), on, n, amount_fen, intent)
        case Waive(on, penalty_fen, interest_fen):
            return Waived(key_of(n), on, n, penalty_fen, interest_fen)
        case Reverse(on, reversed_step):
            return Reversed(key_of(n), on, n, payment_key=key_of(reversed_step))
        case Ask() | Close():
            return None


def key_of(n: int) -> Key:
    """What the event of step `n` is known by."""
    return str(n)


def _scenario(value: Any, where: str) -> Scenario:
    fields = _object(value, where, needed=("id", "terms", "steps"), allowed=("plan",), sign=", ")
    terms = _terms(fields["terms"], f"{where}, terms")
    if not isinstance(fields["steps"], list):
        _expected(f"{where}, steps", "an array", fields["steps"])
    written = cast("list[Any]", fields["steps"])
    steps: list[Step] = []
    for n, each in enumerate(written):
        step = _step(each, f"{where}, steps[{n}]")
        _must_fit(step, terms, steps, f"{where}, steps[{n}]")
        steps.append(step)
    return Scenario(
        _text(fields["id"], f"{where}, id"), terms, tuple(steps), _plain(fields["terms"]), tuple(map(_plain, written))
    )


def _terms(value: Any, where: str) -> Terms:
    fields = _object(value, where, needed=tuple(_TERMS))
    read = {name: reader(fields[name], f"{where}.{name}") for name, reader in _TERMS.items()}
    terms = Terms(**read)
    if terms.value_date.year + terms.terms / 12 >= _LAST_YEAR:
        _expected(f"{where}.value_date", f"a loan that ends before the year {_LAST_YEAR}", fields["value_date"])
    return terms


def _step(value: Any, where: str) -> Step:
    kinds = [kind for kind in _STEPS if isinstance(value, dict) and kind in value]
    if len(kinds) != 1:
        _expected(where, f"an object with exactly one of {', '.join(_STEPS)}", value)
    return _STEPS[kinds[0]](value, where)


def _must_fit(step: Step, terms: Terms, before: list[Step], where: str) -> None:
    """A step lies on or after the value date, and reverses only a payment that came before it."""
    if not isinstance(step, Close) and step.on < terms.value_date:
        _expected(f"{where}.date", f"a day on or after the value date {terms.value_date}", str(step.on))
    if isinstance(step, Reverse) and not (step.step < len(before) and isinstance(before[step.step], Pay)):
        _expected(f"{where}.reverse", "the number, from 0, of an earlier step that pays", step.step)


def _ask(value: Any, where: str) -> Ask:
    fields = _object(value, where, needed=("date", "ask"))
    if not isinstance(fields["ask"], dict | None):
        _expected(f"{where}.ask", "null", fields["ask"])
    return Ask(_date(fields["date"], f"{where}.date"))


def _pay(value: Any, where: str) -> Pay:
    fields = _object(value, where, needed=("date", "pay_fen", "intent"), allowed=("allocated",))
    return Pay(
        _date(fields["date"], f"{where}.date"),
        _count("a whole number of fen above 0", least=1)(fields["pay_fen"], f"{where}.pay_fen"),
        _one_of(Intent)(fields["intent"], f"{where}.intent"),
    )


def _waive(value: Any, where: str) -> Waive:
    fields = _object(value, where, needed=("date", "waive"), allowed=("waived",))
    sums = _object(fields["waive"], f"{where}.waive", needed=("penalty_fen", "interest_fen"))
    return Waive(
        _date(fields["date"], f"{where}.date"),
        _fen(sums["penalty_fen"], f"{where}.waive.penalty_fen"),
        _fen(sums["interest_fen"], f"{where}.waive.interest_fen"),
    )


def _reverse(value: Any, where: str) -> Reverse:
    fields = _object(value, where, needed=("date", "reverse"))
    step = _count("the number of a step, from 0", least=0)(fields["reverse"], f"{where}.reverse")
    return Reverse(_date(fields["date"], f"{where}.date"), step)


def _close(value: Any, where: str) -> Close:
    fields = _object(value, where, needed=("closed",))
    if not isinstance(fields["closed"], bool | None):
        _expected(f"{where}.closed", "null", fields["closed"])
    return Close()


# --- the values -----------------------------------------------------------------------------------------------------


def _object(
    value: Any, where: str, needed: tuple[str, ...], allowed: tuple[str, ...] = (), sign: str = "."
) -> dict[str, Any]:
    if not isinstance(value, dict):
        _expected(where, f"an object with {', '.join(needed)}", value)
    fields = cast("dict[str, Any]", value)
    for name in needed:
        if name not in fields:
            raise BadScenarios(f"{where}{sign}{name}: expected, but missing")
    for name in fields:
        if name not in (*needed, *allowed):
            raise BadScenarios(f"{where}{sign}{name}: not a field here; expected are {', '.join((*needed, *allowed))}")
    return fields


def _text(value: Any, where: str) -> str:
    return value if isinstance(value, str) else _expected(where, "a text", value)


def _date(value: Any, where: str) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    return _expected(where, "a date such as 2026-01-31", value)


def _decimal(value: Any, where: str) -> Decimal:
    # the pattern also keeps out numbers such as 1e999999999 that would take all memory to write down
    is_number = isinstance(value, str | Decimal | int) and not isinstance(value, bool)
    if is_number and _DECIMAL.fullmatch(str(value)):
        return Decimal(value)
    return _expected(where, 'a decimal of 0 or more, such as "0.144"', value)


def _count(what: str, least: int, most: int | None = None) -> Read[int]:
    def read(value: Any, where: str) -> int:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or value < least or (most is not None and value > most):
            _expected(where, what, value)
        return value

    return read


_fen = _count("a whole number of fen, 0 or more", least=0)
_days = _count("a whole number of days, 0 or more", least=0)


def _one_of(names: type[StrEnum]) -> Read[Any]:
    def read(value: Any, where: str) -> StrEnum:
        if not isinstance(value, str) or value not in list(names):
            _expected(where, f"one of {', '.join(names)}", value)
        return names(value)

    return read


def _method(value: Any, where: str) -> str:
    if not (isinstance(value, str) and is_known(value)):
        plugins()  # packages are looked for once a file wants more than the house has
    known = [method.code for method in methods()]
    return value if value in known else _expected(where, f"one of {', '.join(known)}", value)


_TERMS: Mapping[str, Read[Any]] = {
    "principal_fen": _count("a whole number of fen above 0", least=1),
    "annual_rate": _decimal,
    "method": _method,
    "terms": _count(f"a whole number of months, 1 to {_MOST_TERMS}", least=1, most=_MOST_TERMS),
    "value_date": _date,
    "day_count": _one_of(DayCount),
    "penalty_multiplier": _decimal,
    "penalty_base": _one_of(PenaltyBase),
    "grace_days": _days,
    "prepay": _one_of(PrepayPolicy),
    "prepay_fee_rate": _decimal,
    "min_tail_fen": _fen,
    "dpd_switch": _days,
    "dpd_threshold_fen": _fen,
}

_STEPS: Mapping[str, Read[Step]] = {
    "ask": _ask,
    "pay_fen": _pay,
    "waive": _waive,
    "reverse": _reverse,
    "closed": _close,
}


# --- where and what -------------------------------------------------------------------------------------------------


def _expected(where: str, what: str, found: Any) -> NoReturn:
    shown = _shown(found)
    raise BadScenarios(f"{where}: expected {what}, found {shown if len(shown) <= 60 else shown[:57] + '...'}")


def _shown(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # an integer too long to write
        return "a number too long to read"


def _name(value: Any, place: int) -> str:
    """Which scenario: its place in the file, from 1, and its id if it has one."""
    known = cast("dict[str, Any]", value).get("id") if isinstance(value, dict) else None
    return f"scenario {place} ({known})" if isinstance(known, str) else f"scenario {place}"


def _plain(fields: Any) -> dict[str, Any]:
    """The object as it was written; a decimal written as a number is from here on a text, as in the vectors."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in fields.items()}


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise BadScenarios(f"the field {double!r} stands twice in one object")
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise BadScenarios(f"{name} is not a number a file may hold")
