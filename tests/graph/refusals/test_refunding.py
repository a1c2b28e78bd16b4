"""Money that does not go back, and money that does not go to a loan."""

import pytest

from tests.graph.refusals.refusal import Refusal, nowhere, refusing
from tests.graph.town import Town

ASIDE = {"unplacedPaymentId": "debtor's aside", "action": "APPLY", "reason": "a person looked"}
EXCESS = {"loanId": "debtor's running", "amount": "1.00", "reason": "too much"}
resolving = refusing("resolveUnplacedPayment", "cashier", ASIDE)
sending = refusing("refundExcess", "cashier", EXCESS)
taking_down = refusing("recordOfflineRefund", "cashier", EXCESS | {"valueDate": "2026-02-20"})

BOTH = (sending, taking_down)

REFUSALS = [
    resolving("no id", "WRONG_ID", "unplacedPaymentId", unplacedPaymentId="x"),
    resolving(
        "none such",
        "UNPLACED_PAYMENT_NOT_FOUND",
        "unplacedPaymentId",
        unplacedPaymentId=nowhere("UnplacedPayment"),
    ),
    resolving("another kind of id", "WRONG_ID", "unplacedPaymentId", unplacedPaymentId="debtor's running"),
    resolving("another loan", "PAYMENT_OF_ANOTHER_LOAN", "loanId", "leave `loanId` out", loanId="neighbour's running"),
    resolving("an empty id", "WRONG_ID", "loanId", loanId=""),
    resolving("no reason", "REASON_MISSING", "reason", "2 to 500", reason=" "),
    resolving("a novel", "REASON_MISSING", "reason", reason="x" * 501),
    resolving("no text", "UNREADABLE_INPUT", "reason", "NUL", reason="a\x00b"),
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
    *[refused("no id", "WRONG_ID", "loanId", loanId="x") for refused in BOTH],
    *[refused("none such", "LOAN_NOT_FOUND", "loanId", loanId=nowhere("Loan")) for refused in BOTH],
    *[refused("a loan that does not run", "LOAN_NOT_RUNNING", "loanId", loanId="debtor's pending") for refused in BOTH],
    *[refused("nothing held", "EXCESS_TOO_SMALL", "amount", "0.00 yuan is held") for refused in BOTH],
    *[refused("nothing", "EXCESS_TOO_SMALL", "amount", amount="0.00") for refused in BOTH],
    *[refused("below nothing", "EXCESS_TOO_SMALL", "amount", amount="-1.00") for refused in BOTH],
    *[refused("more than anything", "EXCESS_TOO_SMALL", "amount", amount="999999999999999.99") for refused in BOTH],
    *[refused("no reason", "REASON_MISSING", "reason", reason="") for refused in BOTH],
    *[refused("a novel", "REASON_MISSING", "reason", reason="x" * 501) for refused in BOTH],
    *[refused("one decimal", "UNREADABLE_INPUT", "amount", amount="1.0") for refused in BOTH],
    taking_down("no day", "UNREADABLE_INPUT", "valueDate", '"20260220xx"', valueDate="20260220xx"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_go_back_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
