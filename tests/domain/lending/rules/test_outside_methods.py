"""What holds for every loan holds for loans of a method that a package brought."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from suidai_quarterly import QuarterlyInterest

from domain.lending.rules.events import Intent, Paid
from domain.lending.rules.payoff import payoff_quote
from domain.lending.rules.plan import make_plan
from domain.lending.rules.replay import replay
from plugins.testing import registered
from tests.domain.lending.loans import any_day, any_history, any_terms

laws = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
METHOD = "QUARTERLY_INTEREST"


@pytest.fixture(autouse=True, scope="module")
def _installed() -> Iterator[None]:
    with registered(QuarterlyInterest(), provider="suidai-quarterly"):
        yield


@laws
@given(st.data())
def test_whatever_happens_its_principal_is_the_loan_and_nothing_is_negative(data: st.DataObject) -> None:
    terms = data.draw(any_terms(method=METHOD))
    position = replay(terms, data.draw(any_history(terms)), data.draw(any_day(terms)))

    assert sum(row.principal_fen for row in position.rows) == terms.principal_fen
    assert min(getattr(row, name) for row in position.rows for name in row.__slots__ if name.endswith("_fen")) >= 0


@laws
@given(st.data())
def test_a_payoff_closes_it_on_any_day(data: st.DataObject) -> None:
    terms = data.draw(any_terms(method=METHOD))
    events, on = data.draw(any_history(terms, reversals=False)), data.draw(any_day(terms))
    events = [event for event in events if event.date <= on]
    owed_fen = payoff_quote(terms, events, on).total_fen
    if owed_fen:
        events.append(Paid("off", on, len(events) + 100, owed_fen, Intent.PAYOFF))

    assert replay(terms, events, on).payoff_fen == 0


@laws
@given(st.data())
def test_up_to_three_months_it_is_one_installment_at_the_end(data: st.DataObject) -> None:
    """A second method: 一次性还本付息 has one installment whatever its months; the two may not differ in anything."""
    terms = data.draw(any_terms(method=METHOD, terms=data.draw(st.integers(1, 3))))
    at_once = replace(terms, method="BULLET")
    events, on = data.draw(any_history(terms)), data.draw(any_day(terms))

    assert make_plan(terms) == make_plan(at_once)
    assert replay(terms, events, on).rows == replay(at_once, events, on).rows
