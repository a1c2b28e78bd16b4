"""What messaging announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class MessageQueued:
    """A message may go out now."""

    topic: ClassVar[str] = "messaging.queued"
    message_id: UUID
