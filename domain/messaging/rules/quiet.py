"""Quiet hours: a reminder that would come at night waits for the morning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from domain.messaging.rules.machine import TemplateKind
from domain.shared.days import SHANGHAI

GUARDED = frozenset({TemplateKind.OVERDUE, TemplateKind.LOCATE_ONLY})
"""What is collection work: only the contact guard lets it out."""
KEEPS_QUIET = GUARDED | {TemplateKind.REMINDER}


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one Shanghai time of day to another, over midnight when `begin` is the later one. Equal: no quiet hours."""

    begin: time
    end: time

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "QuietHours":
        """From the policy's form: {"from": "22:00", "to": "08:00"}."""
        return cls(time.fromisoformat(value["from"]), time.fromisoformat(value["to"]))

    def covers(self, moment: time) -> bool:
        if self.begin <= self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


def next_allowed(at: datetime, quiet: QuietHours) -> datetime:
    """`at` itself, or the end of the quiet hours it falls into."""
    here = at.astimezone(SHANGHAI)
    if not quiet.covers(here.timetz().replace(tzinfo=None)):
        return at
    morning = datetime.combine(here.date(), quiet.end, SHANGHAI)
    return morning if morning > here else morning + timedelta(days=1)
