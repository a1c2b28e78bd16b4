"""Repayment plans: ours, to the fen, beside three libraries that calculate in floats."""

# loan-calculator and numpy-financial say nothing of their types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import warnings
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

import numpy_financial
from amortization import amortization_schedule
from numpy import arange

from bench.loans import forget, terms_like
from bench.report import Group
from bench.timing import Effort, race
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.plan import PlanRow, make_plan
from domain.lending.rules.reckoning import due_dates

with warnings.catch_warnings():  # of backslashes in its docstrings, when it is compiled
    warnings.simplefilter("ignore")
    from loan_calculator import AmortizationScheduleType, Loan

LENGTHS = (12, 36, 360)
PRINCIPAL_FEN, RATE, BEGIN = 40_000_00, 0.144, date(2026, 1, 15)
OURS = "suidai, 30/360"


def groups(effort: Effort) -> list[Group]:
    return [_of(length, effort) for length in LENGTHS]


def _of(length: int, effort: Effort) -> Group:
    contenders: dict[str, Callable[[], object]] = {
        OURS: lambda: ours(length, DayCount.THIRTY_360),
        "suidai, actual days": lambda: ours(length, DayCount.ACT_365),
        "amortization": lambda: of_amortization(length),
        "loan-calculator": lambda: of_loan_calculator(length),
        "numpy-financial": lambda: of_numpy_financial(length),
    }
    notes = {
        OURS: _note(row.principal_fen for row in ours(length, DayCount.THIRTY_360)),
        "suidai, actual days": _note(row.principal_fen for row in ours(length, DayCount.ACT_365)),
        "amortization": _note(_fen(part) for part in of_amortization(length)),
        "loan-calculator": _note(_fen(part) for part in of_loan_calculator(length)),
        "numpy-financial": _note(_fen(part) for part in of_numpy_financial(length)),
    }
    return Group(f"A plan of {length} equal installments", "plan", OURS, race(contenders, effort), notes)


def ours(length: int, day_count: DayCount) -> tuple[PlanRow, ...]:
    """Worked out anew each time: what is kept of the last one is forgotten."""
    forget()
    return make_plan(terms_like(PRINCIPAL_FEN, Decimal("0.144"), length, BEGIN, day_count))


def of_amortization(length: int) -> list[float]:
    return [row.principal for row in amortization_schedule(PRINCIPAL_FEN / 100, RATE, length)]


def of_loan_calculator(length: int) -> list[float]:
    """Its days are actual and its interest compounds by the day: it answers another question, at the same length."""
    loan = Loan(
        PRINCIPAL_FEN / 100,
        RATE,
        BEGIN,
        list(due_dates(BEGIN, length)[1:]),
        amortization_schedule_type=AmortizationScheduleType.progressive_price_schedule.value,
    )
    return [float(part) for part, _ in zip(loan.amortizations, loan.interest_payments, strict=True)]


def of_numpy_financial(length: int) -> list[float]:
    periods = arange(1, length + 1)
    numpy_financial.ipmt(RATE / 12, periods, length, -PRINCIPAL_FEN / 100)
    return list(numpy_financial.ppmt(RATE / 12, periods, length, -PRINCIPAL_FEN / 100))


def _fen(yuan: float) -> int:
    return round(yuan * 100)


def _note(principals_fen: Iterable[int]) -> str:
    """Whether the principal, rounded row by row to what can be paid, is what was lent."""
    off_fen = sum(principals_fen) - PRINCIPAL_FEN
    return "principal to the fen" if not off_fen else f"principal off by {off_fen} fen"
