"""What finance does with a loan that is not paid, and what of its journal a client sees."""

from datetime import date
from typing import Any

import pytest

from domain.lending.models import Loan
from graph.ids import global_id
from tests.domain.lending.rows import noon, running_loan
from tests.domain.lending.services.laws import the_books_hold
from tests.domain.lending.services.test_back_dated import pay
from tests.graph.api import Api
from tests.graph.town import key

NOW = noon(date(2026, 5, 4))
EVENTS = """events {
  sequence kind valueDate recordedAt amount intent reverses reversedBy note source
  allocation { parts { penalty interest principal fee recovery excess } rows { n penalty interest principal daysPastDue } }
  waived { penalty interest }
}"""


@pytest.fixture
async def loan(api: Api) -> Loan:
    """Its first row was paid on its day, of which we heard twenty days late; nothing else was paid."""
    api.hands.now, api.token = NOW, await api.staff("finance")
    async with api.house.sessions.begin() as session:
        loan = await running_loan(session)
        await pay(session, loan, 1079_71, date(2026, 2, 15), date(2026, 3, 7))
        return loan


async def seen(api: Api, loan: Loan, selection: str, token: str | None = None) -> Any:
    document = f"query($id: ID!) {{ loan(id: $id) {{ {selection} }} }}"
    return (await api.ask(document, {"id": global_id("Loan", loan.id)}, token=token))["loan"]


async def test_a_loan_is_given_up_once_from_the_day_that_is_said(api: Api, loan: Loan) -> None:
    asked = {"loanId": global_id("Loan", loan.id), "reason": "insolvent", "valueDate": "2026-04-16"}
    asked["idempotencyKey"] = key()
    told = [await api.do("writeOff", asked, "... on Loan { status balance { accrued undue due } }") for _ in range(2)]
    journal = (await seen(api, loan, EVENTS))["events"]

    assert told[0] == told[1]
    assert (told[0]["status"], told[0]["balance"]["accrued"], told[0]["balance"]["undue"]) == (
        "WRITTEN_OFF",
        "0.00",
        "0.00",
    )
    assert [(each["kind"], each["valueDate"], each["note"]) for each in journal[1:]] == [
        ("WRITTEN_OFF", "2026-04-16", "insolvent")
    ]
    async with api.house.sessions() as session:
        assert await the_books_hold(session)


async def test_a_waiver_counts_from_the_day_that_is_said(api: Api, loan: Loan) -> None:
    asked = {"loanId": global_id("Loan", loan.id), "penalty": "100.00", "interest": "10.00", "reason": "hardship"}
    told = await api.do("waive", asked | {"valueDate": "2026-03-25", "idempotencyKey": key()}, "... on Loan { id }")
    (_, event) = (await seen(api, loan, EVENTS))["events"]

    assert told["__typename"] == "Loan"
    # Ten days of the second row: 946.94 x 14.4 % x 1.5 / 360 x 10.
    assert (event["kind"], event["valueDate"], event["waived"]) == (
        "WAIVED",
        "2026-03-25",
        {"penalty": "5.68", "interest": "10.00"},
    )
    assert (event["amount"], event["allocation"]) == (None, None)


async def test_a_journal_says_what_happened_and_what_it_did(api: Api, loan: Loan) -> None:
    made = (await seen(api, loan, "repayments { id }"))["repayments"][0]["id"]
    paid = (await seen(api, loan, EVENTS))["events"][0]
    asked = {"repaymentId": made, "reason": "bounced", "idempotencyKey": key()}
    assert (await api.do("reverseRepayment", asked))["__typename"] == "Repayment"
    reversed_, reversal = (await seen(api, loan, EVENTS))["events"]

    assert (paid["sequence"], paid["kind"], paid["amount"], paid["intent"]) == (1, "PAID", "1079.71", "INSTALLMENT")
    assert (paid["valueDate"], paid["recordedAt"][:10]) == ("2026-02-15", "2026-03-07")
    assert paid["source"].startswith("repayment:")
    assert paid["allocation"] == {
        "parts": {
            "penalty": "0.00",
            "interest": "144.00",
            "principal": "935.71",
            "fee": "0.00",
            "recovery": "0.00",
            "excess": "0.00",
        },
        "rows": [{"n": 1, "penalty": "0.00", "interest": "144.00", "principal": "935.71", "daysPastDue": 0}],
    }
    assert (reversed_["reversedBy"], reversed_["allocation"]) == (2, None)
    assert (reversal["kind"], reversal["reverses"], reversal["note"]) == ("REVERSED", 1, "bounced")


async def test_reasons_and_sources_are_not_for_the_borrower(api: Api, loan: Loan) -> None:
    (event,) = (await seen(api, loan, EVENTS, api.speaks(loan.borrower_id)))["events"]

    assert event["allocation"]["parts"]["principal"] == "935.71"
    assert (event["note"], event["source"]) == (None, None)


async def test_a_loan_can_be_seen_as_it_stood_and_as_it_was_known_to_stand(api: Api, loan: Loan) -> None:
    of = "balance(%(when)s) { on penalty daysPastDue } plan(%(when)s) { installments { n status paid daysPastDue } }"
    then = 'asOf: "2026-03-05"'
    known_then = then + ', knownAt: "2026-03-05T12:00:00+08:00"'
    before, now = [await seen(api, loan, of % {"when": when}) for when in (known_then, then)]

    assert before["balance"] == {"on": "2026-03-05", "penalty": "10.11", "daysPastDue": 18}
    assert before["plan"]["installments"][0] == {"n": 1, "status": "DUE", "paid": "0.00", "daysPastDue": 18}
    assert now["balance"] == {"on": "2026-03-05", "penalty": "0.00", "daysPastDue": 0}
    assert now["plan"]["installments"][0] == {"n": 1, "status": "PAID", "paid": "1079.71", "daysPastDue": 0}
    assert [row["status"] for row in now["plan"]["installments"][1:]] == ["PENDING"] * 11


async def test_before_we_knew_that_the_money_had_come_there_was_no_plan(api: Api, loan: Loan) -> None:
    when = 'knownAt: "2026-01-15T03:59:59Z"'

    assert await seen(api, loan, f"balance({when}) {{ on }} plan({when}) {{ installments {{ n }} }}") == {
        "balance": None,
        "plan": None,
    }


async def test_a_plan_of_no_particular_day_is_the_one_that_is_stored(api: Api, loan: Loan) -> None:
    """Until the night has looked again; as of today it is worked out."""
    stored = await seen(api, loan, "plan { installments { n penalty } }")
    today = await seen(api, loan, 'plan(asOf: "2026-05-04") { installments { n penalty } }')

    assert stored["plan"]["installments"][1]["penalty"] == "0.00"
    assert today["plan"]["installments"][1]["penalty"] > "0.00"
