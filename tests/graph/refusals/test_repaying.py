"""Paying: sums, channels and loans for which nothing is taken."""

from uuid import UUID

import pytest

from domain.shared.ids import new_id
from graph.ids import global_id
from tests.graph.conftest import Json
from tests.graph.town import Refusal, Town, key


def paying(what: str, code: str, field: str | None, says: str = "", **changes: object) -> Refusal:
    """`changes` to an installment by the channel `fake`; a loan by its name in the town."""

    def given(town: Town) -> Json:
        usual: Json = {"loanId": "debtor's running", "intent": "INSTALLMENT", "channel": "fake", "product": "PAGE"}
        asked = usual | changes
        return asked | {"loanId": town.ids.get(asked["loanId"], asked["loanId"]), "idempotencyKey": key()}

    return Refusal("createRepayment", what, given, code, field, says)


def offline(what: str, code: str, field: str | None, says: str = "", **changes: object) -> Refusal:
    def given(town: Town) -> Json:
        usual: Json = {
            "loanId": "debtor's running",
            "amount": "100.00",
            "intent": "INSTALLMENT",
            "valueDate": "2026-02-20",
        }
        asked = usual | changes
        return asked | {"loanId": town.ids.get(asked["loanId"], asked["loanId"]), "idempotencyKey": key()}

    return Refusal("recordOfflineRepayment", what, given, code, field, says, who="cashier")


def waiving(what: str, code: str, field: str | None, says: str = "", **changes: object) -> Refusal:
    def given(town: Town) -> Json:
        usual: Json = {"loanId": "debtor's running", "penalty": "1.00", "interest": "0.00", "reason": "goodwill"}
        asked = usual | changes
        return asked | {"loanId": town.ids.get(asked["loanId"], asked["loanId"]), "idempotencyKey": key()}

    return Refusal("waive", what, given, code, field, says, who="finance")


NOWHERE = global_id("Loan", UUID(int=1))  # the same in every process: it is part of names of tests

REFUSALS = [
    paying("no id", "WRONG_ID", "loanId", "not the id of a Loan", loanId="x"),
    paying("another kind of id", "WRONG_ID", "loanId", loanId="debtor's card"),
    paying("somebody else's loan", "LOAN_NOT_FOUND", "loanId", loanId="neighbour's running"),
    paying("none such", "LOAN_NOT_FOUND", "loanId", loanId=NOWHERE),
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
    Refusal("closeRepayment", "no id", lambda _: {"orderId": "x"}, "WRONG_ID", "orderId"),
    Refusal(
        "closeRepayment",
        "somebody else's",
        lambda t: {"orderId": t.ids["neighbour's order"]},
        "ORDER_NOT_FOUND",
        "orderId",
    ),
    Refusal(
        "closeRepayment",
        "none such",
        lambda _: {"orderId": global_id("RepaymentOrder", new_id())},
        "ORDER_NOT_FOUND",
        "orderId",
    ),
    offline("no id", "WRONG_ID", "loanId", loanId=""),
    offline("none such", "LOAN_NOT_FOUND", "loanId", loanId=NOWHERE),
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
    Refusal(
        "reverseRepayment",
        "none such",
        lambda _: {"repaymentId": global_id("Repayment", new_id()), "reason": "never was", "idempotencyKey": key()},
        "REPAYMENT_NOT_FOUND",
        "repaymentId",
        who="finance",
    ),
    Refusal(
        "reverseRepayment",
        "no id",
        lambda t: {"repaymentId": t.ids["debtor's running"], "reason": "never was", "idempotencyKey": key()},
        "WRONG_ID",
        "repaymentId",
        who="finance",
    ),
    waiving("nothing", "WAIVER_NOT_POSITIVE", "penalty interest", penalty="0.00"),
    waiving("below nothing", "WAIVER_NOT_POSITIVE", "penalty interest", penalty="-1.00", interest="5.00"),
    waiving("none such", "LOAN_NOT_FOUND", "loanId", loanId=NOWHERE),
    waiving("a loan that does not run", "LOAN_NOT_RUNNING", "loanId", loanId="debtor's pending"),
    waiving("no id", "WRONG_ID", "loanId", loanId="?"),
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
