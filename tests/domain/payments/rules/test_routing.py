"""Which channel a payment goes through: the laws of the order, what keeps a channel out, and what counts against it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payments.ports import Capabilities, ErrorCode, ErrorKind, Product
from domain.payments.rules.faring import MICRO, Fared, Tries, fared_of, judged
from domain.payments.rules.pricing import Fee, Hours, RoutingRules, Terms
from domain.payments.rules.routing import Barrier, Candidate, Choice, Need, choose, rounded
from domain.payments.rules.states import AttemptState
from domain.shared.days import SHANGHAI

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CAN = Capabilities(products=frozenset({Product.QR, Product.PAGE}), max_fen=50_000_00)
NEED = Need(NOON, 1000_00, Product.QR)
RULES = RoutingRules(timedelta(hours=24), 100, Decimal(9), Decimal(1), Terms(Fee(Decimal(6))), {})
DAY = timedelta(days=1)


def rules(*, failure_fen: int = 100, **terms: Terms) -> RoutingRules:
    return replace(RULES, failure_costs_fen=failure_fen, channels=terms)


def costing(fen: int) -> Terms:
    return Terms(Fee(fixed_fen=fen))


def able(*codes: str, **facts: bool) -> list[Candidate]:
    return [Candidate(code, CAN, **facts) for code in codes]


def order(choice: Choice) -> list[str]:
    return [each.code for each in choice.ranked]


# The order


def test_the_cheaper_is_taken_first_and_equal_ones_go_by_their_code() -> None:
    priced = rules(a=costing(6_00), b=costing(3_80), c=costing(3_80))

    choice = choose(able("c", "a", "b"), NEED, priced, {})

    assert (choice.best, order(choice)) == ("b", ["b", "c", "a"])


def test_the_dearer_is_taken_where_the_cheap_one_fails_too_often() -> None:
    """Of 4 tries 3 fail: 3 failures at 1.00 before a success, and 2.20 is saved."""
    fared = {"cheap": Fared(good=0, bad=27 * MICRO, tries=27), "dear": Fared()}
    priced = rules(cheap=costing(3_80), dear=costing(6_00))

    (dear, cheap) = choose(able("cheap", "dear"), NEED, priced, fared).ranked

    assert (dear.code, rounded(dear.cost), rounded(dear.success)) == ("dear", Decimal("611.1111"), Decimal("0.9000"))
    assert (cheap.code, cheap.cost, cheap.success) == ("cheap", Fraction(380) + Fraction(2800, 9), Fraction(9, 37))


def test_a_channel_that_rests_comes_after_all_that_do_not() -> None:
    candidates = [Candidate("a", CAN, resting=True), *able("b", "c")]

    assert order(choose(candidates, NEED, RULES, {})) == ["b", "c", "a"]


codes = st.sampled_from("abcd")
fared_ones = st.builds(Fared, st.integers(0, 200 * MICRO), st.integers(0, 200 * MICRO))


@given(
    st.integers(0, 100_00),
    st.integers(1, 100_00),
    st.integers(0, 50_00),
    fared_ones,
)
def test_the_cheaper_never_ranks_below_the_dearer_all_else_equal(
    fee_fen: int, more_fen: int, failure_fen: int, fared: Fared
) -> None:
    priced = rules(failure_fen=failure_fen, z=costing(fee_fen), a=costing(fee_fen + more_fen))

    assert choose(able("a", "z"), NEED, priced, {"a": fared, "z": fared}).best == "z"


@given(st.dictionaries(codes, fared_ones), codes, st.integers(0, 50_00), st.integers(1, 30 * MICRO))
def test_a_failure_never_raises_a_rank_and_a_success_never_lowers_it(
    fared: dict[str, Fared], code: str, failure_fen: int, weight: int
) -> None:
    def place(how: Fared) -> int:
        known = fared | {code: how}
        return order(choose(able(*"abcd"), NEED, rules(failure_fen=failure_fen), known)).index(code)

    before = fared.get(code, Fared())
    assert place(replace(before, bad=before.bad + weight)) >= place(before)
    assert place(replace(before, good=before.good + weight)) <= place(before)


@given(
    st.dictionaries(codes, st.tuples(st.integers(0, 20_00), fared_ones), min_size=2),
    st.integers(0, 50_00),
)
def test_no_other_order_of_trying_them_one_after_the_other_is_cheaper(
    known: dict[str, tuple[int, Fared]], failure_fen: int
) -> None:
    priced = rules(failure_fen=failure_fen, **{code: costing(fee_fen) for code, (fee_fen, _) in known.items()})
    choice = choose(able(*known), NEED, priced, {code: fared for code, (_, fared) in known.items()})
    by_code = {each.code: each for each in choice.ranked}

    def cost(way: tuple[str, ...]) -> Fraction:
        if not way:
            return Fraction(0)
        first = by_code[way[0]]
        return first.success * first.fee_fen + (1 - first.success) * (failure_fen + cost(way[1:]))

    assert cost(tuple(order(choice))) == min(cost(way) for way in permutations(known))


@given(st.permutations(["a", "b", "c", "d"]), st.dictionaries(codes, fared_ones))
def test_the_same_facts_give_the_same_order_however_they_come(mixed: list[str], fared: dict[str, Fared]) -> None:
    assert choose(able(*mixed), NEED, RULES, fared) == choose(able(*"abcd"), NEED, RULES, fared)


# What keeps a channel out


MORNING = (time(1), time(13))


@pytest.mark.parametrize(
    ("candidate", "terms", "barrier"),
    [
        (Candidate("x", CAN, ready=False), Terms(), Barrier.NOT_READY),
        (Candidate("x", replace(CAN, products=frozenset({Product.PAGE}))), Terms(), Barrier.PRODUCT),
        (Candidate("x", replace(CAN, currencies=frozenset({"USD"}))), Terms(), Barrier.CURRENCY),
        (Candidate("x", replace(CAN, max_fen=999_99)), Terms(), Barrier.AMOUNT),
        (Candidate("x", replace(CAN, min_fen=1000_01)), Terms(), Barrier.AMOUNT),
        (Candidate("x", replace(CAN, cutoff=MORNING)), Terms(), Barrier.MAINTENANCE),
        (Candidate("x", CAN), Terms(maintenance=(Hours(*MORNING),)), Barrier.MAINTENANCE),
        (Candidate("x", CAN), Terms(payment_fen=999_99), Barrier.PAYMENT_LIMIT),
        (Candidate("x", CAN), Terms(borrower_day_fen=1499_99), Barrier.DAY_LIMIT),
        (Candidate("tried", CAN), Terms(), Barrier.TRIED),
    ],
)
def test_what_cannot_take_it_is_never_chosen_and_says_why(candidate: Candidate, terms: Terms, barrier: Barrier) -> None:
    priced = replace(RULES, channels={"y": costing(99_00), candidate.code: terms})

    choice = choose([candidate, *able("y")], NEED, priced, {}, spent_fen={candidate.code: 500_00}, tried={"tried"})

    assert (choice.best, order(choice)) == ("y", ["y"])
    assert [(each.code, each.barrier) for each in choice.excluded] == [(candidate.code, barrier)]


def test_to_the_fen_it_is_taken() -> None:
    terms = Terms(payment_fen=1000_00, borrower_day_fen=1500_00)
    exactly = Candidate("x", replace(CAN, min_fen=1000_00, max_fen=1000_00))

    assert choose([exactly], NEED, rules(x=terms), {}, spent_fen={"x": 500_00}).best == "x"


def test_it_says_until_when() -> None:
    priced = rules(x=Terms(maintenance=(Hours(*MORNING),)), y=Terms(borrower_day_fen=1))

    choice = choose(able("x", "y"), NEED, priced, {})

    assert [each.until for each in choice.excluded] == [
        datetime(2026, 11, 22, 13, tzinfo=SHANGHAI),
        datetime(2026, 11, 23, tzinfo=SHANGHAI),
    ]


def test_a_debit_wants_a_channel_that_debits_whatever_pages_it_has() -> None:
    candidates = [*able("pages"), Candidate("bank", Capabilities(autodebit=True))]

    assert order(choose(candidates, Need(NOON, 1_00, debit=True), RULES, {})) == ["bank"]
    assert order(choose(candidates, Need(NOON, 1_00, Product.QR), RULES, {})) == ["pages"]
    assert choose(candidates, Need(NOON, 1_00, Product.OTHER), RULES, {}).best is None


def test_what_is_kept_of_a_choice_answers_why() -> None:
    priced = rules(x=Terms(maintenance=(Hours(*MORNING),)))

    assert choose(able("x", "y"), NEED, priced, {"y": Fared(MICRO, 0, 1)}).facts() == {
        "ranked": [{"channel": "y", "fee_fen": 600, "success": "0.9091", "cost_fen": "610.0000", "tries": 1}],
        "excluded": [{"channel": "x", "reason": "MAINTENANCE", "until": "2026-11-22T13:00:00+08:00"}],
    }


# What counts for a channel and against it


A, K, C = AttemptState, ErrorKind, ErrorCode


@pytest.mark.parametrize(
    ("state", "kind", "code", "well"),
    [
        (A.SUCCEEDED, None, None, True),
        (A.ACTION_REQUIRED, None, None, True),
        (A.CLOSED, None, None, True),
        (A.NOT_FOUND, None, None, True),  # a page nobody opened
        (A.DECLINED, K.DECLINED, C.INSUFFICIENT_FUNDS, True),
        (A.DECLINED, K.DECLINED, C.ACCOUNT_FROZEN, True),
        (A.DECLINED, K.DECLINED, C.LIMIT_EXCEEDED, False),
        (A.DECLINED, K.DECLINED, C.NOT_SUPPORTED_BANK, False),
        (A.DECLINED, K.DECLINED, C.RISK, False),
        (A.DECLINED, K.DECLINED, C.OTHER, False),
        (A.DECLINED, None, None, False),
        (A.UNKNOWN, K.UNKNOWN, C.TIMEOUT, False),
        (A.UNKNOWN, None, None, False),
        (A.SUBMITTING, K.NOT_EXECUTED, C.CONNECT_FAILED, False),
        (A.NOT_FOUND, K.NOT_EXECUTED, C.CONNECT_FAILED, False),
        (A.CLOSED, K.NOT_EXECUTED, C.CHANNEL_MAINTENANCE, False),
        (A.SUBMITTING, None, None, None),  # our own process died, or it is being sent
        (A.PROCESSING, None, None, None),
    ],
)
def test_what_a_try_says_of_its_channel(
    state: AttemptState, kind: ErrorKind | None, code: ErrorCode | None, well: bool | None
) -> None:
    assert judged(Tries("x", DAY, state, kind, code)) is well
    assert judged(Tries("x", DAY, state, kind, code, doubted=True)) is False


def test_a_try_counts_half_after_a_half_life_and_a_quarter_after_two() -> None:
    tries = [
        Tries("x", timedelta(), A.SUCCEEDED, count=2),
        Tries("x", DAY, A.UNKNOWN),
        Tries("x", 2 * DAY, A.SUCCEEDED, count=3),
        Tries("x", DAY, A.PROCESSING, count=50),
        Tries("y", -DAY, A.SUCCEEDED),
    ]

    assert fared_of(tries, DAY) == {
        "x": Fared(2 * MICRO + 3 * MICRO // 4, MICRO // 2, 6),
        "y": Fared(MICRO, 0, 1),
    }


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_the_older_never_counts_more(one: int, other: int) -> None:
    def weight(seconds: int) -> int:
        return fared_of([Tries("x", timedelta(seconds=seconds), A.SUCCEEDED)], DAY)["x"].good

    assert weight(max(one, other)) <= weight(min(one, other)) <= MICRO
