"""From a quote to a signature: what is refused on the way to a loan."""

from datetime import timedelta

import pytest

from tests.graph.refusals.refusal import Refusal, nowhere, refusing
from tests.graph.town import NOW, PRODUCT, Town

quote = refusing("requestQuote", "debtor", {"productCode": PRODUCT, "principal": "40000.00", "terms": 12}, once=False)
APPLIED = {"quoteId": "debtor's confirmed quote", "bankCardId": "debtor's card", "purpose": "DAILY_CONSUMPTION"}
application = refusing("applyForLoan", "debtor", APPLIED)


def disclosure(act: str, stage: str, code: str, says: str = "") -> Refusal:
    return Refusal(act, stage, lambda t: {"quoteId": t.ids.get(stage, stage)}, code, "quoteId", says)


def loan(
    act: str, which: str, code: str, field: str | None = "loanId", says: str = "", who: str = "debtor", **more: str
) -> Refusal:
    return Refusal(act, which, lambda t: {"loanId": t.ids.get(which, which)} | more, code, field, says, who=who)


REVIEW = {"who": "reviewer", "reason": "looked at"}

REFUSALS = [
    quote("too little", "AMOUNT_BELOW_MINIMUM", "principal", "1000.00", principal="999.00"),
    quote("nothing", "AMOUNT_BELOW_MINIMUM", "principal", "0.00 yuan", principal="0.00"),
    quote("below nothing", "AMOUNT_BELOW_MINIMUM", "principal", "-40000.00", principal="-40000.00"),
    quote("too much", "AMOUNT_ABOVE_MAXIMUM", "principal", "200000.00", principal="200100.00"),
    quote("more than anything", "AMOUNT_ABOVE_MAXIMUM", "principal", principal="999999999999999.99"),
    quote("no step", "AMOUNT_NOT_A_STEP", "principal", "100.00", principal="40050.00"),
    quote("one decimal", "UNREADABLE_INPUT", "principal", '"1079.7" is not a string in yuan', principal="1079.7"),
    quote("no decimals", "UNREADABLE_INPUT", "principal", '"40000"', principal="40000"),
    quote("a number", "UNREADABLE_INPUT", "principal", "40000 is not", principal=40000),
    quote("too many digits", "UNREADABLE_INPUT", "principal", principal="1000000000000000.00"),
    quote("two terms", "TERMS_NOT_OFFERED", "terms", "3 to 36", terms=2),
    quote("thirty-seven terms", "TERMS_NOT_OFFERED", "terms", "37 months", terms=37),
    quote("terms below nothing", "TERMS_NOT_OFFERED", "terms", terms=-12),
    quote("unknown product", "PRODUCT_NOT_FOUND", "productCode", "'NONE_SUCH'", productCode="NONE_SUCH"),
    quote("yesterday", "VALUE_DATE_NOT_POSSIBLE", "valueDate", "from 2026-02-20", valueDate="2026-02-19"),
    quote("far ahead", "VALUE_DATE_NOT_POSSIBLE", "valueDate", "to 2026-03-23", valueDate="2026-03-24"),
    quote("no day", "UNREADABLE_INPUT", "valueDate", '"tomorrow"', valueDate="tomorrow"),
    disclosure("openDisclosure", "x", "WRONG_ID", "not the id of a LoanQuote"),
    disclosure("openDisclosure", "debtor's running", "WRONG_ID"),
    disclosure("openDisclosure", "neighbour's fresh quote", "QUOTE_NOT_FOUND"),
    disclosure("openDisclosure", nowhere("LoanQuote"), "QUOTE_NOT_FOUND"),
    disclosure("openDisclosure", "debtor's expired quote", "QUOTE_EXPIRED", "request a new one"),
    disclosure("confirmDisclosure", "debtor's fresh quote", "DISCLOSURE_NOT_OPENED", "Open the cost disclosure"),
    disclosure("confirmDisclosure", "debtor's opened quote", "DISCLOSURE_NOT_READ_YET", "6 from now"),
    disclosure("confirmDisclosure", "debtor's expired quote", "QUOTE_EXPIRED", "2026-02-20 09:00"),
    disclosure("confirmDisclosure", "neighbour's opened quote", "QUOTE_NOT_FOUND"),
    application("no id of a quote", "WRONG_ID", "quoteId", quoteId="x"),
    application("somebody else's quote", "QUOTE_NOT_FOUND", "quoteId", quoteId="neighbour's confirmed quote"),
    application("a quote not confirmed", "QUOTE_NOT_CONFIRMED", "quoteId", "Confirm", quoteId="debtor's opened quote"),
    application("a quote too late", "QUOTE_EXPIRED", "quoteId", "request a new one", quoteId="debtor's expired quote"),
    application("a used quote", "QUOTE_USED", "quoteId", "LN2026", quoteId="debtor's pending quote"),
    application("more than is left", "CREDIT_LINE_TOO_SMALL", "quoteId", "30000.00", quoteId="debtor's large quote"),
    application("securities", "PURPOSE_REFUSED", "purpose", "SECURITIES", purpose="SECURITIES"),
    application("securities in small letters", "PURPOSE_REFUSED", "purpose", purpose=" securities "),
    application("no purpose", "PURPOSE_MISSING", "purpose", "what the loan is for", purpose="  "),
    application("a whole story", "PURPOSE_MISSING", "purpose", "up to 60", purpose="x" * 61),
    application("no id of a card", "WRONG_ID", "bankCardId", bankCardId="debtor's pending"),
    application(
        "somebody else's card", "BANK_CARD_NOT_USABLE", "bankCardId", "of your own", bankCardId="neighbour's card"
    ),
    application(
        "no line",
        "NO_CREDIT_LINE",
        None,
        "apply for credit first",
        who="proven",
        quoteId="proven's quote",
        bankCardId="proven's bound card",
    ),
    loan("reviewLoan", "x", "WRONG_ID", verdict="APPROVED", **REVIEW),
    loan("reviewLoan", nowhere("Loan"), "LOAN_NOT_FOUND", verdict="APPROVED", **REVIEW),
    loan("reviewLoan", "debtor's pending", "REVIEW_TASK_NOT_CLAIMED", None, "Claim", verdict="APPROVED", **REVIEW),
    loan("reviewLoan", "debtor's running", "REVIEW_TASK_CLOSED", None, "DONE", verdict="REJECTED", **REVIEW),
    loan(
        "reviewLoan", "neighbour's pending", "VERDICT_NOT_POSSIBLE", "verdict", "RETURNED", verdict="RETURNED", **REVIEW
    ),
    loan(
        "reviewLoan",
        "neighbour's pending",
        "REASON_MISSING",
        "reason",
        verdict="APPROVED",
        who="reviewer",
        reason=" ",
    ),
    loan("signContract", "neighbour's unsigned", "LOAN_NOT_FOUND"),
    loan("signContract", "debtor's unsigned", "CONTRACT_NOT_READY", says="try again in a moment"),
    loan("signContract", "debtor's running", "LOAN_NOT_TO_BE_SIGNED", says="ACTIVE"),
    loan("signContract", "debtor's card", "WRONG_ID"),
    loan("signContract", "debtor's late", "LOAN_NOT_TO_BE_SIGNED", says="SIGNATURE_EXPIRED"),
    loan("cancelLoan", "neighbour's pending", "LOAN_NOT_FOUND"),
    loan("cancelLoan", "debtor's running", "LOAN_NOT_CANCELLABLE", says="before its money is on the way"),
    loan("cancelLoan", "", "WRONG_ID"),
    loan("retryFunding", "debtor's running", "FUNDING_NOT_RETRYABLE", says="ACTIVE", who="finance"),
    loan("retryFunding", nowhere("Loan"), "LOAN_NOT_FOUND", who="finance"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)


async def test_a_quote_holds_for_an_hour_and_no_longer(town: Town) -> None:
    given = {"quoteId": town.ids["debtor's confirmed quote"]}
    token = await town.token("debtor")
    town.api.hands.now = NOW + timedelta(hours=1)
    assert (await town.api.do("openDisclosure", given, token=token))["__typename"] == "LoanQuote"

    town.api.hands.now += timedelta(seconds=1)

    assert (await town.api.do("openDisclosure", given, token=token))["code"] == "QUOTE_EXPIRED"


async def test_the_quote_for_anyone_refuses_the_same_as_an_error_of_the_query(town: Town) -> None:
    document = "query($input: QuoteLoanInput!) { quoteLoan(input: $input) { principal } }"
    for given, code, field in (
        ({"principal": "0.00"}, "AMOUNT_BELOW_MINIMUM", "principal"),
        ({"principal": "-40000.00"}, "AMOUNT_BELOW_MINIMUM", "principal"),
        ({"principal": "200100.00"}, "AMOUNT_ABOVE_MAXIMUM", "principal"),
        ({"principal": "40050.00"}, "AMOUNT_NOT_A_STEP", "principal"),
        ({"principal": "1079.7"}, "UNREADABLE_INPUT", "principal"),
        ({"terms": 37}, "TERMS_NOT_OFFERED", "terms"),
        ({"terms": 2}, "TERMS_NOT_OFFERED", "terms"),
        ({"valueDate": "2026-02-19"}, "VALUE_DATE_NOT_POSSIBLE", "valueDate"),
        ({"productCode": "X"}, "PRODUCT_NOT_FOUND", "productCode"),
    ):
        asked = {"input": {"productCode": PRODUCT, "principal": "40000.00", "terms": 12} | given}
        answer = await town.api.answer(document, asked, accept_language="zh-CN")
        told = answer.json()
        assert told["data"] == {"quoteLoan": None}
        assert told["errors"][0]["extensions"] == {"code": code, "field": [field]}
        assert told["errors"][0]["message"].endswith("。")
