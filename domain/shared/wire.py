"""A message from an outside party as it came over HTTP, what it turned out to say, and what we answer."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast

ResultT = TypeVar("ResultT")


class SignatureError(Exception):
    """The message does not prove who sent it. Nothing in it may be believed."""


class Headers(Mapping[str, str]):
    """HTTP headers: names in any case, a name may come more than once; `[...]` gives the first, `all(...)` each."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        items = cast("Mapping[str, str]", pairs).items() if isinstance(pairs, Mapping) else pairs
        self._pairs: tuple[tuple[str, str], ...] = tuple((name.lower(), value) for name, value in items)

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for known, value in self._pairs if known == name.lower())

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every header in the order it came, names in lower case."""
        return self._pairs

    def __getitem__(self, name: str) -> str:
        for known, value in self._pairs:
            if known == name.lower():
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self._pairs))

    def __len__(self) -> int:
        return len({name for name, _ in self._pairs})

    def __repr__(self) -> str:
        # Names only: authorisation and signatures are values.
        return f"Headers({list(self)})"


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request byte for byte. `received_at` is business time: signatures are judged as of then, however late we read.

    `headers` may be given as a mapping or as pairs, `received_at` as seconds since 1970 or in ISO 8601 with its offset.
    """

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes = field(repr=False)
    received_at: datetime

    def __post_init__(self) -> None:
        if not isinstance(self.headers, Headers):  # pyright: ignore[reportUnnecessaryIsInstance] - callers outside
            object.__setattr__(self, "headers", Headers(self.headers))
        object.__setattr__(self, "received_at", _instant(self.received_at))


def _instant(given: datetime | str | float) -> datetime:
    match given:
        case datetime():
            return given
        case str():
            return datetime.fromisoformat(given)
        case _:
            return datetime.fromtimestamp(given, UTC)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the sender is told, word for word: some repeat for a day unless the body is exactly theirs."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Callback(Generic[ResultT]):
    """A proven callback of a party that is not a payment channel: which request of ours it is about and its result.

    `ref` is our reference. Two callbacks with the same `event_id` say the same.
    """

    ref: str
    event_id: str
    result: ResultT
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
