"""How papers say sums, rates and days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.lending.papers.capitals import in_capitals
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.quoting import plain
from domain.shared.days import SHANGHAI
from domain.shared.money import yuan

_BASES = {
    DayCount.ACT_360: "实际天数/360",
    DayCount.ACT_365: "实际天数/365",
    DayCount.ACT_ACT: "实际天数/当年实际天数",
    DayCount.THIRTY_360: "每月 1/12 年（30/360）",
}

NONE = "—"


def money(fen: int) -> str:
    """12,000.00"""
    return grouped(yuan(fen))


def money_or_none(fen: int) -> str:
    """The sum; a dash instead of 0.00, so that a table shows what there is."""
    return money(fen) if fen else NONE


def money_in_full(fen: int) -> str:
    """人民币 12,000.00 元（大写：人民币壹万贰仟元整）"""
    return f"人民币 {money(fen)} 元（大写：{in_capitals(fen)}）"


def grouped(text: str) -> str:
    """An amount in yuan as a text, its thousands set apart."""
    whole, _, part = text.partition(".")
    return f"{int(whole):,}.{part}" if whole != "-0" else text


def percent(rate: Decimal) -> str:
    """0.144 is 14.4%"""
    return f"{plain(rate * 100):f}%"


def day_count(basis: DayCount) -> str:
    """What a year has, to a reader: 实际天数/360"""
    return _BASES[basis]


def day(on: date) -> str:
    """2026年1月15日"""
    return f"{on.year}年{on.month}月{on.day}日"


def moment(at: datetime) -> str:
    """2026年1月15日 10:00, in Shanghai"""
    local = at.astimezone(SHANGHAI)
    return f"{day(local.date())} {local:%H:%M}"


@dataclass(frozen=True, slots=True)
class Pair:
    """A labelled fact. `wide`: it has a line of its own."""

    label: str
    value: str
    wide: bool = False

    def laid_out(self) -> dict[str, Any]:
        return {"label": self.label, "value": self.value, "wide": self.wide}


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by their labels, those of figures set to the right; rows, and perhaps their total."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: frozenset[str]
    total: tuple[str, ...] = ()

    def laid_out(self) -> dict[str, Any]:
        return {
            "columns": [
                {"label": name, "figure": name in self.figures, "wide": self._is_wide(i)}
                for i, name in enumerate(self.columns)
            ],
            "rows": [list(row) for row in self.rows],
            "total": list(self.total),
        }

    def _is_wide(self, column: int) -> bool:
        """Whether its texts are sentences, which share what room the others leave."""
        return any(len(row[column]) > 14 for row in self.rows)


def laid_out(pairs: tuple[Pair, ...]) -> list[Mapping[str, Any]]:
    return [pair.laid_out() for pair in pairs]
