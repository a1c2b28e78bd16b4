"""Act five: an installment is missed; the borrower is told, called within the rules, promises, pays with penalty."""

from datetime import date

from suidai.demo.api import Json, Refused, expect, fail
from suidai.demo.paying import messages, order, paid_row, pay, until_paid
from suidai.demo.stage import Stage, at, days, fen, key

N = 5
"""The installment that is missed."""
LATE_DAYS = 8

CASE = (
    "id number status severity daysPastDue closeReason loan { number } tasks { kind status } "
    "promises { status } debtorPhone contactGuard(channel: CALL, party: DEBTOR) { allowed rule until }"
)


def misses_one(stage: Stage) -> str:
    due = _due(stage)
    before = messages(stage).count("OVERDUE_NOTICE")
    for day in (1, 2, 3, 4):
        stage.clock_to(at(due + days(day), 9, 1))
        told = messages(stage).count("OVERDUE_NOTICE") - before
        expect(told == min(day, 3), f"{told} overdue messages by day {day}")
    return f"due {due}; told on days 1, 2 and 3, once each, then left to people"


def is_imported(stage: Stage) -> str:
    case = _case(stage)
    expect(case["status"] == "OPEN", "there is no open case after 01:00")
    calls = [task for task in case["tasks"] if task == {"kind": "CALL", "status": "OPEN"}]
    expect(len(calls) == 1, f"by day 4 the queue holds {case['tasks']}")
    stage.known["case"] = case["id"]
    return f"{case['number']}, at 01:00; from day 4 a call in the queue"


def turns_red(stage: Stage) -> str:
    before = stage.loan("severity daysPastDue")
    expect(before["severity"] != "RED", f"{before['severity']} after {before['daysPastDue']} days")
    stage.clock_to(at(_due(stage) + days(5), 9, 1))
    loan = stage.loan("severity daysPastDue")
    expect(loan == {"severity": "RED", "daysPastDue": 5}, f"{loan}")
    expect(_case(stage)["severity"] == "RED", "the collector does not see it red")
    return "RED at 5 days past due"


def is_not_called_at_night(stage: Stage) -> str:
    _take(stage)
    stage.clock_to(at(_due(stage) + days(5), 22, 30))
    case = _case(stage)
    expect("****" in case["debtorPhone"], f"the collector sees {case['debtorPhone']}")
    guard = case["contactGuard"]
    expect(not guard["allowed"], "the guard would let him be called at 22:30")
    try:
        _call(stage, "ANSWERED")
    except Refused as refused:
        expect(refused.code == "CONTACT_NOT_ALLOWED", f"it was refused as {refused.code}")
        expect(guard["rule"] in str(refused), f"the refusal does not name {guard['rule']}: {refused}")
        return f"at 22:30: {guard['rule']}, until {guard['until']}"
    return fail("he was called at 22:30")


def promises_to_pay(stage: Stage) -> str:
    stage.clock_to(at(_due(stage) + days(6), 9, 30))
    _call(stage, "PROMISED")
    on = _due(stage) + days(LATE_DAYS)
    owed = stage.loan("balance { due }")["balance"]["due"]
    stage.door.do(
        "recordPromise",
        {"caseId": stage.known["case"], "amount": owed, "on": on.isoformat(), "idempotencyKey": key()},
        "... on PaymentPromise { status }",
        token=stage.staff("collector"),
    )
    expect(_case(stage)["promises"] == [{"status": "OPEN"}], "there is no open promise")
    return f"called at 09:30 of day 6; promises {owed} by {on}"


def asks_why(stage: Stage) -> str:
    """Every fen of the penalty is accounted for, by the day."""
    stage.clock_to(at(_due(stage) + days(LATE_DAYS), 9, 30))
    row = _explained(stage)["PENALTY"]
    owed = stage.loan("balance { penalty }")["balance"]["penalty"]
    expect(row["result"] == owed, f"explained are {row['result']}, owed {owed}")
    late = sum(segment["days"] for segment in row["segments"])
    expect(late == LATE_DAYS, f"{late} days are explained of {LATE_DAYS}")
    return f"{owed} = {row['filled']}"


def pays_with_penalty(stage: Stage) -> str:
    stage.clock_to(at(_due(stage) + days(LATE_DAYS), 10))
    owed = stage.loan("balance { penalty due }")["balance"]
    expect(fen(owed["penalty"]) > 0, "being late costs nothing")
    asked = order(stage)
    expect(asked["amount"] == owed["due"], f"the order is over {asked['amount']}, due are {owed['due']}")
    pay(stage, asked)
    until_paid(stage, asked)
    row = paid_row(stage, N)
    return f"{asked['amount']} on day {LATE_DAYS}, of it penalty {row['penalty']}"


def case_is_closed(stage: Stage) -> str:
    stage.settle()
    case = stage.until(lambda: _case(stage, "CLOSED"), "the case to be closed")
    expect(case["promises"] == [{"status": "KEPT"}], f"the promise is {case['promises']}")
    expect(not any(task["status"] == "OPEN" for task in case["tasks"]), "work is left in a closed case")
    expect(stage.loan("severity")["severity"] == "NORMAL", "the loan is still marked")
    return f"{case['number']}: {case['closeReason']}, the promise kept"


def _due(stage: Stage) -> date:
    return stage.known["due"][N - 1]


def _explained(stage: Stage) -> dict[str, Json]:
    """Why each amount of the missed installment is what it is."""
    told = stage.door.ask(
        "query($id: ID!, $n: Int!) { loan(id: $id) { explain(n: $n) { what filled result segments { days } } } }",
        {"id": stage.known["loan"], "n": N},
        token=stage.borrower,
    )["loan"]["explain"]
    return {each["what"]: each for each in told}


def _take(stage: Stage) -> None:
    """The collector takes the case."""
    collector = stage.staff("collector")
    me = stage.door.ask("{ staffMe { id } }", token=collector)["staffMe"]["id"]
    stage.door.do(
        "assignCase", {"caseId": stage.known["case"], "staffId": me}, "... on CollectionCase { id }", token=collector
    )


def _call(stage: Stage, outcome: str) -> None:
    asked = {
        "caseId": stage.known["case"],
        "channel": "CALL",
        "party": "DEBTOR",
        "outcome": outcome,
        "note": "电话联系本人 called the borrower himself",
        "idempotencyKey": key(),
    }
    stage.door.do("recordContact", asked, "... on ContactAttempt { id }", token=stage.staff("collector"))


def _case(stage: Stage, status: str = "OPEN") -> Json:
    """The loan's case in this status; nothing if there is none."""
    number = stage.loan("number")["number"]
    told = stage.door.ask(
        f"query($status: CaseStatus!) {{ collectionCases(first: 100, where: {{status: $status}}) "
        f"{{ nodes {{ {CASE} }} }} }}",
        {"status": status},
        token=stage.staff("collector"),
    )["collectionCases"]["nodes"]
    nothing: Json = {}
    return next((case for case in told if case["loan"]["number"] == number), nothing)
