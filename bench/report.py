"""Figures as tables to read, and as data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.timing import Timing


@dataclass(frozen=True, slots=True)
class Group:
    """What was timed in one go. Of each contender the ratio to `base` says how many times as long it took."""

    title: str
    unit: str
    base: str
    timings: Mapping[str, Timing]
    notes: Mapping[str, str] = field(default_factory=dict[str, str])

    def ratio(self, name: str) -> float:
        one, base = self.timings[name], self.timings[self.base]
        return (one.seconds / one.units) / (base.seconds / base.units)


def as_data(groups: Iterable[Group]) -> list[dict[str, Any]]:
    return [{"title": each.title, "unit": each.unit, "base": each.base, "timed": list(_timed(each))} for each in groups]


def _timed(group: Group) -> Iterator[dict[str, Any]]:
    for name, timing in group.timings.items():
        yield {
            "name": name,
            "seconds": timing.seconds,
            "spread": timing.spread,
            "rounds": len(timing.rounds),
            "units": timing.units,
            "units_a_second": timing.a_second,
            "ratio": group.ratio(name),
            "note": group.notes.get(name, ""),
        }


def show(console: Console, groups: Sequence[Group]) -> None:
    for group in groups:
        console.print(_table(group))


def _table(group: Group) -> Table:
    table = Table(title=group.title, title_justify="left", caption=f"ratio to {group.base}", caption_justify="left")
    table.add_column("")
    for name in (f"per {group.unit}", "spread", f"{group.unit}s a second", "ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for name, timing in group.timings.items():
        table.add_row(
            name,
            _duration(timing.seconds / timing.units),
            f"{timing.spread:.0%}",
            f"{timing.a_second:,.0f}",
            f"{group.ratio(name):.2f}",
            group.notes.get(name, ""),
        )
    return table


def _duration(seconds: float) -> str:
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.2g} µs"
