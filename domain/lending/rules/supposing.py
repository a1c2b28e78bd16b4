"""What somebody supposes to happen to a loan, as he says it: one thing of one kind, with what that kind needs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.lending.rules.events import Intent
from domain.lending.simulation_errors import SupposedEventUnclear


class SupposedKind(StrEnum):
    """What can be supposed; each becomes an event of the journal once it is committed."""

    PAYMENT = "PAYMENT"
    WAIVER = "WAIVER"
    REVERSAL = "REVERSAL"
    WRITE_OFF = "WRITE_OFF"


@dataclass(frozen=True, slots=True)
class Supposed:
    """`on` is today if it is not said. A payment without a sum is a payoff; a reversal counts from ever."""

    kind: SupposedKind
    on: date | None = None
    amount_fen: int | None = None
    intent: Intent | None = None
    penalty_fen: int | None = None
    interest_fen: int | None = None
    repayment_id: UUID | None = None

    def check(self, about: str) -> None:
        """Refuse what is not clear: too little said, or of another kind. Raises SupposedEventUnclear."""
        given = {part.name for part in fields(self)[1:] if getattr(self, part.name) is not None}
        if not any(needed <= given <= needed | may for needed, may in _CLEAR[self.kind]) or not self._has_sum():
            raise SupposedEventUnclear(
                kind=self.kind,
                needs=_NEEDS[self.kind],
                given=", ".join(_SAID[name] for name in _SAID if name in given) or "-",
                fields=(about,),
            )

    def _has_sum(self) -> bool:
        return self.kind is not SupposedKind.PAYMENT or self.amount_fen is not None or self.intent is Intent.PAYOFF

    def kept(self) -> dict[str, Any]:
        """As it is stored."""
        said = {part.name: getattr(self, part.name) for part in fields(self)}
        return {
            name: str(value) if not isinstance(value, int) else value
            for name, value in said.items()
            if value is not None
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Supposed":
        return cls(**{name: _READ.get(name, int)(value) for name, value in kept.items()})


_NOTHING: frozenset[str] = frozenset()
_CLEAR: Mapping[SupposedKind, tuple[tuple[frozenset[str], frozenset[str]], ...]] = {
    SupposedKind.PAYMENT: ((_NOTHING, frozenset({"on", "amount_fen", "intent"})),),
    SupposedKind.WAIVER: (
        (frozenset({"penalty_fen"}), frozenset({"on", "interest_fen"})),
        (frozenset({"interest_fen"}), frozenset({"on"})),
    ),
    SupposedKind.REVERSAL: ((frozenset({"repayment_id"}), _NOTHING),),
    SupposedKind.WRITE_OFF: ((_NOTHING, frozenset({"on"})),),
}
"""For each kind: what must be said, and what may be beside it."""

_NEEDS: Mapping[SupposedKind, str] = {
    SupposedKind.PAYMENT: "amount (PAYOFF: or none), intent?, on?",
    SupposedKind.WAIVER: "penalty, interest, on?",
    SupposedKind.REVERSAL: "repaymentId",
    SupposedKind.WRITE_OFF: "on?",
}
_SAID: Mapping[str, str] = {
    "amount_fen": "amount",
    "intent": "intent",
    "penalty_fen": "penalty",
    "interest_fen": "interest",
    "repayment_id": "repaymentId",
    "on": "on",
}
_READ: Mapping[str, Any] = {
    "kind": SupposedKind,
    "on": date.fromisoformat,
    "intent": Intent,
    "repayment_id": UUID,
}
