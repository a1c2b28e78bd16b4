"""Act three: a quote is read and confirmed, the loan applied for, reviewed, signed, paid out; its plan begins."""

from datetime import date, timedelta

from suidai.demo.api import expect
from suidai.demo.credit import claim
from suidai.demo.stage import Stage, fen, key

PRODUCT = "SUIDAI_INTEREST_ONLY"
PRINCIPAL = "40000.00"
TERMS = 12
QUOTE = (
    "... on LoanQuote { id principal terms validUntil openedAt confirmedAt disclosure { hash minReadSeconds } "
    "totals { interest total } cost { nominal effective simple ceiling } }"
)
LOAN = "... on Loan { id number status principal }"


def quotes(stage: Stage) -> str:
    quote = stage.door.do(
        "requestQuote",
        {"productCode": PRODUCT, "principal": PRINCIPAL, "terms": TERMS},
        QUOTE,
        token=stage.borrower,
    )
    stage.known["quote"] = quote["id"]
    stage.known["min_read"] = quote["disclosure"]["minReadSeconds"]
    cost = quote["cost"]
    return f"interest {quote['totals']['interest']}; a year {cost['nominal']} nominal, ceiling {cost['ceiling']}"


def reads_the_disclosure(stage: Stage) -> str:
    quote = {"quoteId": stage.known["quote"]}
    stage.door.do("openDisclosure", quote, QUOTE, token=stage.borrower)
    stage.clock_to(stage.now() + timedelta(seconds=stage.known["min_read"] + 1))
    confirmed = stage.door.do("confirmDisclosure", quote, QUOTE, token=stage.borrower)
    expect(confirmed["confirmedAt"], "it is not confirmed")
    return f"opened, read for {stage.known['min_read']} s, confirmed"


def applies(stage: Stage) -> str:
    asked = {
        "quoteId": stage.known["quote"],
        "purpose": "DAILY_CONSUMPTION",
        "bankCardId": stage.known["card"],
        "idempotencyKey": key(),
    }
    loan = stage.door.do("applyForLoan", asked, LOAN, token=stage.borrower)
    again = stage.door.do("applyForLoan", asked, LOAN, token=stage.borrower)
    expect(again["id"] == loan["id"], "the same key made a second loan")
    stage.known["loan"] = loan["id"]
    reserved = fen(stage.mine("creditLine { reserved }")["creditLine"]["reserved"])
    expect(reserved == fen(PRINCIPAL), f"{reserved} fen are reserved")
    return f"{loan['number']}, {loan['principal']}; the line holds it back"


def is_reviewed(stage: Stage) -> str:
    claim(stage, "LOAN", stage.known["loan"])
    loan = stage.door.do(
        "reviewLoan",
        {"loanId": stage.known["loan"], "verdict": "APPROVED", "reason": "同意放款 approved"},
        LOAN,
        token=stage.staff("reviewer"),
    )
    expect(loan["status"] == "AWAITING_SIGNATURE", f"it is {loan['status']}")
    return "approved; waits for the signature"


def signs(stage: Stage) -> str:
    stage.until_loan(
        "contract { status }",
        lambda loan: bool(loan["contract"]) and loan["contract"]["status"] == "SENT",
        "the contract to be sent to be signed",
    )
    url = stage.door.do(
        "signContract",
        {"loanId": stage.known["loan"]},
        "... on Contract { status signingUrl }",
        token=stage.borrower,
    )["signingUrl"]
    stage.door.outside("GET", url)
    stage.door.outside("POST", url, data={"decision": "sign"})
    contract = stage.until_loan(
        "contract { status documentHash signedAt }",
        lambda loan: loan["contract"]["status"] == "SIGNED",
        "the signature's callback",
    )["contract"]
    return f"on the signing page; SHA-256 {contract['documentHash'][:12]}..."


def is_paid_out(stage: Stage) -> str:
    loan = stage.until_loan(
        "status valueDate funding { state valueDate }", lambda loan: loan["status"] == "ACTIVE", "the funder's callback"
    )
    stage.known["value_date"] = date.fromisoformat(loan["valueDate"])
    line = stage.mine("creditLine { used reserved }")["creditLine"]
    expect((fen(line["used"]), fen(line["reserved"])) == (fen(PRINCIPAL), 0), f"the line says {line}")
    stage.settle()
    moved = stage.moved()
    expect(moved["loans.principal"] == fen(PRINCIPAL), f"loans.principal moved by {moved['loans.principal']} fen")
    return f"by the funding party, value date {loan['valueDate']}"


def has_a_plan(stage: Stage) -> str:
    plan = stage.loan("plan { installments { n dueOn principal interest } }")["plan"]["installments"]
    stage.known["due"] = [date.fromisoformat(row["dueOn"]) for row in plan]
    expect(len(plan) == TERMS, f"{len(plan)} installments")
    expect(sum(fen(row["principal"]) for row in plan) == fen(PRINCIPAL), "the principal parts do not add up")
    expect(all(fen(row["principal"]) == 0 for row in plan[:-1]), "principal is due before the end")
    days = [
        (row - before).days
        for before, row in zip([stage.known["value_date"], *stage.known["due"]], stage.known["due"], strict=False)
    ]
    wanted = [fen(PRINCIPAL) * 144 * count * 2 // 360_000 for count in days]
    expect(
        [2 * fen(row["interest"]) for row in plan] == [half + half % 2 for half in wanted],
        "the interest is not principal x 14.4 % x days / 360",
    )
    return f"{TERMS} rows from {plan[0]['dueOn']} to {plan[-1]['dueOn']}: interest, then the principal"
