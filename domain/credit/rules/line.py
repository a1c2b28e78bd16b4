"""What a credit line holds: a limit, what of it is in use, what is reserved for loans not yet paid out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class LineMovementKind(StrEnum):
    """GRANT, RESERVE ... and TAKE_BACK: a repayment was reversed, what it had freed is in use again."""

    GRANT = "GRANT"
    RESERVE = "RESERVE"
    RELEASE = "RELEASE"
    USE = "USE"
    RESTORE = "RESTORE"
    TAKE_BACK = "TAKE_BACK"
    CHANGE_LIMIT = "CHANGE_LIMIT"


@dataclass(frozen=True, slots=True)
class Holding:
    """The three sums of a line, none of them negative. A limit may be lowered below what is used."""

    limit_fen: int = 0
    used_fen: int = 0
    reserved_fen: int = 0

    def __post_init__(self) -> None:
        if min(self.limit_fen, self.used_fen, self.reserved_fen) < 0:
            raise ValueError(f"a line cannot hold less than nothing: {self}")

    @property
    def available_fen(self) -> int:
        return max(self.limit_fen - self.used_fen - self.reserved_fen, 0)

    def moved(self, kind: LineMovementKind, amount_fen: int) -> "Holding":
        """The line after a movement. Raises ValueError for one that cannot be: more restored than was used.

        Only CHANGE_LIMIT may be negative. Only RESERVE asks what is available: what happened to money cannot be refused.
        """
        if kind is not LineMovementKind.CHANGE_LIMIT and amount_fen <= 0:
            raise ValueError(f"{kind} of {amount_fen} fen")
        match kind:
            case LineMovementKind.GRANT | LineMovementKind.CHANGE_LIMIT:
                return replace(self, limit_fen=self.limit_fen + amount_fen)
            case LineMovementKind.RESERVE:
                if amount_fen > self.available_fen:
                    raise ValueError(f"{amount_fen} fen reserved, {self.available_fen} available")
                return replace(self, reserved_fen=self.reserved_fen + amount_fen)
            case LineMovementKind.RELEASE:
                return replace(self, reserved_fen=self.reserved_fen - amount_fen)
            case LineMovementKind.USE:
                return replace(self, reserved_fen=self.reserved_fen - amount_fen, used_fen=self.used_fen + amount_fen)
            case LineMovementKind.RESTORE:
                return replace(self, used_fen=self.used_fen - amount_fen)
            case LineMovementKind.TAKE_BACK:
                return replace(self, used_fen=self.used_fen + amount_fen)


def holding_after(movements: Iterable[tuple[LineMovementKind, int]]) -> Holding:
    """The line that these movements, in their order, lead to."""
    holding = Holding()
    for kind, amount_fen in movements:
        holding = holding.moved(kind, amount_fen)
    return holding
