"""A law that does not hold: which, of what, and the two figures or words that should be one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from domain.lending.queries.laws import Difference

Progress = Callable[[str, int, int], None]
"""Told which law is being checked, how many of its subjects were, and how many there are."""


@dataclass(frozen=True, slots=True)
class BrokenLaw:
    """`words`: what was expected and what was found where these are no sums, such as a day or a status."""

    law: str
    subject: str
    expected_fen: int
    found_fen: int
    words: tuple[str, str] | None = None

    def __str__(self) -> str:
        expected, found = self.words or (f"{self.expected_fen} fen", f"{self.found_fen} fen")
        return f"{self.law}: {self.subject}: expected {expected}, found {found}"


def broken(law: str, differences: Iterable[Difference]) -> Iterator[BrokenLaw]:
    """The law with each of the differences that are ones."""
    for each in differences:
        if each.expected_fen != each.found_fen:
            yield BrokenLaw(law, each.subject, each.expected_fen, each.found_fen)


def silent(_law: str, _done: int, _of: int) -> None:
    """For whoever does not want to know how far it is."""
