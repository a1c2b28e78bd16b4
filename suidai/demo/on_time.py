"""Act four: paid on time, by every channel; three notices, a lost notice, an account that was empty in the morning."""

from suidai.demo.api import Json, expect
from suidai.demo.paying import (
    BANK,
    WECHAT,
    has_paid,
    messages,
    order,
    paid_row,
    pay,
    repayments,
    told_by,
    until_paid,
)
from suidai.demo.stage import Stage, at, days, fen, key

MANDATE = "... on Mandate { id status channel terms action { __typename ... on SmsSentAction { phone } } }"


def is_reminded(stage: Stage) -> str:
    due = stage.known["due"][0]
    stage.clock_to(at(due - days(2), 9, 1))
    count = messages(stage).count("REPAYMENT_REMINDER")
    expect(count == 1, f"{count} reminders were sent two days before the due date")
    stage.clock_to(at(due, 9, 1))
    count = messages(stage).count("REPAYMENT_REMINDER")
    expect(count == 2, f"{count} reminders were sent until the due day's morning")
    return f"two days before {due}, and on the day; once each"


def pays_on_time(stage: Stage, n: int) -> str:
    stage.clock_to(at(stage.known["due"][n - 1], 12))
    asked = order(stage)
    pay(stage, asked, notices=3)
    until_paid(stage, asked)
    row = paid_row(stage, n)
    posted = len(repayments(stage))
    expect(posted == n, f"{posted} repayments after {n} payments notified three times each")
    return f"{row['paid']} by Alipay; three notices, one repayment"


def pays_and_the_notice_is_lost(stage: Stage) -> str:
    due = stage.known["due"][2]
    stage.clock_to(at(due, 12))
    asked = order(stage, channel=WECHAT, product="QR")
    pay(stage, asked, notices=0)
    stage.clock_to(at(due, 12, 20))
    until_paid(stage, asked)
    source = told_by(stage, asked)
    expect(source == "QUERY", f"we were told by {source}")
    return f"{paid_row(stage, 3)['paid']}; found by asking WeChat"


def signs_a_mandate(stage: Stage) -> str:
    seen = len(stage.codes())
    asked = {"bankCardId": stage.known["card"], "channel": BANK, "idempotencyKey": key()}
    mandate = stage.door.do("signMandate", asked, MANDATE, token=stage.borrower)
    confirmed = stage.door.do(
        "confirmMandate",
        {"mandateId": mandate["id"], "code": stage.next_code(seen)},
        MANDATE,
        token=stage.borrower,
    )
    expect(confirmed["status"] == "ACTIVE", f"it is {confirmed['status']}")
    stage.known["mandate"] = mandate["id"]
    listed = stage.mine("mandates(first: 5) { nodes { id status } }")["mandates"]["nodes"]
    expect(listed == [{"id": mandate["id"], "status": "ACTIVE"}], f"the borrower sees {listed}")
    return "for the bound card, four elements and UnionPay's code"


def is_withheld(stage: Stage) -> str:
    due = stage.known["due"][3]
    stage.door.outside("POST", "/faults", json={"party": BANK, "fault": "INSUFFICIENT_FUNDS"})
    stage.clock_to(at(due, 10, 1))
    declined = stage.until(lambda: _withheld(stage, "FAILED"), "the morning's withholding to be declined")
    stage.until(lambda: "WITHHOLDING_DECLINED" in messages(stage), "the borrower to be told of it")
    stage.clock_to(at(due, 18, 1))
    taken = stage.until(lambda: _withheld(stage, "PAID"), "the evening's withholding to be paid")
    stage.settle()
    has_paid(stage, BANK, fen(taken["amount"]))
    row = paid_row(stage, 4)
    expect(repayments(stage)[-1]["method"] == "WITHHOLDING", "the repayment is not called a withholding")
    return f"{declined['amount']} declined at 10:00 for insufficient funds, {row['paid']} taken at 18:00"


def revokes_the_mandate(stage: Stage) -> str:
    revoked = stage.door.do(
        "revokeMandate", {"mandateId": stage.known["mandate"]}, "... on Mandate { status }", token=stage.borrower
    )
    stage.until(lambda: _mandate(stage)["status"] == "REVOKED", f"the mandate, {revoked['status']}, to be revoked")
    return "nothing is withheld from here on"


def _mandate(stage: Stage) -> Json:
    return stage.mine("mandates(first: 5) { nodes { status } }")["mandates"]["nodes"][0]


def _withheld(stage: Stage, status: str) -> Json | None:
    orders = stage.loan("repaymentOrders { channel status amount }")["repaymentOrders"]
    return next((each for each in orders if (each["channel"], each["status"]) == (BANK, status)), None)
