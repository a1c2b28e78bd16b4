"""Act eight: the channels' bills agree with our books, the bank holds what it should, everything comes out to the fen."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from domain.shared.days import business_day
from suidai.demo.api import Json, expect
from suidai.demo.borrowing import PRINCIPAL
from suidai.demo.paying import ALIPAY, BANK, WECHAT, Paid
from suidai.demo.stage import Stage, at, days, fen

EXPECTED_MESSAGES = {
    "CREDIT_RETURNED": 1,
    "CREDIT_APPROVED": 1,
    "SIGN_CONTRACT": 1,
    "DISBURSED": 1,
    "REPAYMENT_REMINDER": 12,
    "OVERDUE_NOTICE": 3,
    "WITHHOLDING_DECLINED": 1,
    "REPAYMENT_RECEIVED": 7,
    "REFUND_SENT": 1,
    "LOAN_SETTLED": 1,
}
"""Of the loan's life: six installments came due, each reminded of twice; seven payments were applied."""

FEES: Mapping[str, Callable[[int], int]] = {
    ALIPAY: lambda fen: (fen * 6 + 500) // 1000,
    WECHAT: lambda fen: (fen * 6 + 500) // 1000,
    BANK: lambda _: 100,
}
"""What the sandbox's channels take of a payment: 0.6 %, half a fen and more rounded up, or one yuan."""

REPAYMENTS = "repayments { number valueDate amount parts { penalty interest principal fee excess } intent }"
PLAN = "plan { installments { n dueOn principal interest penalty paid outstanding status } }"
RUNS = "reconciliationRuns(first: 1, where: {channel: $channel, day: $day}) { nodes { difference lines } }"


def bills_agree(stage: Stage) -> str:
    """The last payment's bill is there the day after; then nothing is left open."""
    stage.clock_to(at(business_day(stage.now()) + days(1), 16, 30))
    paid = Counter((payment.channel, payment.day) for payment in _paid(stage))
    for (channel, day), count in paid.items():
        run = _run_of(stage, channel, day)
        expect(run["lines"] == count, f"{run['lines']} lines of {channel} on {day}, {count} payments and refunds")
        expect(fen(run["difference"]) == 0, f"{channel} and we differ by {run['difference']} on {day}")
    told = stage.door.ask(
        "{ discrepancies(first: 100, where: {state: [OPEN, WAITING]}) { nodes { channel day finding subject } } }",
        token=stage.staff("finance"),
    )["discrepancies"]["nodes"]
    expect(not told, f"left to explain: {told}")
    return f"{sum(paid.values())} lines of three channels' bills, no discrepancy left"


def channels_have_settled(stage: Stage) -> str:
    moved = stage.moved()
    fees = sum(FEES[payment.channel](payment.amount_fen) for payment in _paid(stage) if payment.amount_fen > 0)
    for channel in FEES:
        left = moved.get(f"clearing.{channel}", 0)
        expect(left == 0, f"{channel} still holds {left} fen for us")
    expect(moved["expense.channel_fees"] == fees, f"the fees are {moved['expense.channel_fees']} fen, not {fees}")
    return f"clearing accounts at 0; fees {fees / 100:,.2f}"


def funder_is_repaid(stage: Stage) -> str:
    moved, shares = stage.moved(), _shares(stage)
    owed = -sum(net for code, net in shares.items() if code.startswith("funders.payable."))
    expect(owed == 0, f"{owed} fen of this loan are owed to the funder")
    kept = _received(stage) - moved["expense.channel_fees"] - fen(PRINCIPAL)
    expect(moved["bank.operating"] == kept, f"the bank moved by {moved['bank.operating']} fen, not {kept}")
    return f"{PRINCIPAL} remitted; {kept / 100:,.2f} stay at the bank"


def books_close(stage: Stage) -> str:
    shares, moved = _shares(stage), stage.moved()
    for code in ("loans.principal", "loans.interest", "loans.penalty", "borrowers.excess"):
        expect(shares.get(code, 0) == 0, f"of this loan {shares.get(code)} fen stand in {code}")
    for code in ("suspense.payments", "borrowers.excess"):
        expect(moved[code] == 0, f"{code} has moved by {moved[code]} fen")
    parts = [each["parts"] for each in stage.loan(REPAYMENTS)["repayments"]]
    earned = sum(fen(part["penalty"]) + fen(part["interest"]) + fen(part["fee"]) for part in parts)
    received = _received(stage)
    expect(received == fen(PRINCIPAL) + earned, f"{received} fen were received for {earned} earned")
    return f"receivables, suspense and excess 0; {earned / 100:,.2f} earned"


def debits_equal_credits(stage: Stage) -> str:
    told = trial_balance(stage)
    expect(told["debit_fen"] == told["credit_fen"] > 0, f"debits {told['debit_fen']}, credits {told['credit_fen']}")
    return f"{told['debit_fen'] / 100:,.2f} on either side"


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
    return [
        {
            "number": each["number"],
            "on": each["valueDate"],
            "intent": each["intent"],
            "amount_fen": fen(each["amount"]),
            **{f"{name}_fen": fen(part) for name, part in each["parts"].items()},
        }
        for each in stage.loan(REPAYMENTS)["repayments"]
    ]


def _shares(stage: Stage) -> dict[str, int]:
    """What this loan has moved on each account of the books."""
    told = stage.door.ask(
        "query($id: ID!) { loan(id: $id) { accountShares { code net } } }",
        {"id": stage.known["loan"]},
        token=stage.staff("finance"),
    )["loan"]["accountShares"]
    return {share["code"]: fen(share["net"]) for share in told}


def _paid(stage: Stage) -> list[Paid]:
    return stage.known["paid"]


def _received(stage: Stage) -> int:
    return sum(payment.amount_fen for payment in _paid(stage))


def _run_of(stage: Stage, channel: str, day: date) -> Json:
    """The latest reconciliation of a channel's day."""
    told = stage.door.ask(
        f"query($channel: String!, $day: Date!) {{ {RUNS} }}",
        {"channel": channel, "day": day.isoformat()},
        token=stage.staff("finance"),
    )["reconciliationRuns"]["nodes"]
    expect(told, f"{channel}'s bill of {day} was not reconciled")
    return told[0]
