"""What is asked while somebody waits: a quote, a payoff, what a payment would do, why an amount is what it is."""

from datetime import date
from decimal import Decimal

import pyxirr

from bench.loans import eventful, forget, terms_like
from bench.report import Group
from bench.timing import Effort, race
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Paid
from domain.lending.rules.explaining import explain
from domain.lending.rules.payoff import payoff_quote, preview
from domain.lending.rules.plan import make_plan
from domain.lending.rules.quoting import work_out
from domain.lending.rules.reckoning import due_dates

BEGIN = date(2026, 1, 15)


def groups(effort: Effort) -> list[Group]:
    return [_quotes(effort), _questions(effort)]


def _quotes(effort: Effort) -> Group:
    terms = terms_like(40_000_00, Decimal("0.144"), 36, BEGIN, DayCount.ACT_365)
    days = due_dates(BEGIN, 36)
    flows = [40_000_00, *(-row.principal_fen - row.interest_fen for row in make_plan(terms))]

    def quote() -> None:
        forget()
        work_out(terms)

    def plan() -> None:
        forget()
        make_plan(terms)

    contenders = {
        "quote": quote,
        "its plan alone": plan,
        "pyxirr alone, IRR and XIRR": lambda: (pyxirr.irr(flows), pyxirr.xirr(days, flows)),
    }
    return Group("A quote of 36 terms: plan, totals, three costs", "quote", "quote", race(contenders, effort))


def _questions(effort: Effort) -> Group:
    terms, events, last = eventful()
    payment = Paid("maybe", last, len(events), 1_000_00)
    contenders = {
        "payoff": lambda: payoff_quote(terms, events, last),
        "what a payment would do": lambda: preview(terms, events, payment),
        "why the loan owes what it owes": lambda: explain(terms, events, last),
        "why its last row asks what it asks": lambda: explain(terms, events, last, terms.terms),
    }
    return Group("Questions about a loan of 36 terms with 100 events", "answer", "payoff", race(contenders, effort))
