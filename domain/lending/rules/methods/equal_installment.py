"""等额本息: every installment the same sum, principal and interest together."""

from collections.abc import Mapping, Sequence
from math import gcd

from domain.lending.rules.methods.method import Periods
from domain.shared.money import round_ratio


class EqualInstallment:
    code = "EQUAL_INSTALLMENT"
    name: Mapping[str, str] = {"zh": "等额本息", "en": "equal installments"}
    principal_rule = "min(max({level} − {interest}, 0), {balance})"
    level_rule = "S / Σ_k Π_(j≤k) 1 / (1 + r × f_j)"

    def due_months(self, terms: int) -> Sequence[int]:
        return range(1, terms + 1)

    def level_fen(self, balance_fen: int, periods: Periods) -> int:
        """A = P / sum over k of the product over j <= k of 1 / (1 + r f_j), rounded."""
        shared = gcd(periods.scale, *periods.rates)
        scale = periods.scale // shared
        worth, per = 0, 1  # of 1 fen at the end of every period from here on, in today's fen: worth / per
        for rate in reversed(periods.rates):
            worth, per = scale * (worth + per), (scale + rate // shared) * per
        return round_ratio(balance_fen * per, worth)

    def principals(self, balance_fen: int, periods: Periods, level_fen: int | None) -> list[int]:
        level = self.level_fen(balance_fen, periods) if level_fen is None else level_fen
        principals: list[int] = []
        for k in range(len(periods) - 1):
            principal = min(max(level - periods.interest_fen(balance_fen, k), 0), balance_fen)
            principals.append(principal)
            balance_fen -= principal
        return [*principals, balance_fen]
