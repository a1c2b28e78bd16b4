"""Act six: paid twice. A page that we had closed is paid all the same; the double payment goes back by itself."""

from suidai.demo.api import Json, expect
from suidai.demo.paying import (
    WECHAT,
    attempts,
    cashier_of,
    has_paid,
    look,
    order,
    paid_row,
    pay,
    press,
    repayments,
    until_paid,
)
from suidai.demo.stage import Stage, at, fen

N = 6


def pays_twice(stage: Stage) -> str:
    stage.clock_to(at(stage.known["due"][N - 1], 12))
    before = len(repayments(stage))
    page = order(stage)
    cashier = cashier_of(stage, page)
    code = order(stage, channel=WECHAT, product="QR")
    expect(_status(stage, page) == "CLOSED", f"the page is {_status(stage, page)} when the code is asked for")
    pay(stage, code)
    until_paid(stage, code)
    press(stage, cashier, notices="1", late="1")
    has_paid(stage, page["channel"], fen(page["amount"]))
    stage.known["double"] = page
    row = paid_row(stage, N)
    stage.until(lambda: attempts(stage, page)[-1]["late"], "the late payment of the closed page to be known")
    stage.settle()
    expect(len(repayments(stage)) == before + 1, "both payments were applied")
    return f"{row['paid']} by WeChat counts; {page['amount']} by the closed Alipay page came late"


def gets_the_double_back(stage: Stage) -> str:
    page = stage.known["double"]

    def gone_back() -> Json | None:
        refunds = attempts(stage, page)[-1]["refunds"]
        return next((refund for refund in refunds if refund["state"] == "SUCCEEDED"), None)

    stage.clock_to(at(stage.known["due"][N - 1], 13))
    refund = stage.until(gone_back, "the refund")
    stage.settle()
    expect(refund["amount"] == page["amount"], f"{refund['amount']} went back")
    expect(len(attempts(stage, page)[-1]["refunds"]) == 1, "it was refunded more than once")
    has_paid(stage, refund["channel"], -fen(refund["amount"]))
    return f"{refund['amount']} through Alipay, asked for by nobody"


def _status(stage: Stage, asked: Json) -> str:
    return look(stage, asked, "... on RepaymentOrder { status }")["status"]
