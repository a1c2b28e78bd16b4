"""等额本金: every installment the same principal, and the interest on what is left."""

from collections.abc import Mapping, Sequence

from domain.lending.rules.methods.method import Periods
from domain.shared.money import round_ratio


class EqualPrincipal:
    code = "EQUAL_PRINCIPAL"
    name: Mapping[str, str] = {"zh": "等额本金", "en": "equal principal"}
    principal_rule = "min({level}, {balance})"
    level_rule = "S / n"

    def due_months(self, terms: int) -> Sequence[int]:
        return range(1, terms + 1)

    def level_fen(self, balance_fen: int, periods: Periods) -> int:
        return round_ratio(balance_fen, len(periods))

    def principals(self, balance_fen: int, periods: Periods, level_fen: int | None) -> list[int]:
        level = self.level_fen(balance_fen, periods) if level_fen is None else level_fen
        principals: list[int] = []
        for _ in range(len(periods) - 1):
            principal = min(level, balance_fen)
            principals.append(principal)
            balance_fen -= principal
        return [*principals, balance_fen]
