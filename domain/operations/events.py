"""What operations announces."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ClockMoved:
    """Business time jumped: whoever walks the schedule need not wait for the next minute."""

    topic: ClassVar[str] = "operations.clock_moved"
