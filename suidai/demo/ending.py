"""Act seven: what is left is tried out, then paid off in one sum, and the borrower has it on paper."""

from hashlib import sha256

from suidai.demo.api import Json, expect
from suidai.demo.paying import order, pay, until_paid
from suidai.demo.stage import Stage, at, days, fen

PREPAID = "10000.00"


def tries_a_prepayment(stage: Stage) -> str:
    """What if? Nothing of the loan changes by asking."""
    stage.clock_to(at(stage.known["due"][5] + days(13), 14))
    before = _written(stage)
    told = stage.door.do(
        "simulateLoan",
        {"loanId": stage.known["loan"], "events": [{"kind": "PAYMENT", "amount": PREPAID, "intent": "PREPAY"}]},
        "... on Simulation { saving before { nextBill { interest } } after { nextBill { interest } } }",
        token=stage.borrower,
    )
    then, now = (told[when]["nextBill"]["interest"] for when in ("before", "after"))
    expect(fen(told["saving"]) > 0, f"it saves {told['saving']}")
    expect(fen(now) < fen(then), f"the next interest would be {now} instead of {then}")
    expect(_written(stage) == before, "asking changed the loan")
    return f"{PREPAID} today would save {told['saving']}; the next interest {now} instead of {then}"


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


def has_it_on_paper(stage: Stage) -> str:
    """The settlement certificate, fetched as a phone's viewer of PDFs would."""
    paper = stage.door.do(
        "requestPaper",
        {"loanId": stage.known["loan"], "kind": "SETTLEMENT_CERTIFICATE"},
        "... on Paper { number url sha256 }",
        token=stage.borrower,
    )
    found = stage.door.outside("GET", paper["url"])
    expect(found.headers["content-type"] == "application/pdf", f"it is {found.headers['content-type']}")
    expect(sha256(found.content).hexdigest() == paper["sha256"], "it is another file than was said")
    return f"{paper['number']}, {len(found.content) // 1024} kB of PDF"


def _written(stage: Stage) -> Json:
    return stage.loan("events { sequence } balance { payoff }")
