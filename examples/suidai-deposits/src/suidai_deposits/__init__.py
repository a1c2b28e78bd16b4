"""整存整取 and 零存整取, worked out. Calculators only: a micro-loan company may take no deposits, and this takes none.

The deposit runs its full months, at one rate, without tax, early withdrawal or missed months.
"""

from collections.abc import Mapping
from fractions import Fraction

from suidai.contract import Deposit, DepositCalculator, DepositOutcome, hookimpl, round_half_up


class FixedDeposit:
    """整存整取: a lump sum, paid out with its interest at the end.

    Interest = P x r x n / 12, simple, after 银发〔2005〕129号 of the People's Bank of China: over whole months, the principal
    times the months times the monthly rate.
    """

    code = "FIXED_DEPOSIT"
    name: Mapping[str, str] = {"zh": "整存整取", "en": "lump-sum fixed deposit"}

    def work_out(self, deposit: Deposit) -> DepositOutcome:
        exact = deposit.amount_fen * Fraction(deposit.annual_rate) * deposit.months / 12
        return DepositOutcome(deposit.amount_fen, round_half_up(exact))


class InstalmentSavings:
    """零存整取: the same sum at the start of every month, all of it paid out with its interest at the end.

    The first sum lies n months, the last one 1, together n (n + 1) / 2 (累计月积数): interest = m x n (n + 1) / 2 x r / 12,
    simple. The notice above leaves the rule to each bank; this is the one by months that they publish.
    """

    code = "INSTALMENT_SAVINGS"
    name: Mapping[str, str] = {"zh": "零存整取", "en": "instalment savings"}

    def work_out(self, deposit: Deposit) -> DepositOutcome:
        months_lain = deposit.months * (deposit.months + 1) // 2
        exact = deposit.amount_fen * months_lain * Fraction(deposit.annual_rate) / 12
        return DepositOutcome(deposit.amount_fen * deposit.months, round_half_up(exact))


@hookimpl
def deposit_calculators() -> tuple[DepositCalculator, ...]:
    return FixedDeposit(), InstalmentSavings()
