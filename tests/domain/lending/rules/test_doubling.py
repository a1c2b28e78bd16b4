"""Money that came late was paid twice only where another payment has done meanwhile what it was for."""

import pytest

from domain.lending.rules.doubling import Meant, is_paid_twice
from domain.lending.rules.events import Intent

ROW = Meant(Intent.INSTALLMENT, 1079_71)
AHEAD = Meant(Intent.PREPAY, 3000_00)
ALL = Meant(Intent.PAYOFF, 9000_00)


@pytest.mark.parametrize(
    ("late", "since", "due_fen", "closed", "twice"),
    [
        (ROW, [], 0, False, False),
        (ROW, [ROW], 0, False, True),
        (ROW, [AHEAD], 0, False, True),
        (ROW, [ROW], 1, False, False),
        (AHEAD, [AHEAD], 0, False, True),
        (AHEAD, [ROW], 0, False, False),
        (AHEAD, [Meant(Intent.PREPAY, 2999_99)], 0, False, False),
        (ALL, [ROW], 0, False, False),
        (ALL, [ALL], 0, True, True),
        (ROW, [ALL], 0, True, True),
        (ALL, [], 0, True, False),
    ],
    ids=[
        "nothing else was paid",
        "the row was paid",
        "the row was prepaid",
        "something is still due",
        "the same was prepaid",
        "only a row was paid",
        "another sum was prepaid",
        "a payoff is still wanted",
        "the loan was paid off",
        "a row of a loan that was paid off",
        "closed by nothing since",
    ],
)
def test_what_another_payment_has_done_is_not_done_again(
    late: Meant, since: list[Meant], due_fen: int, closed: bool, twice: bool
) -> None:
    assert is_paid_twice(late, since=since, due_fen=due_fen, closed=closed) is twice
