"""A judge that finds nothing proves nothing: each promise is broken once, and must be missed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from plugins.sandbox.faults import Fault
from tests.journeys.chaos.judge import Witness, findings
from tests.journeys.chaos.plan import ALIPAY, BANK, WECHAT
from tests.journeys.chaos.stores import Row, Stores, Theirs

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
UNEXPLAINED: Row = {
    "channel": WECHAT,
    "day": NOW,
    "finding": "ONLY_OURS",
    "subject": "payment:W1",
    "theirs_fen": 0,
    "ours_fen": 700,
    "state": "OPEN",
    "note": "",
}
TOOK = {"A1": 1, "W1": 1, "W2": 1}
HONEST = Witness(TOOK)


def attempt(channel: str, number: str, fen: int, **facts: Any) -> Row:
    """An attempt that was paid and applied."""
    return {
        "id": number,
        "order_id": f"order of {number}",
        "number": f"PO-{number}",
        "order_no": number,
        "channel": channel,
        "loan_id": f"loan of {number}",
        "wish_id": number,
        "intent": "INSTALLMENT",
        "method": "WITHHOLDING" if channel == BANK else "ACTIVE",
        "state": "SUCCEEDED",
        "live": False,
        "ask_at": None,
        "amount_fen": fen,
        "received_fen": fen,
        "paid_at": NOW,
        "late": False,
        "superseded_at": None,
        "applied_fen": fen,
        "asked_at": NOW - timedelta(minutes=5),
        "applied_at": NOW,
        "unplaced_id": None,
        "unplaced_reason": None,
        "unplaced_fen": None,
        "resolution": None,
        "resolved_at": None,
        "refunded_fen": 0,
        "paid_what_was_due": True,
    } | facts


def aside(**facts: Any) -> dict[str, Any]:
    """What is different of one whose money is on the work list."""
    return {"applied_fen": None, "applied_at": None, "unplaced_id": "U", "unplaced_reason": "DOUBLE"} | facts


GONE_BACK = aside(unplaced_fen=700, resolution="REFUNDED", resolved_at=NOW, refunded_fen=700, wish_id="W1", late=True)


def honest() -> Stores:
    """A page that was paid; a code that was paid, and its page, too, which went back; a debit; a page that was closed."""
    attempts = (
        attempt(ALIPAY, "A1", 500),
        attempt(WECHAT, "W1", 700),
        attempt(WECHAT, "W2", 700, **GONE_BACK),
        attempt(BANK, "B1", 900),
        attempt(ALIPAY, "A2", 100, state="CLOSED", received_fen=None, applied_fen=None, applied_at=None),
    )
    return Stores(
        theirs={
            (ALIPAY, "A1"): Theirs(500, 0),
            (ALIPAY, "A2"): Theirs(0, 0),
            (WECHAT, "W1"): Theirs(700, 0),
            (WECHAT, "W2"): Theirs(700, 700),
            (BANK, "B1"): Theirs(900, 0),
        },
        twice=(),
        agreements={"M1": "NORMAL", "M2": "UNSIGN", "M3": ""},
        bound={"B1": True, "B2": False},
        mandates=(
            mandate("M1", "ACTIVE"),
            mandate("M2", "REVOKED"),
            mandate("M3", "EXPIRED"),
            mandate("B1", "ACTIVE", channel=BANK),
            mandate("B2", "REVOKED", channel=BANK),
            mandate("B3", "DECLINED", channel=BANK),
        ),
        batches=({"batch_no": "PB1", "state": "DONE", "ask_at": None},),
        attempts=attempts,
        orders=tuple(
            {
                "id": row["order_id"],
                "number": row["number"],
                "status": "PAID" if row["received_fen"] else "CLOSED",
            }
            for row in attempts
        ),
        refunds=(refund(),),
        strays=(),
        journals=(journal(500, 500, 500), journal(700, 700, 1400), journal(900, 900, 900)),
        clearing={ALIPAY: 0, WECHAT: 0, BANK: 0},
        settled={ALIPAY: 500, WECHAT: 700, BANK: 900},
        debit_fen=9000,
        credit_fen=9000,
        suspense_fen=0,
        unsettled=(),
        outbox={"DONE": 12},
    )


def refund(**facts: Any) -> Row:
    return {
        "number": "RF1",
        "channel": WECHAT,
        "state": "SUCCEEDED",
        "ask_at": None,
        "amount_fen": 700,
        "refunded_at": NOW,
        "unplaced_id": "U",
    } | facts


def mandate(number: str, status: str, **facts: Any) -> Row:
    return {"channel": ALIPAY, "mandate_no": number, "status": status, "ask_at": None, "debited_after": []} | facts


def journal(journal_fen: int, repaid_fen: int, received_fen: int) -> Row:
    return {"number": "LN1", "journal_fen": journal_fen, "repaid_fen": repaid_fen, "received_fen": received_fen}


def but(number: str, **facts: Any) -> Callable[[Stores], Stores]:
    """The same, but of one attempt."""

    def changed(stores: Stores) -> Stores:
        attempts = tuple({**row, **facts} if row["order_no"] == number else row for row in stores.attempts)
        return replace(stores, attempts=attempts)

    return changed


def having(**sides: Any) -> Callable[[Stores], Stores]:
    return lambda stores: replace(stores, **sides)


def trade(channel: str, number: str, taken_fen: int, refunded_fen: int = 0) -> Callable[[Stores], Stores]:
    theirs = {(channel, number): Theirs(taken_fen, refunded_fen)}
    return lambda stores: replace(stores, theirs={**stores.theirs, **theirs})


def test_nothing_is_found_where_all_is_well() -> None:
    assert findings(honest(), HONEST) == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (having(twice=("alipay A1",)), "kept twice"),
        (trade(ALIPAY, "A1", 501), "took 501 fen, we know of 500"),
        (trade(ALIPAY, "A2", 100), "took 100 fen, we know of None (CLOSED)"),
        (trade(ALIPAY, "A9", 100), "that we know nothing of"),
        (trade(WECHAT, "W2", 700), "gave 0 fen back, we know of 700"),
        (trade(WECHAT, "W1", 700, 700), "gave 700 fen back, we know of 0"),
        (trade(BANK, "B9", 900), "bank_withholding: 1800 fen are there, 900 are known, 900 are booked"),
        (having(theirs={}), "that its channel knows nothing of"),
        (having(settled={ALIPAY: 500, WECHAT: 700, BANK: 899}), "900 are known, 899 are booked"),
        (having(clearing={BANK: 900}, settled={ALIPAY: 500, WECHAT: 700}), "has not settled 900 fen"),
        (having(debit_fen=9001), "debits 9001, credits 9000"),
        (having(suspense_fen=1), "1 fen in suspense, 0 on the work list"),
        (having(outbox={"DONE": 1, "DEAD": 2}), "2 announcements are DEAD"),
        (having(journals=(journal(700, 700, 699),)), "loan LN1"),
        (having(journals=(journal(700, 600, 700),)), "loan LN1"),
        (having(orders=({"id": "order of A1", "number": "PO-A1", "status": "PROCESSING"},)), "PROCESSING and nobody asks"),
        (having(orders=({"id": "order of A1", "number": "PO-A1", "status": "CLOSED"},)), "CLOSED, and its money came"),
        (having(orders=({"id": "order of A2", "number": "PO-A2", "status": "PAID"},)), "PAID, and its money did not"),
        (having(refunds=(refund(state="UNKNOWN"),)), "refund RF1 is UNKNOWN and nobody asks"),
        (having(refunds=(refund(state="DECLINED"),)), "its money waits nowhere"),
        (having(agreements={}), "alipay mandate M1 (ACTIVE) is not signed there"),
        (having(agreements={"M1": "NORMAL", "M2": "NORMAL"}), "alipay mandate M2 (REVOKED) is NORMAL there"),
        (having(bound={"B1": False}), "bank_withholding mandate B1 (ACTIVE) is not bound there"),
        (having(bound={"B1": True, "B3": True}), "bank_withholding mandate B3 (DECLINED) is NORMAL there"),
        (having(batches=({"batch_no": "PB2", "state": "SENT", "ask_at": None},)), "batch PB2 is SENT and nobody asks"),
        (having(mandates=(mandate("M1", "REVOKING"),)), "is not settled and nobody asks"),
        (having(mandates=(mandate("M2", "REVOKED", debited_after=["A1"]),)), "then was debited: ['A1']"),
        (but("A2", state="UNKNOWN"), "is open and nobody asks"),
        (but("A2", applied_fen=100), "brought nothing and is applied"),
        (but("A1", applied_fen=None), "is applied: False, on the work list: False"),
        (but("A1", applied_fen=499), "brought 500 fen, and 499 are applied"),
        (but("A1", unplaced_id="U", unplaced_fen=500, unplaced_reason="DOUBLE"), "is applied: True, on the work list: True"),
        (but("W2", refunded_fen=0), "did not go back"),
        (
            having(unsettled=(UNEXPLAINED,)),
            "ONLY_OURS payment:W1 OPEN",
        ),
    ],
)  # fmt: skip
def test_what_is_broken_is_found(broken: Callable[[Stores], Stores], said: str) -> None:
    assert any(said in sentence for sentence in findings(broken(honest()), HONEST))


def test_two_live_attempts_of_a_loan_are_found() -> None:
    both = but("W1", live=True)(but("W2", live=True, loan_id="loan of W1")(honest()))

    assert "loan loan of W1 has 2 live attempts" in findings(both, HONEST)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ({}, "neither was given up"),
        ({"late": True, "paid_what_was_due": False}, "nothing was due"),
        ({"late": True, "intent": "PREPAY"}, "the same was prepaid"),
        ({"late": True}, None),
        ({"resolution": "APPLIED"}, None),
    ],
)
def test_a_wish_is_charged_twice_unless_the_loan_still_owed_what_it_was_for(second: Row, why: str | None) -> None:
    later = {"wish_id": "A1", "applied_at": NOW + timedelta(minutes=1)} | second
    first = attempt(ALIPAY, "A1", 500, intent=second.get("intent", "INSTALLMENT"))
    twice = replace(honest(), attempts=(first, attempt(ALIPAY, "A3", 500, **later)))

    found = [sentence for sentence in findings(twice, HONEST) if "is applied again" in sentence]

    assert [sentence.rsplit(": ", 1)[1] for sentence in found] == ([why] if why else [])


@pytest.mark.parametrize(
    ("late", "found"),
    [
        ({"paid_what_was_due": False}, "nothing was due"),
        ({"intent": "PREPAY"}, "the same was prepaid"),
        ({}, None),
        ({"paid_what_was_due": False, "asked_at": NOW + timedelta(seconds=1)}, None),
        ({"paid_what_was_due": False, "loan_id": "another"}, None),
        ({"paid_what_was_due": False, "late": False}, None),
    ],
)
def test_what_another_wish_has_paid_meanwhile_is_not_paid_again_by_what_comes_late(
    late: Row, found: str | None
) -> None:
    first = attempt(ALIPAY, "A1", 500, loan_id="L", intent=late.get("intent", "INSTALLMENT"))
    facts = {"loan_id": "L", "late": True, "applied_at": NOW + timedelta(minutes=1)} | late
    both = replace(honest(), attempts=(first, attempt(ALIPAY, "A3", 500, **facts)))

    said = [sentence for sentence in findings(both, HONEST) if sentence.startswith("A3 came late")]

    assert [sentence.rsplit(": ", 1)[1] for sentence in said] == ([found] if found else [])


@pytest.mark.parametrize(
    ("took", "said"),
    [
        (TOOK | {"A1": 2}, "A1 was taken 2 times at its cashier"),
        (TOOK | {"A2": 1}, "A2 was paid, and its channel has no money of it"),
        ({"A1": 1, "W1": 1}, "W2 was paid by nobody, and its channel has money of it"),
    ],
)
def test_what_borrowers_say_is_compared_too(took: dict[str, int], said: str) -> None:
    assert said in findings(honest(), Witness(took))


def test_a_cashier_that_broke_off_may_have_taken_it_or_not() -> None:
    assert findings(honest(), Witness({"A1": 1, "W1": 1}, perhaps=["W2", "A2"])) == []


def test_another_sum_than_was_taken_is_found_though_the_bill_names_both() -> None:
    listed: Row = UNEXPLAINED | {"finding": "AMOUNT_DIFF", "theirs_fen": 701}
    told = trade(WECHAT, "W1", 701)(honest())
    told = replace(told, unsettled=(listed,), clearing={WECHAT: 700}, settled={**told.settled, WECHAT: 0})

    assert any("took 701 fen, we know of 700" in sentence for sentence in findings(told, HONEST))


MISSING = UNEXPLAINED | {"ours_fen": 700}


def unbilled() -> Stores:
    """The bill lacks W1, which is not settled then."""
    stores = honest()
    return replace(stores, unsettled=(MISSING,), clearing={WECHAT: 700}, settled={**stores.settled, WECHAT: 0})


def test_a_row_that_a_bill_lacks_is_found_and_only_that() -> None:
    assert findings(unbilled(), replace(HONEST, misprinted=[(WECHAT, Fault.BILL_MISSING_ROW)])) == []


def test_what_was_wrong_with_a_bill_and_is_not_found_is_missed() -> None:
    missed = findings(honest(), replace(HONEST, misprinted=[(WECHAT, Fault.BILL_OTHER_AMOUNT)]))

    assert missed == ["wechat: AMOUNT_DIFF was to be found"]


def test_a_payment_that_a_bill_invents_is_on_the_work_list() -> None:
    stray = {"channel": ALIPAY, "order_no": "X1", "amount_fen": 500, "resolved_at": None}
    settled = {**honest().settled, ALIPAY: 1000}
    invented = replace(honest(), strays=(stray,), settled=settled, suspense_fen=500)

    assert findings(invented, replace(HONEST, misprinted=[(ALIPAY, Fault.BILL_EXTRA_ROW)])) == []
    assert findings(invented, HONEST) == ["alipay: ONLY_CHANNEL was not to be found"]


def test_what_was_paid_today_is_not_settled_yet() -> None:
    today = replace(honest(), clearing={BANK: 900}, settled={ALIPAY: 500, WECHAT: 700})

    assert findings(but("B1", paid_at=NOW + timedelta(days=1))(today), replace(HONEST, today=date(2026, 3, 3))) == []
