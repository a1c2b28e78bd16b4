"""Enumerations that two sides of a contract may know in different versions."""

from enum import StrEnum
from typing import Self


class Tolerant(StrEnum):
    """An enum whose reader meets words it does not know: they become `OTHER`, or `UNKNOWN` where there is no `OTHER`.

    Case does not matter when reading. A word is never refused: a newer plugin must not break an older core.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self:
        text = str(value).casefold()
        for member in cls:
            if member.value.casefold() == text:
                return member
        return cls.fallback()

    @classmethod
    def fallback(cls) -> Self:
        """What a word we do not know is read as."""
        return cls.__members__.get("OTHER") or cls["UNKNOWN"]
