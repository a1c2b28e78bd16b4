"""Paying: sums, channels and loans for which nothing is taken."""

import pytest

from tests.graph.refusals.refusal import Refusal, nowhere, refusing
from tests.graph.town import Town, key

INSTALLMENT = {"loanId": "debtor's running", "intent": "INSTALLMENT"}
paying = refusing("createRepayment", "debtor", INSTALLMENT | {"channel": "fake", "product": "PAGE"})
offline = refusing("recordOfflineRepayment", "cashier", INSTALLMENT | {"amount": "100.00", "valueDate": "2026-02-20"})
closing = refusing("closeRepayment", "debtor", {"orderId": "neighbour's order"}, once=False)
reversing = refusing("reverseRepayment", "finance", {"repaymentId": nowhere("Repayment"), "reason": "never was"})
FORGIVEN = {"loanId": "debtor's running", "penalty": "1.00", "interest": "0.00", "reason": "goodwill"}
waiving = refusing("waive", "finance", FORGIVEN)
giving_up = refusing("writeOff", "finance", {"loanId": "debtor's running", "reason": "insolvent"})

REFUSALS = [
    paying("no id", "WRONG_ID", "loanId", "not the id of a Loan", loanId="x"),
    paying("another kind of id", "WRONG_ID", "loanId", loanId="debtor's card"),
    paying("somebody else's loan", "LOAN_NOT_FOUND", "loanId", loanId="neighbour's running"),
    paying("none such", "LOAN_NOT_FOUND", "loanId", loanId=nowhere("Loan")),
    paying("a loan that does not run", "LOAN_NOT_RUNNING", "loanId", "PENDING_REVIEW", loanId="debtor's pending"),
    paying("nothing", "PAYMENT_NOT_POSITIVE", "amount", "0.00 yuan was given", amount="0.00"),
    paying("below nothing", "PAYMENT_NOT_POSITIVE", "amount", "-1.00", amount="-1.00"),
    paying("one decimal", "UNREADABLE_INPUT", "amount", '"1079.7" is not a string', amount="1079.7"),
    paying("a number", "UNREADABLE_INPUT", "amount", "1079.71 is not a string", amount=1079.71),
    paying("a plus", "UNREADABLE_INPUT", "amount", amount="+1.00"),
    paying("blanks", "UNREADABLE_INPUT", "amount", amount=" 1.00"),
    paying("foreign digits", "UNREADABLE_INPUT", "amount", amount="１.00"),
    paying("more than owed", "MORE_THAN_OWED", "amount", "closes the loan on 2026-02-20", amount="20000.00"),
    paying("more than anything", "MORE_THAN_OWED", "amount", amount="999999999999999.99"),
    paying("ahead without a sum", "AMOUNT_MISSING", "amount", "needs its sum", intent="PREPAY"),
    paying("a payoff too small", "PAYOFF_TOO_SMALL", "amount", "takes 10", intent="PAYOFF", amount="100.00"),
    paying("unknown channel", "CHANNEL_NOT_AVAILABLE", "channel", "'carrier_pigeon'", channel="carrier_pigeon"),
    paying("a channel not set up", "CHANNEL_NOT_AVAILABLE", "channel", "READY", channel="alipay"),
    paying("a way the channel lacks", "PAYMENT_PRODUCT_NOT_OFFERED", "product", "it offers page, qr", product="APP"),
    paying("a way nobody knows", "PAYMENT_PRODUCT_NOT_OFFERED", "product", product="OTHER"),
    paying(
        "too much for the channel",
        "AMOUNT_OUTSIDE_CHANNEL",
        "amount",
        "from 5.00 to 10.00",
        channel="small",
        amount="10.01",
    ),
    paying("too little for the channel", "AMOUNT_OUTSIDE_CHANNEL", "amount", "4.99", channel="small", amount="4.99"),
    paying("no address to return to", "BAD_RETURN_URL", "returnUrl", "https", returnUrl="javascript:alert(1)"),
    paying("no text", "UNREADABLE_INPUT", "channel", "NUL", channel="fa\x00ke"),
    closing("no id", "WRONG_ID", "orderId", orderId="x"),
    closing("somebody else's", "ORDER_NOT_FOUND", "orderId"),
    closing("none such", "ORDER_NOT_FOUND", "orderId", orderId=nowhere("RepaymentOrder")),
    offline("no id", "WRONG_ID", "loanId", loanId=""),
    offline("none such", "LOAN_NOT_FOUND", "loanId", loanId=nowhere("Loan")),
    offline("a loan that does not run", "LOAN_NOT_RUNNING", "loanId", loanId="debtor's unsigned"),
    offline("nothing", "PAYMENT_NOT_POSITIVE", "amount", amount="0.00"),
    offline("below nothing", "PAYMENT_NOT_POSITIVE", "amount", amount="-5.00"),
    offline("one decimal", "UNREADABLE_INPUT", "amount", amount="1079.7"),
    offline(
        "before the loan began",
        "PAYMENT_BEFORE_VALUE_DATE",
        "valueDate",
        "begins on 2026-01-15",
        valueDate="2026-01-14",
    ),
    offline("tomorrow", "PAYMENT_IN_FUTURE", "valueDate", "today is 2026-02-20", valueDate="2026-02-21"),
    offline("a payoff too small", "PAYOFF_TOO_SMALL", "amount", intent="PAYOFF"),
    reversing("none such", "REPAYMENT_NOT_FOUND", "repaymentId"),
    reversing("no id", "WRONG_ID", "repaymentId", repaymentId="debtor's running"),
    reversing("no reason", "REASON_MISSING", "reason", reason=" "),
    waiving("no reason", "REASON_MISSING", "reason", "2 to 500", reason="-"),
    waiving("nothing", "WAIVER_NOT_POSITIVE", "penalty interest", penalty="0.00"),
    waiving("below nothing", "WAIVER_NOT_POSITIVE", "penalty interest", penalty="-1.00", interest="5.00"),
    waiving("none such", "LOAN_NOT_FOUND", "loanId", loanId=nowhere("Loan")),
    waiving("a loan that does not run", "LOAN_NOT_RUNNING", "loanId", loanId="debtor's pending"),
    waiving("no id", "WRONG_ID", "loanId", loanId="?"),
    waiving("tomorrow", "VALUE_DATE_IN_FUTURE", "valueDate", "today is 2026-02-20", valueDate="2026-02-21"),
    waiving("before the loan", "VALUE_DATE_BEFORE_LOAN", "valueDate", "from 2026-01-15 on", valueDate="2026-01-14"),
    waiving("on a day nothing was due", "NOTHING_TO_WAIVE", "penalty interest", "2026-02-14", valueDate="2026-02-14"),
    giving_up("no reason", "REASON_MISSING", "reason", reason=""),
    giving_up("none such", "LOAN_NOT_FOUND", "loanId", loanId=nowhere("Loan")),
    giving_up("no id", "WRONG_ID", "loanId", loanId="debtor's card"),
    giving_up("a loan that does not run", "LOAN_NOT_RUNNING", "loanId", "PENDING_REVIEW", loanId="debtor's pending"),
    giving_up("tomorrow", "VALUE_DATE_IN_FUTURE", "valueDate", "today is 2026-02-20", valueDate="2026-02-21"),
    giving_up("before the loan", "VALUE_DATE_BEFORE_LOAN", "valueDate", "2026-01-14", valueDate="2026-01-14"),
    giving_up("no day", "UNREADABLE_INPUT", "valueDate", valueDate="2026-02-30"),
    waiving("one decimal", "UNREADABLE_INPUT", "interest", interest="0.5"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)


@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        ("1079.71", "1079.71"),
        ("1079", "1079"),
        ("1e3", "1e3"),
        ("true", "true"),
        ("MUCH", "MUCH"),
        ('"1079.7"', '"1079.7"'),
        ("[]", "[]"),
    ],
)
async def test_what_stands_in_the_document_itself_is_read_as_strictly(town: Town, literal: str, shown: str) -> None:
    given = f'loanId: "x", intent: INSTALLMENT, channel: "fake", product: PAGE, idempotencyKey: "{key()}", amount: {literal}'
    document = f"mutation {{ createRepayment(input: {{{given}}}) {{ ... on Problem {{ code message field }} }} }}"

    told = (await town.api.ask(document, token=await town.token("debtor")))["createRepayment"]

    assert (told["code"], told["field"]) == ("UNREADABLE_INPUT", ["amount"])
    assert told["message"].startswith(f"{shown} is not a string in yuan")
