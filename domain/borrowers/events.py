"""What borrowers announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class CheckRequested:
    """Pictures wait for the identity provider."""

    topic: ClassVar[str] = "borrowers.check_requested"
    check_id: UUID
