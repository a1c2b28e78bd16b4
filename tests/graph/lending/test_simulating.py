"""What if, as a client asks it: suppose, see what would follow, let it come true, and find it so."""

import asyncio
import json
import re
from typing import Any

import pytest

from domain.lending.services import repayment
from domain.payments.ports import PaymentResult, PaymentState
from domain.payments.queries import attempts_of
from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from domain.shared.money import fen_of
from graph.ids import read_id
from tests.database import ROOT
from tests.graph.api import Json
from tests.graph.town import NOW, Town, key

PLAN = "plan { installments { n dueOn principal interest penalty paid waived outstanding status } }"
BALANCE = "balance { on penalty interest principal due accrued undue payoff excess daysPastDue }"
BILL = "nextBill { n dueOn principal interest total }"
PARTS = "allocation { parts { penalty interest principal fee recovery excess } rows { n principal } }"
OUTLOOK = f"""{{ on {PLAN} {BALANCE} {BILL} lastDueOn payoff toCome {{ penalty interest principal total }}
    charges {{ penalty interest fee total }} yearlyCost {{ nominal effective simple }} }}"""
SIMULATION = f"""... on Simulation {{ id loanVersion asOf saving committable validUntil loan {{ number status }}
    events {{ kind on amount intent planned {PARTS} waived {{ penalty interest }} repaymentId }}
    before {OUTLOOK} after {OUTLOOK} }}"""
ORDER = "... on RepaymentOrder { id number status channel amount action { __typename } loan { id } }"
LOAN = "... on Loan { id number loanStatus: status }"
ON_THE_DAY = PLAN.replace("plan", 'plan(asOf: "2026-02-20")', 1)
NOW_OF_LOAN = f"query($id: ID!) {{ loan(id: $id) {{ {ON_THE_DAY} {BALANCE} }} }}"
PREVIEW = f"""query($id: ID!, $intent: RepaymentIntent!, $amount: Money) {{ loan(id: $id) {{
    preview(intent: $intent, amount: $amount) {{ amount due payoff closes {BILL} {PARTS} }} }} }}"""

PREPAID: Json = {"kind": "PAYMENT", "amount": "3000.00", "intent": "PREPAY"}


@pytest.fixture
async def town(own_town: Town) -> Town:
    return own_town


async def suppose(town: Town, *events: Json, who: str = "debtor", **more: Any) -> Json:
    given = {"loanId": town.ids["debtor's running"], "events": list(events), **more}
    told = await town.api.do("simulateLoan", given, SIMULATION, token=await town.token(who))
    assert told["__typename"] == "Simulation", told
    return told


async def commit(town: Town, simulation: Json, who: str = "debtor", **given: Any) -> Json:
    asked = {"simulationId": simulation["id"], "idempotencyKey": key()} | given
    return await town.api.do("commitSimulation", asked, f"{ORDER} {LOAN}", token=await town.token(who))


async def loan_now(town: Town) -> Json:
    asked = {"id": town.ids["debtor's running"]}
    return (await town.api.ask(NOW_OF_LOAN, asked, token=await town.token("debtor")))["loan"]


def as_looked_at(outlook: Json) -> Json:
    """What `loan_now` asks for."""
    return {name: outlook[name] for name in ("plan", "balance")}


async def paid(town: Town, order: Json) -> None:
    """The channel says that the order was paid."""
    order_id = read_id("RepaymentOrder", order["id"], "id")
    async with town.api.house.sessions.begin() as session:
        (attempt,) = (await attempts_of(session, [order_id]))[order_id]
        said = PaymentResult(PaymentState.SUCCEEDED, amount_fen=attempt.amount_fen, currency="CNY", paid_at=NOW)
        await attempts.apply_result(session, attempt_id=attempt.id, result=said, source=Source.NOTICE, at=NOW)
        await repayment.apply_settled(session, attempt_id=attempt.id, at=NOW)


async def test_a_prepayment_is_simulated_committed_paid_and_comes_out_as_simulated(town: Town) -> None:
    before = await loan_now(town)
    would = await suppose(town, PREPAID)

    assert would["committable"]
    assert (would["asOf"], would["loanVersion"]) == ("2026-02-20", 0)
    assert would["validUntil"] == "2026-02-20T11:00:00+08:00"
    assert as_looked_at(would["before"]) == before
    assert fen_of(would["saving"]) > 0
    (event,) = would["events"]
    parts = {name: fen_of(amount) for name, amount in event["allocation"]["parts"].items()}
    assert sum(parts.values()) == 3_000_00
    assert parts["penalty"] > 0
    assert await loan_now(town) == before  # nothing has happened yet

    order = await commit(town, would, channel="fake", product="PAGE")
    assert (order["__typename"], order["amount"], order["status"]) == ("RepaymentOrder", "3000.00", "PROCESSING")
    assert order["action"] == {"__typename": "RedirectAction"}
    await paid(town, order)

    assert as_looked_at(would["after"]) == await loan_now(town)


async def test_the_next_bill_is_told_before_one_pays(town: Town) -> None:
    asked = {"id": town.ids["debtor's running"], "intent": "PREPAY", "amount": "3000.00"}
    before = await town.state()

    told = (await town.api.ask(PREVIEW, asked, token=await town.token("debtor")))["loan"]["preview"]
    payoff = await town.api.ask(PREVIEW, asked | {"intent": "PAYOFF", "amount": None}, token=await town.token("debtor"))

    assert await town.state() == before
    would = await suppose(town, PREPAID)
    assert told["nextBill"] == would["after"]["nextBill"] != would["before"]["nextBill"]
    assert told["nextBill"]["dueOn"] == "2026-03-15"
    assert told["allocation"] == would["events"][0]["allocation"]
    assert (told["payoff"], told["due"], told["closes"]) == (would["after"]["payoff"], "0.00", False)
    closing = payoff["loan"]["preview"]
    assert (closing["closes"], closing["nextBill"], closing["payoff"]) == (True, None, "0.00")
    assert closing["amount"] == would["before"]["payoff"]


async def test_a_preview_says_what_paying_would_be_told(town: Town) -> None:
    token = await town.token("debtor")
    asked = {"id": town.ids["debtor's running"], "intent": "PREPAY"}

    assert await town.api.refusal(PREVIEW, asked, token=token) == "AMOUNT_MISSING"
    assert await town.api.refusal(PREVIEW, asked | {"amount": "0.00"}, token=token) == "PAYMENT_NOT_POSITIVE"
    assert await town.api.refusal(PREVIEW, asked | {"amount": "99999.00"}, token=token) == "MORE_THAN_OWED"
    pending = asked | {"id": town.ids["debtor's pending"]}
    assert (await town.api.ask(PREVIEW, pending, token=token))["loan"] == {"preview": None}


async def test_a_payoff_next_month_is_told_with_its_sum_and_what_it_saves(town: Town) -> None:
    would = await suppose(town, {"kind": "PAYMENT", "intent": "PAYOFF", "on": "2026-04-01"})

    assert [(each["on"], each["planned"]) for each in would["events"]] == [
        ("2026-02-20", True),
        ("2026-03-15", True),
        ("2026-04-01", False),
    ]
    assert (would["after"]["payoff"], would["after"]["nextBill"], would["after"]["toCome"]["total"]) == (
        "0.00",
        None,
        "0.00",
    )
    assert fen_of(would["saving"]) > 0
    assert not would["committable"]


async def test_staff_mends_what_was_taken_down_wrongly_in_one_go(town: Town) -> None:
    cashier = await town.token("cashier")
    given = {"loanId": town.ids["debtor's running"], "amount": "500.00", "intent": "INSTALLMENT"}
    given |= {"valueDate": "2026-02-20", "idempotencyKey": key()}
    wrong = await town.api.do("recordOfflineRepayment", given, "... on Repayment { id }", token=cashier)
    events = (
        {"kind": "PAYMENT", "amount": "500.00", "on": "2026-02-15"},
        {"kind": "REVERSAL", "repaymentId": wrong["id"]},
    )

    looked = await suppose(town, *events, who="cashier")
    would = await suppose(town, *events, who="finance")
    told = await commit(town, would, "finance", reason="taken down with the wrong day")

    assert (looked["committable"], would["committable"]) == (False, True)
    assert (told["__typename"], told["id"]) == ("Loan", town.ids["debtor's running"])
    assert as_looked_at(would["after"]) == await loan_now(town)


async def test_the_same_key_is_the_same_act_and_another_key_comes_too_late(town: Town) -> None:
    would = await suppose(town, PREPAID)
    given = {"channel": "fake", "product": "QR", "idempotencyKey": key()}

    first, twin = await asyncio.gather(commit(town, would, **given), commit(town, would, **given))
    again = await commit(town, would, **given)
    other = await commit(town, would, **given | {"idempotencyKey": key()})

    assert first["__typename"] == "RepaymentOrder", first
    assert first["id"] == twin["id"] == again["id"]
    mine = await town.api.mine("repaymentOrders(first: 9) { nodes { id amount } }", token=await town.token("debtor"))
    asked = [each["id"] for each in mine["repaymentOrders"]["nodes"] if each["amount"] == "3000.00"]
    assert asked == [first["id"]]
    assert (other["code"], other["field"]) == ("SIMULATION_USED", ["simulationId"])


async def test_a_simulation_that_does_not_hold_any_more_says_what_happened(town: Town) -> None:
    would, second = await suppose(town, PREPAID), await suppose(town, PREPAID)
    order = await commit(town, would, channel="fake", product="PAGE")
    waiting = await commit(town, second, channel="fake", product="PAGE")
    await paid(town, order)
    stale = await commit(town, second, channel="fake", product="PAGE")

    assert (waiting["code"], waiting["field"]) == ("ANOTHER_PAYMENT_LIVE", ["simulationId"])
    assert order["number"] in waiting["message"]
    assert stale["code"] == "SIMULATION_STALE"
    assert "PAID 2026-02-20" in stale["message"]


async def test_a_simulation_is_of_who_made_it(town: Town) -> None:
    would = await suppose(town, PREPAID)

    for who in ("neighbour", "cashier", "finance"):
        told = await commit(town, would, who, channel="fake", product="PAGE", reason="as asked")
        assert told["code"] == "SIMULATION_NOT_FOUND", who


async def test_a_borrower_says_how_he_pays(town: Town) -> None:
    would = await suppose(town, PREPAID)

    assert (await commit(town, would))["code"] == "PAYMENT_WAY_MISSING"
    assert (await commit(town, would, channel="pigeon", product="PAGE"))["code"] == "CHANNEL_NOT_AVAILABLE"
    assert (await commit(town, would, channel="fake", product="APP"))["code"] == "PAYMENT_PRODUCT_NOT_OFFERED"
    assert (await commit(town, would, channel="fake", product="PAGE"))["__typename"] == "RepaymentOrder"


async def test_for_who_names_no_channel_one_is_chosen(town: Town) -> None:
    order = await commit(town, await suppose(town, PREPAID), product="PAGE")

    assert (order["__typename"], order["channel"]) == ("RepaymentOrder", "fake"), order


async def test_the_example_of_the_page_is_what_the_api_answers(town: Town) -> None:
    page = (ROOT / "docs" / "what-if.md").read_text("utf-8")
    (document,) = re.findall(r"^```graphql\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    given, answer = map(json.loads, re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    given["loanId"] = town.ids["debtor's running"]

    assert await town.api.ask(document, {"input": given}, token=await town.token("debtor")) == answer
