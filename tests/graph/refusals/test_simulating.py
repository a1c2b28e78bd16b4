"""What cannot be supposed of a loan, and what cannot come true."""

import pytest

from tests.graph.api import Json
from tests.graph.refusals.refusal import Refusal, nowhere, refusing
from tests.graph.town import Town

PAID: Json = {"kind": "PAYMENT", "amount": "100.00"}
USUAL = {"loanId": "debtor's running", "events": [PAID]}
supposing = refusing("simulateLoan", "debtor", USUAL, once=False)
staff = refusing("simulateLoan", "finance", USUAL, once=False)
committing = refusing("commitSimulation", "debtor", {"simulationId": nowhere("Simulation"), "product": "PAGE"})


def events(*given: Json) -> list[Json]:
    return list(given)


REFUSALS = [
    supposing("no id", "WRONG_ID", "loanId", loanId="x"),
    supposing("none such", "LOAN_NOT_FOUND", "loanId", loanId=nowhere("Loan")),
    supposing("somebody else's loan", "LOAN_NOT_FOUND", "loanId", loanId="neighbour's running"),
    supposing("a loan that does not run", "LOAN_NOT_RUNNING", "loanId", loanId="debtor's pending"),
    supposing("25 events", "TOO_MANY_EVENTS", "events", "25 were given", events=events(*[PAID] * 25)),
    supposing("nothing", "PAYMENT_NOT_POSITIVE", "events.0", "0.00", events=events(PAID | {"amount": "0.00"})),
    supposing("below nothing", "PAYMENT_NOT_POSITIVE", "events.0", "-1.00", events=events(PAID | {"amount": "-1.00"})),
    supposing("one decimal", "UNREADABLE_INPUT", "events.0.amount", events=events(PAID | {"amount": "1.5"})),
    supposing("no sum", "SUPPOSED_EVENT_UNCLEAR", "events.1", "amount", events=events(PAID, {"kind": "PAYMENT"})),
    supposing("yesterday", "SUPPOSED_EVENT_NOT_ALLOWED", "events.0", events=events(PAID | {"on": "2026-02-19"})),
    supposing("a write-off", "SUPPOSED_EVENT_NOT_ALLOWED", "events.0", events=events({"kind": "WRITE_OFF"})),
    supposing(
        "more than owed", "MORE_THAN_OWED", "events.1.amount", events=events(PAID, PAID | {"amount": "20000.00"})
    ),
    supposing("a far day", "DAY_NOT_ASKABLE", "events.0.on", events=events(PAID | {"on": "2099-01-01"})),
    supposing("no day", "UNREADABLE_INPUT", "events.0.on", events=events(PAID | {"on": "2026-02-30"})),
    supposing("looked at too early", "DAY_NOT_ASKABLE", "asOf", "from 2026-02-20", asOf="2026-02-19"),
    supposing(
        "a payoff too small",
        "PAYOFF_TOO_SMALL",
        "events.0",
        events=events(PAID | {"intent": "PAYOFF"}),
    ),
    supposing(
        "a payment after the last",
        "LOAN_CLOSED",
        "events.1",
        events=events({"kind": "PAYMENT", "intent": "PAYOFF"}, PAID),
    ),
    staff("before the loan", "PAYMENT_BEFORE_VALUE_DATE", "events.0", events=events(PAID | {"on": "2026-01-14"})),
    staff(
        "an unknown repayment",
        "REPAYMENT_NOT_FOUND",
        "events.0.repaymentId",
        events=events({"kind": "REVERSAL", "repaymentId": nowhere("Repayment")}),
    ),
    staff(
        "no repayment's id",
        "WRONG_ID",
        "events.1.repaymentId",
        events=events(PAID, {"kind": "REVERSAL", "repaymentId": "x"}),
    ),
    staff("a reversal of nothing", "SUPPOSED_EVENT_UNCLEAR", "events.0", events=events({"kind": "REVERSAL"})),
    staff(
        "a waiver of nothing", "WAIVER_NOT_POSITIVE", "events.0", events=events({"kind": "WAIVER", "penalty": "0.00"})
    ),
    staff(
        "a waiver of what is not due",
        "NOTHING_TO_WAIVE",
        "events.0",
        events=events({"kind": "WAIVER", "penalty": "1.00", "on": "2026-02-01"}),
    ),
    staff(
        "two write-offs",
        "LOAN_WRITTEN_OFF",
        "events.1",
        events=events({"kind": "WRITE_OFF"}, {"kind": "WRITE_OFF"}),
    ),
    committing("no id", "WRONG_ID", "simulationId", simulationId="x"),
    committing("none such", "SIMULATION_NOT_FOUND", "simulationId"),
    committing("an unknown channel", "CHANNEL_NOT_AVAILABLE", "channel", channel="carrier_pigeon"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
