"""What was read off an identity card, as it is kept: sealed JSON."""

from dataclasses import dataclass, field
from datetime import date

import msgspec


@dataclass(frozen=True, slots=True)
class CardFields:
    """`valid_to` None: valid for ever (长期)."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    address: str | None = field(default=None, repr=False)
    valid_from: date | None = None
    valid_to: date | None = None

    @classmethod
    def read(cls, text: str) -> "CardFields":
        return msgspec.json.decode(text, type=cls)

    def written(self) -> str:
        return msgspec.json.encode(self).decode()
