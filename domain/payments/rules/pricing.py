"""The policy "payments.routing": what channels cost, when they rest, how much may go through them, what a failure costs."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from domain.shared.days import SHANGHAI
from domain.shared.money import MOST_FEN, round_half_up

NAME = "payments.routing"

_CODE = re.compile(r"[a-z][a-z0-9_]{1,31}")
_LONGEST_HALF_LIFE = 24 * 90
_MOST_PRIOR = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Fee:
    """What a channel takes of a payment that succeeds: a share of it and a fixed sum, within bounds."""

    per_mille: Decimal = Decimal(0)
    fixed_fen: int = 0
    least_fen: int = 0
    most_fen: int = MOST_FEN

    def of(self, amount_fen: int) -> int:
        """The fee of a payment in fen, half a fen up."""
        share_fen = round_half_up(Fraction(self.per_mille) * amount_fen / 1000)
        return max(self.least_fen, min(share_fen + self.fixed_fen, self.most_fen))


@dataclass(frozen=True, slots=True)
class Hours:
    """From one Beijing time of day to another, every day, over midnight when `begin` is the later one."""

    begin: time
    end: time

    def over_at(self, at: datetime) -> datetime | None:
        """When the window that covers this moment ends; None: none does."""
        here = at.astimezone(SHANGHAI)
        if not self._covers(here.time()):
            return None
        end = datetime.combine(here.date(), self.end, SHANGHAI)
        return end if end > here else end + timedelta(days=1)

    def _covers(self, moment: time) -> bool:
        if self.begin <= self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, once."""

    begin: datetime
    end: datetime

    def over_at(self, at: datetime) -> datetime | None:
        return self.end if self.begin <= at < self.end else None


Window = Hours | Span


@dataclass(frozen=True, slots=True)
class Terms:
    """One channel's fee, when it does not work, and the most that may go through it at once, and of a borrower a day."""

    fee: Fee = field(default_factory=Fee)
    maintenance: tuple[Window, ...] = ()
    payment_fen: int = MOST_FEN
    borrower_day_fen: int = MOST_FEN


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """`failure_costs_fen` is what a try that fails costs us, whatever becomes of the payment.

    A channel nobody has tried yet counts as one with `prior_good` tries that went well and `prior_bad` that did not. A
    try counts half after `half_life`, a quarter after two.
    """

    half_life: timedelta
    failure_costs_fen: int
    prior_good: Decimal
    prior_bad: Decimal
    usual: Terms
    channels: Mapping[str, Terms]

    def terms(self, code: str) -> Terms:
        return self.channels.get(code, self.usual)

    @classmethod
    def read(cls, value: Any) -> "RoutingRules":
        """From the policy's form. Raises ValueError, with a reason, for one that cannot be gone by."""
        said = _keys(value, ("half_life_hours", "failure_costs_fen", "prior", "default", "channels"))
        prior = _keys(said["prior"], ("good", "bad"))
        usual = _terms(said["default"], Terms())
        channels = _object(said["channels"], "channels")
        for code in channels:
            if not _CODE.fullmatch(code):
                raise ValueError(f"{code!r} is no channel's code")
        return cls(
            timedelta(hours=_whole(said["half_life_hours"], 1, _LONGEST_HALF_LIFE, "half_life_hours")),
            _whole(said["failure_costs_fen"], 0, MOST_FEN, "failure_costs_fen"),
            _decimal(prior["good"], Decimal("0.001"), _MOST_PRIOR, "prior.good"),
            _decimal(prior["bad"], Decimal(0), _MOST_PRIOR, "prior.bad"),
            usual,
            {code: _terms(entry, usual) for code, entry in channels.items()},
        )


def rest_over_at(windows: Collection[Window], at: datetime) -> datetime | None:
    """When a channel that rests at this moment works again: windows that follow each other are one. None: it works."""
    over: datetime | None = None
    # Each window is gone through once at most, or those of every day would go on for ever.
    for _ in windows:
        ends = [end for window in windows if (end := window.over_at(over or at))]
        if not ends:
            break
        over = max(ends)
    return over


def _terms(value: Any, usual: Terms) -> Terms:
    """What is not said of a channel is as usual."""
    said = _keys(value, (), ("fee", "maintenance", "limits"))
    limits = _keys(said.get("limits", {}), (), ("payment_fen", "borrower_day_fen"))
    fens = {name: _whole(fen, 1, MOST_FEN, name) for name, fen in limits.items()}
    return Terms(
        _fee(said["fee"]) if "fee" in said else usual.fee,
        _windows(said["maintenance"]) if "maintenance" in said else usual.maintenance,
        fens.get("payment_fen", usual.payment_fen),
        fens.get("borrower_day_fen", usual.borrower_day_fen),
    )


def _fee(value: Any) -> Fee:
    said = _keys(value, ("per_mille",), ("fixed_fen", "least_fen", "most_fen"))
    fens = {name: _whole(said[name], 0, MOST_FEN, name) for name in said if name != "per_mille"}
    fee = Fee(_decimal(said["per_mille"], Decimal(0), Decimal(1000), "per_mille"), **fens)
    if fee.least_fen > fee.most_fen:
        raise ValueError("the least fee is more than the most")
    return fee


def _windows(value: Any) -> tuple[Window, ...]:
    if not isinstance(value, list):
        raise ValueError("maintenance is a list of windows")
    return tuple(_window(each) for each in cast("list[Any]", value))


def _window(value: Any) -> Window:
    said = _keys(value, ("from", "to"))
    begin, end = said["from"], said["to"]
    if not isinstance(begin, str) or not isinstance(end, str):
        raise ValueError('a window is from a text such as "23:30" or "2026-11-22T01:00" to another')
    if "T" in begin or "T" in end:
        span = Span(_moment(begin), _moment(end))
        if span.begin >= span.end:
            raise ValueError("a window ends after it begins")
        return span
    hours = Hours(_hour(begin), _hour(end))
    if hours.begin == hours.end:
        raise ValueError("a window of every day does not end when it begins")
    return hours


def _hour(text: str) -> time:
    hour = time.fromisoformat(text)
    if hour.strftime("%H:%M") != text:
        raise ValueError('a time of day is a text such as "23:30"')
    return hour


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.strftime("%Y-%m-%dT%H:%M") != text:
        raise ValueError('a moment is a text such as "2026-11-22T01:00", in Beijing time')
    return moment.replace(tzinfo=SHANGHAI)


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is an object")
    return cast("dict[str, Any]", value)


def _keys(value: Any, needed: Collection[str], optional: Collection[str] = ()) -> Mapping[str, Any]:
    facts = cast("dict[str, Any]", value) if isinstance(value, dict) else None
    if facts is None or not set(needed) <= set(facts) <= {*needed, *optional}:
        raise ValueError(f"an object with {', '.join([*needed, *optional])} is wanted")
    return facts


def _whole(value: Any, least: int, most: int, name: str) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name} is a whole number from {least} to {most}")
    return value


def _decimal(value: Any, least: Decimal, most: Decimal, name: str) -> Decimal:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value):
        raise ValueError(f'{name} is a text such as "6" or "2.5"')
    if not least <= (number := Decimal(value)) <= most:
        raise ValueError(f"{name} is from {least} to {most}")
    return number
