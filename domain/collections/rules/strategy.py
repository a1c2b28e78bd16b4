"""The collection strategy: what is done on which overdue day. It is data, and nonsense in it is refused when it is read."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any

import msgspec

from domain.collections.presets import STRATEGIES
from domain.collections.rules.contact import Channel
from domain.collections.rules.task import TaskKind


class Assignee(StrEnum):
    """Who does it: the system by itself, or whoever takes it from the queue."""

    SYSTEM = "SYSTEM"
    QUEUE = "QUEUE"


class Requirement(StrEnum):
    """NO_OPEN_PROMISE: he has not promised to pay by a day to come. UNREACHABLE: he provably cannot be reached."""

    NO_OPEN_PROMISE = "NO_OPEN_PROMISE"
    UNREACHABLE = "UNREACHABLE"


class NotAStrategy(ValueError):
    """The policy's strategy cannot be followed; says why in a sentence."""


_AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done from one overdue day to another, both included; `dpd_to` None: for as long as it takes.

    `max_per_day` bounds the messages, or the calls, of one case in a day. The higher `priority` is done first.
    """

    dpd_from: _AtLeastOne
    dpd_to: int | None
    action: TaskKind
    channel: Channel
    assignee: Assignee
    max_per_day: _AtLeastOne
    requires: tuple[Requirement, ...]
    priority: Annotated[int, msgspec.Meta(ge=0)]

    @property
    def name(self) -> str:
        """Such as "CALL:4"; no two steps of a strategy share it."""
        return f"{self.action}:{self.dpd_from}"

    def covers(self, overdue_day: int) -> bool:
        return self.dpd_from <= overdue_day and (self.dpd_to is None or overdue_day <= self.dpd_to)


Strategy = tuple[Step, ...]


def overdue_day(overdue_since: date, grace_days: int, today: date) -> int:
    """Which overdue day it is: 1 the day after the due date, or after the loan's days of grace; 0 before that."""
    return max((today - overdue_since).days - grace_days, 0)


def planned(strategy: Strategy, overdue_day: int) -> Strategy:
    """The steps of a day, what is most pressing first."""
    steps = (step for step in strategy if step.covers(overdue_day))
    return tuple(sorted(steps, key=lambda step: -step.priority))


def step_of(strategy: Strategy, action: TaskKind, overdue_day: int) -> Step | None:
    """The step of this kind on a day; there is one at most."""
    return next((step for step in planned(strategy, overdue_day) if step.action is action), None)


def read(value: Any) -> Strategy:
    """The strategy in a policy's value: a preset's name, or the rules themselves. Raises NotAStrategy."""
    if isinstance(value, str):
        if value not in STRATEGIES:
            raise NotAStrategy(f"no collection strategy is called {value!r}; there are {', '.join(STRATEGIES)}")
        value = STRATEGIES[value]
    try:
        strategy = msgspec.convert(value, Strategy)
    except msgspec.ValidationError as error:
        raise NotAStrategy(f"the collection strategy cannot be read: {error}") from error
    for step in strategy:
        if reason := _wrong_with(step):
            raise NotAStrategy(f"the collection strategy's rule {step.name} {reason}")
    _check_overlaps(strategy)
    return strategy


def _wrong_with(step: Step) -> str:
    if step.dpd_to is not None and step.dpd_to < step.dpd_from:
        return f"ends on day {step.dpd_to}, before it begins"
    if step.action is TaskKind.SMS:
        if (step.channel, step.assignee) != (Channel.SMS, Assignee.SYSTEM):
            return "sends messages, which the system does, by SMS"
        return "never ends: messages must not go on for ever" if step.dpd_to is None else ""
    if step.channel is Channel.SMS or step.assignee is Assignee.SYSTEM:
        return "is for people, who call or visit: no program does that"
    if step.action is TaskKind.LOCATE and Requirement.UNREACHABLE not in step.requires:
        return "asks a third person without requiring UNREACHABLE"
    return ""


def _check_overlaps(strategy: Sequence[Step]) -> None:
    if sum(step.action is TaskKind.LOCATE for step in strategy) > 1:
        raise NotAStrategy("the collection strategy asks third persons by two rules: of a case they are asked once")
    for action in TaskKind:
        of_kind: Iterable[Step] = sorted(
            (step for step in strategy if step.action is action), key=lambda step: step.dpd_from
        )
        for before, after in pairwise(of_kind):
            if before.covers(after.dpd_from):
                day = after.dpd_from
                raise NotAStrategy(f"two rules of the collection strategy say {action} on day {day}")
