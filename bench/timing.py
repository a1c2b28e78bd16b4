"""How long something takes: several rounds in which all contenders take turns, so that a busy machine disturbs all alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Effort:
    """How often a thing is measured, and for how many seconds at least in each round."""

    rounds: int
    seconds: float


THOROUGH = Effort(rounds=7, seconds=0.2)
QUICK = Effort(rounds=2, seconds=0.0)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds a turn, one figure for each round. `units`: how many loans, events or plans one turn deals with."""

    rounds: tuple[float, ...]
    units: int = 1

    @property
    def seconds(self) -> float:
        """The median of the rounds."""
        return median(self.rounds)

    @property
    def spread(self) -> float:
        """How far apart the rounds lie, as a part of their median."""
        return (max(self.rounds) - min(self.rounds)) / self.seconds

    @property
    def a_second(self) -> float:
        """Units in a second."""
        return self.units / self.seconds


def race(contenders: Mapping[str, Work], effort: Effort, units: int = 1) -> dict[str, Timing]:
    """Time each contender, after a turn to warm up."""
    turns = {name: _turns(work, effort.seconds) for name, work in contenders.items()}
    rounds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(effort.rounds):
        for name, work in contenders.items():
            rounds[name].append(_seconds(work, turns[name]) / turns[name])
    return {name: Timing(tuple(found), units) for name, found in rounds.items()}


def _turns(work: Work, seconds: float) -> int:
    """How many turns fill that many seconds. The first is not counted: it fills caches."""
    work()
    return max(1, round(seconds / _seconds(work, 1)))


def _seconds(work: Work, turns: int) -> float:
    began = perf_counter()
    for _ in range(turns):
        work()
    return perf_counter() - began
