"""Act four: paid on time, notified thrice, a notice lost; then missed, chased, paid with penalty; then paid off."""

from typing import Any

from suidai.demo.api import Json, expect
from suidai.demo.stage import Stage, at, days, fen, key

ORDER = "... on RepaymentOrder { id number status amount action { __typename ... on RedirectAction { url } } }"
ROWS = "plan { installments { n status principal interest penalty paid outstanding daysPastDue } }"
LATE_DAYS = 8


def is_reminded(stage: Stage) -> str:
    stage.clock_to(at(stage.known["due"][0] - days(2), 9, 1))
    count = _messages(stage).count("REPAYMENT_REMINDER")
    expect(count == 1, f"{count} reminders were sent two days before the due date")
    return f"two days before {stage.known['due'][0]}, once"


def pays_on_time(stage: Stage, n: int) -> str:
    stage.clock_to(at(stage.known["due"][n - 1], 12))
    order = _order(stage, "INSTALLMENT")
    _pay(stage, order, notices=3)
    _until_paid(stage, order)
    row = _paid_row(stage, n)
    posted = stage.loan("repayments { amount status }")["repayments"]
    expect(len(posted) == n, f"{len(posted)} repayments after {n} payments notified three times each")
    return f"{row['paid']} by Alipay; three notices, one repayment"


def pays_and_the_notice_is_lost(stage: Stage) -> str:
    stage.clock_to(at(stage.known["due"][2], 12))
    order = _order(stage, "INSTALLMENT")
    _pay(stage, order, notices=0)
    stage.clock_to(at(stage.known["due"][2], 12, 30))
    _until_paid(stage, order)
    told = stage.loan("repaymentOrders { id attempts { changes { told source } } }")["repaymentOrders"]
    changes = next(each for each in told if each["id"] == order["id"])["attempts"][0]["changes"]
    source = next(change["source"] for change in changes if change["told"] == "SUCCEEDED")
    expect(source == "QUERY", f"we were told by {source}")
    return f"{_paid_row(stage, 3)['paid']}; found by asking Alipay"


def misses_one(stage: Stage) -> str:
    due = stage.known["due"][3]
    stage.clock_to(at(due + days(1), 9, 1))
    codes = _messages(stage)
    expect(codes.count("OVERDUE_NOTICE") == 1, f"{codes.count('OVERDUE_NOTICE')} overdue messages after 24 h")
    return f"due {due}; looked at again 24 h after the due morning, told once"


def is_imported(stage: Stage) -> str:
    case = _case(stage)
    expect(case and case["status"] == "OPEN", "there is no open case after 01:00")
    return f"{case['number']}, at 01:00"


def turns_red(stage: Stage) -> str:
    due = stage.known["due"][3]
    before = stage.loan("severity daysPastDue")
    expect(before["severity"] != "RED", f"{before['severity']} after {before['daysPastDue']} days")
    stage.clock_to(at(due + days(5), 9))
    loan = stage.loan("severity daysPastDue")
    expect(loan == {"severity": "RED", "daysPastDue": 5}, f"{loan}")
    expect(_case(stage)["severity"] == "RED", "the collector does not see it red")
    return "RED at 5 days past due"


def pays_with_penalty(stage: Stage) -> str:
    due = stage.known["due"][3]
    stage.clock_to(at(due + days(LATE_DAYS), 10))
    owed = stage.loan("balance { penalty interest principal due } ")["balance"]
    expect(fen(owed["penalty"]) > 0, "being late costs nothing")
    order = _order(stage, "INSTALLMENT")
    expect(order["amount"] == owed["due"], f"the order is over {order['amount']}, due are {owed['due']}")
    _pay(stage, order, notices=1)
    _until_paid(stage, order)
    row = _paid_row(stage, 4)
    stage.known["penalty"] = fen(row["penalty"])
    return f"{order['amount']} on day {LATE_DAYS}, of it penalty {row['penalty']}"


def case_is_closed(stage: Stage) -> str:
    stage.settle()
    case = stage.until(lambda: _closed(stage), "the case to be closed")
    expect(stage.loan("severity")["severity"] == "NORMAL", "the loan is still marked")
    return f"{case['number']}: {case['closeReason']}"


def asks_for_a_payoff(stage: Stage) -> str:
    stage.clock_to(at(stage.known["due"][3] + days(LATE_DAYS + 5), 15))
    payoff = stage.loan("payoff { amount validUntil parts { due accrued undue fee } }")["payoff"]
    stage.known["payoff"] = payoff
    parts = payoff["parts"]
    expect(
        fen(payoff["amount"]) == sum(fen(parts[name]) for name in ("due", "accrued", "undue", "fee")),
        f"the parts do not add up: {payoff}",
    )
    return f"{payoff['amount']}, valid until {payoff['validUntil']}"


def pays_off(stage: Stage) -> str:
    order = _order(stage, "PAYOFF")
    expect(order["amount"] == stage.known["payoff"]["amount"], f"the order is over {order['amount']}")
    _pay(stage, order, notices=1)
    _until_paid(stage, order)
    loan = stage.until_loan(
        "status settledEarly payoff { amount }", lambda loan: loan["status"] == "SETTLED", "the loan to be settled"
    )
    expect(loan["settledEarly"], "it is not marked as settled early")
    stage.settle()
    return "SETTLED, early, at 0.00"


def _order(stage: Stage, intent: str) -> Json:
    asked: Json = {
        "loanId": stage.known["loan"],
        "intent": intent,
        "channel": "alipay",
        "product": "PAGE",
        "idempotencyKey": key(),
    }
    order = stage.door.do("createRepayment", asked, ORDER, token=stage.borrower)
    stage.known.setdefault("paid", []).append(fen(order["amount"]))

    def with_action() -> Json | None:
        found = stage.door.ask(
            f"query($id: ID!) {{ node(id: $id) {{ {ORDER} }} }}", {"id": order["id"]}, token=stage.borrower
        )["node"]
        return found if found["action"] else None

    return order if order["action"] else stage.until(with_action, "the way to the cashier")


def _pay(stage: Stage, order: Json, *, notices: int) -> None:
    """Open Alipay's cashier and press the button."""
    cashier = stage.door.outside("GET", order["action"]["url"])
    stage.door.outside("POST", f"{cashier.url}/pay", data={"notices": str(notices)})


def _until_paid(stage: Stage, order: Json) -> None:
    def paid() -> bool:
        found: Any = stage.door.ask(
            "query($id: ID!) { node(id: $id) { ... on RepaymentOrder { status } } }",
            {"id": order["id"]},
            token=stage.borrower,
        )["node"]
        return found["status"] == "PAID"

    stage.until(paid, f"order {order['number']} to be paid")
    stage.settle()


def _paid_row(stage: Stage, n: int) -> Json:
    row = stage.loan(ROWS)["plan"]["installments"][n - 1]
    expect(row["status"] == "PAID" and fen(row["outstanding"]) == 0, f"installment {n} is {row}")
    return row


def _messages(stage: Stage) -> list[str]:
    told = stage.mine("messages(first: 100) { nodes { template status } }")["messages"]["nodes"]
    return [message["template"] for message in told if message["status"] in ("SENT", "DELIVERED")]


def _case(stage: Stage) -> Json:
    number = stage.loan("number")["number"]
    told = stage.door.ask(
        "{ collectionCases(first: 100) { nodes { number status severity daysPastDue closeReason loan { number } } } }",
        token=stage.staff("collector"),
    )["collectionCases"]["nodes"]
    nothing: Json = {}
    return next((case for case in told if case["loan"]["number"] == number), nothing)


def _closed(stage: Stage) -> Json | None:
    number = stage.loan("number")["number"]
    told = stage.door.ask(
        "{ collectionCases(first: 100, where: {status: CLOSED}) { nodes { number closeReason loan { number } } } }",
        token=stage.staff("collector"),
    )["collectionCases"]["nodes"]
    return next((case for case in told if case["loan"]["number"] == number), None)
