"""A statement tells everything that happened, and its sums are the position's."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lending.papers.lines import lines_of, total_of
from domain.lending.papers.statement import statement_on_paper
from domain.lending.papers.wording import money
from domain.lending.rules.events import Event, ExcessRefunded, Intent, Paid, WrittenOff
from domain.lending.rules.replay import replay
from tests.domain.lending.loans import any_day, any_history, any_terms, loan
from tests.domain.lending.papers.builders import LIFE, statement
from tests.domain.lending.papers.reading import said


@given(st.data())
def test_the_sums_of_its_lines_are_those_of_the_position(data: st.DataObject) -> None:
    terms = data.draw(any_terms())
    events = data.draw(any_history(terms))
    day = data.draw(any_day(terms))
    if data.draw(st.booleans()):
        events.append(WrittenOff("given up", data.draw(any_day(terms)), 1_000))
    if data.draw(st.booleans()):
        events.append(ExcessRefunded("back", data.draw(any_day(terms)), 1_001, data.draw(st.integers(1, 10**6))))
    position = replay(terms, events, day)
    totals = position.totals

    lines = lines_of(terms, events, position)
    total = total_of(lines)

    paid_fen = total.penalty_fen + total.interest_fen + total.principal_fen
    assert (
        paid_fen == totals.paid_penalty_fen + totals.paid_interest_fen + totals.paid_principal_fen + totals.recovery_fen
    )
    assert total.fee_fen == totals.paid_fee_fen
    assert total.excess_fen == totals.excess_fen - totals.excess_refunded_fen
    assert total.amount_fen == paid_fen + total.fee_fen + total.excess_fen
    assert total.balance_fen == position.undue_fen + position.principal_fen
    for line in lines:
        parts = (line.penalty_fen, line.interest_fen, line.principal_fen, line.fee_fen, line.excess_fen)
        assert line.amount_fen == sum(parts)


def test_it_tells_every_event_with_where_the_money_went() -> None:
    told = said(statement_on_paper(statement()))

    for line in (
        "2026-01-15放款12,000.00",
        "2026-02-15还款1,079.71—144.00935.71——11,064.29",
        "2026-05-05还款500.0011.50121.41367.09——9,750.26",
        "2026-05-06还款77.00，后被冲正，不计入",
        "2026-05-08冲正2026-05-06的还款77.00",
        "2026-05-10减免罚息1.77、利息0.00",
        "2026-05-15提前还款3,000.001.78109.912,888.31——6,861.95",
        "合计5,659.4213.28508.095,138.05——6,861.95",
    ):
        assert line in told


def test_it_tells_the_plan_and_what_is_owed_as_they_stand() -> None:
    facts = statement()
    position = replay(facts.terms, facts.events, facts.until)
    told = said(statement_on_paper(facts))

    for row in position.rows:
        assert f"{row.n}{row.due}{money(row.principal_fen)}{money(row.interest_fen)}" in told
    assert f"当日结清金额{money(position.payoff_fen)}" in told
    assert f"到期未还罚息{money(position.penalty_fen)}" in told
    assert "逾期35天" in told
    assert "逾期天数35" in told


def test_it_names_the_borrower_and_masks_his_number() -> None:
    told = said(statement_on_paper(statement()))

    assert "王小明" in told
    assert "110***********721X" in told
    assert "19900307" not in told


def test_of_a_period_only_what_happened_in_it_is_told_after_what_was_carried_over() -> None:
    told = said(statement_on_paper(statement(since=date(2026, 3, 15), until=date(2026, 5, 5))))

    assert "2026年3月15日至2026年5月5日" in told
    assert "2026-03-15期初——————11,064.29" in told
    assert "合计1,579.7111.50254.181,314.03——9,750.26" in told
    assert "放款" not in told
    assert "提前还款3,000.00" not in told


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Paid("more", date(2026, 6, 1), 8, 20_000_00, Intent.PAYOFF), "2026-06-01结清还款20,000.00"),
        (ExcessRefunded("back", date(2026, 6, 2), 8, 5_00), "退还溢缴款5.00-5.00————-5.00"),
        (WrittenOff("given up", date(2026, 6, 3), 8), "2026-06-03核销"),
    ],
)
def test_it_has_a_line_for_every_kind_of_event(event: Event, line: str) -> None:
    assert line in said(statement_on_paper(statement((*LIFE, event))))


def test_what_comes_after_a_write_off_is_called_so() -> None:
    given_up = WrittenOff("given up", date(2026, 6, 3), 8)
    recovered = Paid("after all", date(2026, 6, 20), 9, 100_00)

    assert "核销后还款100.00" in said(statement_on_paper(statement((*LIFE, given_up, recovered))))


@given(st.integers(3, 36))
def test_a_loan_on_which_nothing_happened_has_the_line_of_its_beginning(terms: int) -> None:
    agreed = loan(terms=terms)
    (only,) = lines_of(agreed, (), replay(agreed, (), agreed.value_date))
    assert (only.on, only.balance_fen, only.amount_fen) == (agreed.value_date, agreed.principal_fen, 0)
