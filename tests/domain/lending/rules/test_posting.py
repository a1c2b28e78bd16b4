"""What the books should hold of a loan is what it owes, and the transfers that bring them there are the posting table's."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.rules.lines import settled
from domain.lending.rules.events import Event, Paid, Waived, WrittenOff
from domain.lending.rules.posting import COMPONENTS, Components, balances, look_again_on, postings, target
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import Terms
from tests.domain.lending.loans import any_day, any_history, any_terms, loan

CHANGES = st.builds(Components, **{name: st.integers(-(10**12), 10**12) for name in COMPONENTS})


@st.composite
def lives(draw: st.DrawFn) -> tuple[Terms, list[Event], date]:
    """A loan, its history, in one of three a write-off in it, and a day."""
    terms = draw(any_terms())
    events = draw(any_history(terms, most=8))
    if draw(st.sampled_from([True, False, False])):
        events.append(WrittenOff("written off", draw(any_day(terms)), 10_000))
    return terms, events, draw(any_day(terms))


@given(lives())
def test_the_accounts_of_a_loan_say_what_it_owes(life: tuple[Terms, list[Event], date]) -> None:
    terms, events, day = life
    position = replay(terms, events, day)
    held = target(terms, events, position)
    net = balances(held, funder="own")
    running = position.written_off is None

    assert net.get("loans.principal", 0) == running * (position.undue_fen + position.principal_fen)
    interest_fen = running * (position.accrued_fen + position.interest_fen)
    assert net.get("loans.interest", 0) + running * held.memo_fen == interest_fen
    assert net.get("loans.penalty", 0) == running * position.penalty_fen
    assert net.get("borrowers.excess", 0) == -held.excess_received_fen
    assert -net.get("income.interest", 0) == held.interest_earned_fen - held.nonaccrual_fen
    assert 0 <= held.memo_fen <= held.nonaccrual_fen


@given(CHANGES)
def test_every_transfer_balances_whatever_changes(change: Components) -> None:
    for posting in postings(change, funder="own"):
        settled(posting.lines)


@given(CHANGES, CHANGES)
def test_two_changes_one_after_the_other_are_their_sum(one: Components, two: Components) -> None:
    both, apart = balances(one.plus(two), funder="own"), [balances(each, funder="own") for each in (one, two)]
    codes = {*both, *apart[0], *apart[1]}

    assert {code: both.get(code, 0) for code in codes} == {
        code: apart[0].get(code, 0) + apart[1].get(code, 0) for code in codes
    }


@pytest.mark.parametrize(
    ("change", "kind", "debits", "credits"),
    [
        (Components(disbursed_fen=5), "loan_disbursed", {"loans.principal": 5}, {"funders.payable.own": 5}),
        (Components(interest_earned_fen=5), "loan_earned", {"loans.interest": 5}, {"income.interest": 5}),
        (Components(penalty_earned_fen=5), "loan_earned", {"loans.penalty": 5}, {"income.penalty": 5}),
        (Components(interest_earned_fen=-5), "loan_earned", {"income.interest": 5}, {"loans.interest": 5}),
        (
            Components(
                interest_paid_fen=1, principal_paid_fen=2, penalty_paid_fen=3, fee_earned_fen=4, excess_received_fen=5
            ),
            "loan_applied",
            {"suspense.payments": 15},
            {
                "loans.interest": 1,
                "loans.principal": 2,
                "loans.penalty": 3,
                "income.prepayment_fee": 4,
                "borrowers.excess": 5,
            },
        ),
        (Components(recovered_fen=5), "loan_recovered", {"suspense.payments": 5}, {"income.recovery": 5}),
        (
            Components(interest_waived_fen=2, penalty_waived_fen=3),
            "loan_waived",
            {"expense.waivers": 5},
            {"loans.interest": 2, "loans.penalty": 3},
        ),
        (
            Components(nonaccrual_fen=5, memo_fen=5),
            "loan_nonaccrual",
            {"income.interest": 5, "memo.nonaccrual_interest": 5},
            {"loans.interest": 5, "memo.nonaccrual_contra": 5},
        ),
        (
            Components(principal_written_off_fen=3, interest_written_off_fen=2, penalty_written_off_fen=1),
            "loan_written_off",
            {"expense.write_off": 6},
            {"loans.principal": 3, "loans.interest": 2, "loans.penalty": 1},
        ),
        (Components(excess_refunded_fen=5), "loan_excess_refunded", {"borrowers.excess": 5}, {"bank.operating": 5}),
    ],
)
def test_the_posting_table(change: Components, kind: str, debits: dict[str, int], credits: dict[str, int]) -> None:
    (posting,) = postings(change, funder="own")
    lines = settled(posting.lines)

    assert posting.kind == kind
    assert {line.account_code: line.amount_fen for line in lines if line.side == "DEBIT"} == debits
    assert {line.account_code: line.amount_fen for line in lines if line.side == "CREDIT"} == credits


def test_from_the_ninetieth_day_past_due_what_is_earned_and_unpaid_is_no_income() -> None:
    terms, due = loan(), date(2026, 2, 15)
    events: list[Event] = [Paid("part of it", due, 1, 44_00), Waived("some", due, 2, 0, 10_00)]
    earned: dict[int, int] = {}
    memo: dict[int, int] = {}
    for days in (89, 90, 91):
        position = replay(terms, events, due + timedelta(days=days))
        held = target(terms, events, position)
        assert position.dpd == days
        assert held.nonaccrual_fen == held.memo_fen
        earned[days], memo[days] = held.interest_earned_fen, held.memo_fen

    assert memo == {89: 0, 90: earned[90] - 54_00, 91: earned[91] - 54_00}


def test_where_nothing_changes_nothing_is_posted() -> None:
    assert postings(Components(), funder="own") == ()


def test_a_loan_is_looked_at_when_a_row_falls_due_and_daily_while_it_is_late() -> None:
    terms = loan()
    due = date(2026, 2, 15)

    assert look_again_on(replay(terms, (), date(2026, 1, 20))) == due
    assert look_again_on(replay(terms, (), due)) == due + timedelta(days=1)
    written_off = WrittenOff("w", due, 1)
    assert look_again_on(replay(terms, (written_off,), due)) is None
