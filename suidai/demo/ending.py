"""Act seven: what is left is paid off in one sum."""

from suidai.demo.api import expect
from suidai.demo.paying import order, pay, until_paid
from suidai.demo.stage import Stage, at, days, fen


def asks_for_a_payoff(stage: Stage) -> str:
    stage.clock_to(at(stage.known["due"][5] + days(13), 15))
    payoff = stage.loan("payoff { amount validUntil parts { due accrued undue fee } }")["payoff"]
    stage.known["payoff"] = payoff
    parts = payoff["parts"]
    expect(
        fen(payoff["amount"]) == sum(fen(parts[name]) for name in ("due", "accrued", "undue", "fee")),
        f"the parts do not add up: {payoff}",
    )
    return f"{payoff['amount']}, valid until {payoff['validUntil']}"


def pays_off(stage: Stage) -> str:
    asked = order(stage, "PAYOFF")
    expect(asked["amount"] == stage.known["payoff"]["amount"], f"the order is over {asked['amount']}")
    pay(stage, asked)
    until_paid(stage, asked)
    loan = stage.until_loan(
        "status settledEarly payoff { amount }", lambda loan: loan["status"] == "SETTLED", "the loan to be settled"
    )
    expect(loan["settledEarly"], "it is not marked as settled early")
    stage.settle()
    return "SETTLED, early, at 0.00"
