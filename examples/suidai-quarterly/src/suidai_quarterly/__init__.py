"""按季付息、到期还本: interest every third month, the whole principal at the end."""

from collections.abc import Mapping, Sequence

from suidai.contract import Periods, RepaymentMethod, hookimpl


class QuarterlyInterest:
    code = "QUARTERLY_INTEREST"
    name: Mapping[str, str] = {"zh": "按季付息、到期还本", "en": "quarterly interest, principal last"}

    def due_months(self, terms: int) -> Sequence[int]:
        """Every third month, and the last one: of 14 months the 3rd, 6th, 9th, 12th and 14th."""
        return (*range(3, terms, 3), terms)

    def level_fen(self, balance_fen: int, periods: Periods) -> None:
        """Nothing is the same from one installment to the next: quarters have 90 to 92 days."""

    def principals(self, balance_fen: int, periods: Periods, level_fen: int | None) -> list[int]:  # noqa: ARG002
        """All of it in the last period."""
        return [0] * (len(periods) - 1) + [balance_fen]


@hookimpl
def repayment_methods() -> tuple[RepaymentMethod, ...]:
    return (QuarterlyInterest(),)
