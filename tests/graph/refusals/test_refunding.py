"""Money that does not go back, and money that does not go to a loan."""

from uuid import UUID

import pytest

from graph.ids import global_id
from tests.graph.conftest import Json
from tests.graph.town import Refusal, Town, key

NOWHERE = UUID(int=1)  # the same in every process: it is part of names of tests


def resolving(what: str, code: str, field: str | None, says: str = "", **changes: object) -> Refusal:
    def given(town: Town) -> Json:
        usual: Json = {"unplacedPaymentId": "debtor's aside", "action": "APPLY", "reason": "a person looked"}
        asked = usual | changes
        named = {name: town.ids.get(asked[name], asked[name]) for name in asked if name.endswith("Id")}
        return asked | named | {"idempotencyKey": key()}

    return Refusal("resolveUnplacedPayment", what, given, code, field, says, who="cashier")


def sending(act: str, what: str, code: str, field: str | None, says: str = "", **changes: object) -> Refusal:
    def given(town: Town) -> Json:
        usual: Json = {"loanId": "debtor's running", "amount": "1.00", "reason": "too much"}
        usual |= {"valueDate": "2026-02-20"} if act == "recordOfflineRefund" else {}
        asked = usual | changes
        return asked | {"loanId": town.ids.get(asked["loanId"], asked["loanId"]), "idempotencyKey": key()}

    return Refusal(act, what, given, code, field, says, who="cashier")


BOTH = ("refundExcess", "recordOfflineRefund")

REFUSALS = [
    resolving("no id", "WRONG_ID", "unplacedPaymentId", unplacedPaymentId="x"),
    resolving(
        "none such",
        "UNPLACED_PAYMENT_NOT_FOUND",
        "unplacedPaymentId",
        unplacedPaymentId=global_id("UnplacedPayment", NOWHERE),
    ),
    resolving("another loan", "PAYMENT_OF_ANOTHER_LOAN", "loanId", loanId="neighbour's running"),
    resolving("a loan of no kind", "WRONG_ID", "loanId", loanId="debtor's card"),
    resolving("money in suspense", "MONEY_IN_SUSPENSE", "action", "1.01 yuan", action="CLOSE"),
    *[
        resolving(
            f"on its way back: {action}",
            "REFUND_UNDER_WAY",
            "unplacedPaymentId",
            "Refund RF",
            unplacedPaymentId="debtor's way back",
            action=action,
        )
        for action in ("REFUND", "APPLY", "CLOSE")
    ],
    *[sending(act, "no id", "WRONG_ID", "loanId", loanId="x") for act in BOTH],
    *[sending(act, "none such", "LOAN_NOT_FOUND", "loanId", loanId=global_id("Loan", NOWHERE)) for act in BOTH],
    *[
        sending(act, "a loan that does not run", "LOAN_NOT_RUNNING", "loanId", loanId="debtor's pending")
        for act in BOTH
    ],
    *[sending(act, "nothing held", "EXCESS_TOO_SMALL", "amount", "0.00 yuan is held") for act in BOTH],
    *[sending(act, "nothing", "EXCESS_TOO_SMALL", "amount", amount="0.00") for act in BOTH],
    *[sending(act, "below nothing", "EXCESS_TOO_SMALL", "amount", amount="-1.00") for act in BOTH],
    *[sending(act, "one decimal", "UNREADABLE_INPUT", "amount", amount="1.0") for act in BOTH],
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_go_back_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
