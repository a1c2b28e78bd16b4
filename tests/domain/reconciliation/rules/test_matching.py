"""Comparing a bill with our records: every line and every record is found once, and the sums come out on both sides."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payments.ports import BillKind, BillTotals
from domain.reconciliation.rules.matching import Found, Ours, Theirs, Way, match, sums
from domain.reconciliation.rules.states import Finding

NUMBERS = st.sampled_from(["A", "B", "C", "D", "E"])
FEN = st.integers(0, 3)
LINES = st.lists(
    st.tuples(
        st.sampled_from([BillKind.PAYMENT, BillKind.REFUND, BillKind.FEE, BillKind.OTHER]),
        st.none() | NUMBERS,
        FEN,
        st.sampled_from(["CNY", "CNY", "USD"]),
        st.booleans(),
    ),
    max_size=12,
)
RECORDS = st.lists(
    st.tuples(st.sampled_from([Way.PAYMENT, Way.REFUND]), NUMBERS, FEN, st.booleans(), st.booleans(), st.booleans()),
    max_size=8,
    unique_by=lambda record: record[:2],
)


def pay(number: str | None, fen: int, n: int = 1, **more: object) -> Theirs:
    return Theirs(n, BillKind.PAYMENT, number, fen, **more)  # type: ignore[arg-type]  # facts by name


def ours(number: str, fen: int, **more: bool) -> Ours:
    return Ours(Way.PAYMENT, number, fen, **more)


def findings(found: list[Found]) -> list[Finding]:
    return [each.finding for each in found]


@given(lines=LINES, records=RECORDS)
def test_every_line_and_every_record_is_in_exactly_one_finding_and_the_sums_come_out(lines, records) -> None:  # type: ignore[no-untyped-def]  # drawn
    theirs = [
        Theirs(n, kind, number, fen, currency=currency, understood=understood)
        for n, (kind, number, fen, currency, understood) in enumerate(lines, 1)
    ]
    mine = [Ours(way, number, fen, booked, of_day, beside) for way, number, fen, booked, of_day, beside in records]

    found = match(theirs, mine)

    assert Counter(each.line.n for each in found if each.line) == Counter(line.n for line in theirs)
    named = {(line.way, line.number) for line in theirs if line.way}
    expected = [
        record for record in mine if record.key in named or (record.booked and record.of_day and not record.beside)
    ]
    assert Counter(each.ours for each in found if each.ours) == Counter(expected)
    assert sum(each.theirs_fen for each in found) == sum(line.way.signed(line.sum_fen) for line in theirs if line.way)
    assert sum(each.ours_fen for each in found) == sum(
        record.way.signed(record.amount_fen) for record in expected if record.booked
    )
    subjects = Counter((each.finding, each.subject) for each in found)
    assert all(count == 1 for count in subjects.values())


def test_the_same_number_and_sum_match() -> None:
    assert findings(match([pay("A", 100)], [ours("A", 100)])) == [Finding.MATCHED]


def test_one_fen_off_is_another_sum() -> None:
    (found,) = match([pay("A", 101)], [ours("A", 100)])

    assert (found.finding, found.theirs_fen, found.ours_fen) == (Finding.AMOUNT_DIFF, 101, 100)


def test_what_we_know_and_have_not_booked_is_only_the_channels() -> None:
    (found,) = match([pay("A", 100)], [ours("A", 0, booked=False)])

    assert (found.finding, found.ours_fen) == (Finding.ONLY_CHANNEL, 0)
    assert found.ours is not None


def test_of_two_lines_with_one_number_the_one_with_our_sum_counts() -> None:
    found = match([pay("A", 99, 1), pay("A", 100, 2)], [ours("A", 100)])

    assert [(each.finding, each.line and each.line.n) for each in found] == [
        (Finding.MATCHED, 2),
        (Finding.DUPLICATE_LINE, 1),
    ]


def test_what_another_bill_has_settled_is_a_duplicate_here() -> None:
    assert findings(match([pay("A", 100)], [ours("A", 100, taken=True)])) == [Finding.DUPLICATE_LINE]


@pytest.mark.parametrize("where", ["beside", "taken"])
def test_what_stands_in_a_bill_beside_this_one_is_not_missed(where: str) -> None:
    assert match([], [ours("A", 100, **{where: True})]) == []


def test_a_payment_and_a_refund_may_have_one_number() -> None:
    lines = [pay("A", 100), Theirs(2, BillKind.REFUND, "A", 40)]
    mine = [ours("A", 100), Ours(Way.REFUND, "A", 40)]

    found = match(lines, mine)

    assert findings(found) == [Finding.MATCHED, Finding.MATCHED]
    assert sum(each.theirs_fen for each in found) == 60


@pytest.mark.parametrize("received_fen", [None, 100, 94])
def test_what_is_received_may_be_told_before_or_after_the_fee(received_fen: int | None) -> None:
    assert pay("A", 100, received_fen=received_fen, fee_fen=6).sum_fen == 100


def test_a_fee_that_is_given_back_with_a_refund_is_no_other_sum() -> None:
    assert Theirs(1, BillKind.REFUND, "A", 100, received_fen=94, fee_fen=-6).sum_fen == 100


def test_what_is_received_short_for_another_reason_is_another_sum() -> None:
    assert findings(match([pay("A", 100, received_fen=0, fee_fen=6)], [ours("A", 100)])) == [Finding.AMOUNT_DIFF]


def test_totals_that_lines_do_not_add_up_to_are_told_one_by_one() -> None:
    totals = BillTotals(payments=1, payments_fen=101, refunds=0, fees_fen=6)

    found = match([pay("A", 100, fee_fen=6)], [ours("A", 100)], totals)

    assert [(each.finding, each.subject) for each in found] == [
        (Finding.MATCHED, "payment:A"),
        (Finding.TOTALS_DIFF, "totals:payments_fen"),
    ]
    assert sums([pay("A", 100, fee_fen=6)])["payments_fen"] == 100
