"""Act five: everything comes out to the fen."""

from collections import Counter

from suidai.demo.api import Json, expect
from suidai.demo.borrowing import PRINCIPAL
from suidai.demo.stage import Stage, fen

EXPECTED_MESSAGES = {
    "CREDIT_RETURNED": 1,
    "CREDIT_APPROVED": 1,
    "SIGN_CONTRACT": 1,
    "DISBURSED": 1,
    "REPAYMENT_REMINDER": 4,
    "OVERDUE_NOTICE": 1,
    "REPAYMENT_RECEIVED": 5,
    "LOAN_SETTLED": 1,
}
"""Of the loan's life: reminders for the four installments that came due, a receipt for each of five payments."""

REPAYMENTS = "repayments { number valueDate amount parts { penalty interest principal fee excess } intent }"
PLAN = "plan { installments { n dueOn principal interest penalty paid outstanding status } }"


def books_close(stage: Stage) -> str:
    shares = {
        share["code"]: fen(share["net"])
        for share in stage.door.ask(
            "query($id: ID!) { loan(id: $id) { accountShares { code net } } }",
            {"id": stage.known["loan"]},
            token=stage.staff("finance"),
        )["loan"]["accountShares"]
    }
    for code in ("loans.principal", "loans.interest", "loans.penalty", "borrowers.excess"):
        expect(shares.get(code, 0) == 0, f"of this loan {shares.get(code)} fen stand in {code}")
    moved = stage.moved()
    for code in ("suspense.payments", "borrowers.excess"):
        expect(moved[code] == 0, f"{code} has moved by {moved[code]} fen")
    owed = -sum(net for code, net in shares.items() if code.startswith("funders.payable."))
    expect(owed == fen(PRINCIPAL), f"{owed} fen are owed to the funder")
    return "receivables, suspense and excess 0; the funder is owed the principal"


def debits_equal_credits(stage: Stage) -> str:
    told = trial_balance(stage)
    expect(told["debit_fen"] == told["credit_fen"] > 0, f"debits {told['debit_fen']}, credits {told['credit_fen']}")
    return f"{told['debit_fen'] / 100:,.2f} on either side"


def channel_owes_us(stage: Stage) -> str:
    moved, paid = stage.moved()["clearing.alipay"], sum(stage.known["paid"])
    expect(moved == paid, f"clearing.alipay moved by {moved} fen, {paid} fen were paid")
    parts = [each["parts"] for each in stage.loan(REPAYMENTS)["repayments"]]
    earned = sum(fen(part["penalty"]) + fen(part["interest"]) + fen(part["fee"]) for part in parts)
    expect(paid == fen(PRINCIPAL) + earned, f"{paid} fen came in for {fen(PRINCIPAL)} lent and {earned} earned")
    return f"{paid / 100:,.2f}: every payment, once"


def line_is_whole(stage: Stage) -> str:
    line = stage.mine("creditLine { limit used reserved available }")["creditLine"]
    expect(fen(line["available"]) == stage.known["limit"], f"the line says {line}")
    return f"{line['available']} available again"


def messages_came_once(stage: Stage) -> str:
    told = stage.mine("messages(first: 100) { nodes { template status } }")["messages"]["nodes"]
    sent = Counter(message["template"] for message in told if message["status"] in ("SENT", "DELIVERED"))
    wrong = {
        template: sent[template]
        for template in {*EXPECTED_MESSAGES, *sent} - {"LOGIN_CODE"}
        if sent[template] != EXPECTED_MESSAGES.get(template, 0)
    }
    expect(not wrong, f"sent otherwise than expected: {wrong}")
    seen = stage.door.outside("GET", f"/sms/handset/{stage.person.phone}").json()["messages"]
    expect(
        Counter(note["template"] for note in seen if note["template"] in EXPECTED_MESSAGES)
        == Counter(EXPECTED_MESSAGES),
        "the handset shows other messages than we sent",
    )
    return f"{sum(EXPECTED_MESSAGES.values())} messages, each once, on the handset too"


def plan_rows(stage: Stage) -> list[Json]:
    """The plan as it ended."""
    return [
        {
            "n": row["n"],
            "due": row["dueOn"],
            "principal_fen": fen(row["principal"]),
            "interest_fen": fen(row["interest"]),
            "penalty_fen": fen(row["penalty"]),
            "paid_fen": fen(row["paid"]),
        }
        for row in stage.loan(PLAN)["plan"]["installments"]
    ]


def trial_balance(stage: Stage) -> Json:
    told = stage.door.ask("{ trialBalance { debit credit accounts { code balance } } }", token=stage.staff("finance"))[
        "trialBalance"
    ]
    return {
        "debit_fen": fen(told["debit"]),
        "credit_fen": fen(told["credit"]),
        "accounts": {account["code"]: fen(account["balance"]) for account in told["accounts"]},
    }


def money_trail(stage: Stage) -> list[Json]:
    """Every payment: what was asked, what came, what it paid."""
    told = stage.loan("repayments { number valueDate amount parts { penalty interest principal fee excess } intent }")[
        "repayments"
    ]
    return [
        {
            "number": each["number"],
            "on": each["valueDate"],
            "intent": each["intent"],
            "amount_fen": fen(each["amount"]),
            **{f"{name}_fen": fen(part) for name, part in each["parts"].items()},
        }
        for each in told
    ]
