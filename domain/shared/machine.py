"""State machines as data: one table says what may follow what, and a move it does not hold is a bug."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

StateT = TypeVar("StateT", bound=StrEnum)


class IllegalMove(RuntimeError):
    """A program tried a move the table does not hold; people's wishes are refused before it comes to that."""


@dataclass(frozen=True, slots=True)
class Machine(Generic[StateT]):
    """The states of one kind of thing. A state without an entry is final."""

    name: str
    table: Mapping[StateT, frozenset[StateT]]

    def allows(self, before: StateT, after: StateT) -> bool:
        return after in self.table.get(before, frozenset())

    def move(self, before: StateT, after: StateT) -> StateT:
        """`after`, if it may follow `before`. Raises IllegalMove."""
        if not self.allows(before, after):
            raise IllegalMove(f"{self.name}: {after} does not follow {before}")
        return after
