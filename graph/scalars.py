"""The schema's own scalars. A text that cannot be read becomes `Unreadable`, and `access.Guard` turns it into a Problem."""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NewType

import strawberry
from graphql import StringValueNode, ValueNode, print_ast
from strawberry.types.scalar import ScalarDefinition

from domain.shared.days import SHANGHAI
from domain.shared.money import fen_of, yuan

# `fromisoformat` reads more than the API promises: weeks, and of a day what comes after it too.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(_DAY.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")

Fen = NewType("Fen", int)
"""An amount in whole fen; on the wire the scalar `Money`."""

Rate = NewType("Rate", Decimal)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands in an input's place when it is not of its scalar. It never reaches a resolver."""

    scalar: str
    text: str
    """As it was written: a string in quotes, a number without."""
    wanted_en: str
    wanted_zh: str


@dataclass(frozen=True, slots=True)
class _NoString:
    """A value of another kind than a string, as it stands in the document."""

    written: str


def _unreadable(scalar: str, value: object, wanted_en: str, wanted_zh: str) -> Unreadable:
    written = value.written if isinstance(value, _NoString) else json.dumps(value, ensure_ascii=False, default=str)
    return Unreadable(scalar, written, wanted_en, wanted_zh)


def _money(value: object) -> int | Unreadable:
    try:
        return fen_of(value if isinstance(value, str) else "")
    except ValueError:
        wanted = 'a string in yuan with exactly two decimals, such as "1079.71"'
        return _unreadable("Money", value, wanted, '以元为单位、恰有两位小数的字符串，例如 "1079.71"')


def _rate(value: object) -> Decimal | Unreadable:
    try:
        rate = Decimal(value) if isinstance(value, str) and len(value) <= 20 and "e" not in value.lower() else None
    except InvalidOperation:
        rate = None
    if rate is None or not rate.is_finite():
        wanted = 'a decimal string such as "0.144" for 14.4 % a year'
        return _unreadable("Rate", value, wanted, '小数字符串，如 "0.144" 表示年 14.4%')
    return rate


def _date(value: object) -> date | Unreadable:
    try:
        return date.fromisoformat(value if isinstance(value, str) and _DAY.fullmatch(value) else "")
    except ValueError:
        return _unreadable("Date", value, 'a business day such as "2026-01-15"', '业务日期，如 "2026-01-15"')


def _instant(value: object) -> datetime | Unreadable:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) and _MOMENT.fullmatch(value) else "")
        moment.astimezone(SHANGHAI)  # the ends of the calendar are no moments everywhere
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        wanted = 'RFC 3339 with an offset, such as "2026-01-15T09:00:00+08:00"'
        return _unreadable("DateTime", value, wanted, '带时区的 RFC 3339，如 "2026-01-15T09:00:00+08:00"')
    return moment


def _instant_text(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat()


def _rate_text(rate: Decimal) -> str:
    text = format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scalar(name: str, description: str, *, serialize: Any, parse: Any) -> ScalarDefinition:
    def parse_literal(node: ValueNode, _variables: Any = None) -> object:
        return parse(node.value if isinstance(node, StringValueNode) else _NoString(print_ast(node)))

    return strawberry.scalar(
        name=name, description=description, serialize=serialize, parse_value=parse, parse_literal=parse_literal
    )


SCALARS: dict[object, ScalarDefinition] = {
    Fen: _scalar(
        "Money",
        'An amount in CNY: a JSON string in yuan with exactly two decimals, such as "1079.71". Numbers, exponents and '
        "other decimals are refused.",
        serialize=yuan,
        parse=_money,
    ),
    Rate: _scalar("Rate", 'A rate as a decimal string: "0.144" is 14.4 % a year.', serialize=_rate_text, parse=_rate),
    date: _scalar(
        "Date", 'A business day in Asia/Shanghai, such as "2026-01-15".', serialize=date.isoformat, parse=_date
    ),
    datetime: _scalar(
        "DateTime",
        "An instant, RFC 3339 with offset; answers are in Asia/Shanghai. Input without an offset is refused.",
        serialize=_instant_text,
        parse=_instant,
    ),
}
