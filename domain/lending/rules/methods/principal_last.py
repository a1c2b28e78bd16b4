"""The methods that leave the principal to the end: 先息后本 with interest every month, 一次性还本付息 with one installment."""

from collections.abc import Mapping, Sequence

from domain.lending.rules.methods.method import Periods


class InterestOnly:
    code = "INTEREST_ONLY"
    name: Mapping[str, str] = {"zh": "先息后本", "en": "interest first, principal last"}
    principal_rule = "0"

    def due_months(self, terms: int) -> Sequence[int]:
        return range(1, terms + 1)

    def level_fen(self, balance_fen: int, periods: Periods) -> None:  # noqa: ARG002  nothing stays level here
        return None

    def principals(self, balance_fen: int, periods: Periods, level_fen: int | None) -> list[int]:  # noqa: ARG002
        return [0] * (len(periods) - 1) + [balance_fen]


class Bullet(InterestOnly):
    code = "BULLET"
    name: Mapping[str, str] = {"zh": "一次性还本付息", "en": "everything at the end"}

    def due_months(self, terms: int) -> Sequence[int]:
        return (terms,)
