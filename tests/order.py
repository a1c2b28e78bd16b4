"""In which order the tests run: what mostly waits begins at once, on every worker, and the rest fills the processors.

Were it to come last, or on one worker alone, the run would end in minutes of waiting beside idle processors.
"""

from itertools import groupby

import pytest


def waiting_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The tests in an order in which each worker begins with its share of those that wait, the longest before all.

    At first each of xdist's workers is given a part of the list, the parts as long as one another.
    """
    waiting = [item for item in items if item.get_closest_marker("waits")]
    rest = [item for item in items if not item.get_closest_marker("waits")]
    lanes = _shared_out(waiting, workers)
    ordered: list[pytest.Item] = []
    for number, lane in enumerate(lanes):
        others = (len(items) - len(ordered)) // (workers - number) - len(lane)
        ordered += lane + rest[: max(others, 0)]
        rest = rest[max(others, 0) :]
    return ordered + rest


def _shared_out(waiting: list[pytest.Item], workers: int) -> list[list[pytest.Item]]:
    """The waiting tests, what bears one mark together, given out so that all workers wait for about as long."""
    together = [list(group) for _, group in groupby(waiting, key=lambda item: id(item.get_closest_marker("waits")))]
    lanes: list[list[pytest.Item]] = [[] for _ in range(workers)]
    seconds = [0.0] * workers
    for group in sorted(together, key=_seconds, reverse=True):
        lane = seconds.index(min(seconds))
        lanes[lane] += group
        seconds[lane] += _seconds(group)
    return lanes


def _seconds(group: list[pytest.Item]) -> float:
    mark = group[0].get_closest_marker("waits")
    assert mark is not None
    return float(mark.args[0])
