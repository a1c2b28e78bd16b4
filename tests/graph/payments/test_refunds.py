"""Money goes back by the staff's word, and everybody sees what he may see of it."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from domain.lending.services import excess, payoff, repayment
from domain.payments.models import PaymentIntent, Refund, RefundState
from domain.payments.ports import PaymentResult, PaymentState, RefundResult
from domain.payments.ports import RefundState as Told
from domain.payments.services import attempts, giving_back, orders
from domain.payments.services.attempts import Source
from tests.graph.api import Json
from tests.graph.refusals.refusal import refusing
from tests.graph.town import NOW, Town, key

UNPLACED = """{ unplacedPayments(first: 10, where: {resolved: %s}) {
    nodes { id amount reason resolution resolvedAt loan { number } refund { number state purpose amount } } } }"""
RESOLVED = "... on UnplacedPayment { resolution refund { number state refundedAt changes { told after } } }"
REFUNDS = "... on Loan { number refunds { number amount state purpose channel requestedAt } balance { excess } }"


async def _resolve(town: Town, which: str, action: str) -> Json:
    asked = {"unplacedPaymentId": town.ids[which], "action": action, "reason": "a person looked"}
    token = await town.token("finance")
    return await town.api.do("resolveUnplacedPayment", asked | {"idempotencyKey": key()}, RESOLVED, token=token)


async def _goes_back(town: Town) -> None:
    """The channel has done all that was asked of it, and the loans hear of that."""
    can = town.api.house.registry.capabilities("fake")
    async with town.api.house.sessions.begin() as session:
        asked = select(Refund).where(Refund.state == RefundState.REQUESTED)
        for refund in (await session.scalars(asked)).all():
            await giving_back.claim(session, refund_id=refund.id, can=can, at=NOW)
            told = RefundResult(Told.SUCCEEDED, amount_fen=refund.amount_fen, refunded_at=NOW)
            await giving_back.apply_result(session, refund_id=refund.id, result=told, source=Source.ANSWER, at=NOW)
            await excess.take_off(session, refund_id=refund.id, at=NOW)


async def _list(town: Town, *, resolved: bool) -> dict[str, Json]:
    listed = await town.api.ask(UNPLACED % str(resolved).lower(), token=await town.token("cashier"))
    return {node["id"]: node for node in listed["unplacedPayments"]["nodes"]}


async def test_money_that_goes_back_leaves_the_list_when_it_went(town: Town) -> None:
    told = await _resolve(town, "debtor's aside", "REFUND")
    assert (told["resolution"], told["refund"]["state"]) == (None, "REQUESTED")
    assert town.ids["debtor's aside"] in await _list(town, resolved=False)

    await _goes_back(town)

    assert town.ids["debtor's aside"] not in await _list(town, resolved=False)
    row = (await _list(town, resolved=True))[town.ids["debtor's aside"]]
    assert (row["resolution"], row["amount"], row["reason"]) == ("REFUNDED", "1.01", "WRONG_AMOUNT")
    assert row["loan"]["number"]
    assert {name: row["refund"][name] for name in ("state", "purpose", "amount")} == {
        "state": "SUCCEEDED",
        "purpose": "WRONG_AMOUNT",
        "amount": "1.01",
    }


async def test_money_that_is_applied_has_no_refund(town: Town) -> None:
    told = await _resolve(town, "neighbour's aside", "APPLY")

    assert (told["resolution"], told["refund"]) == ("APPLIED", None)


async def test_a_borrower_sees_what_of_his_payments_goes_back_and_nobody_elses(town: Town) -> None:
    document = """query($id: ID!) { loan(id: $id) {
        refunds { number amount state channel } repaymentOrders { attempts { refunds { number } } } } }"""
    asked = {"id": town.ids["debtor's running"]}
    mine = (await town.api.ask(document, asked, token=await town.token("debtor")))["loan"]
    theirs = await town.api.ask(document, asked, token=await town.token("neighbour"))

    assert {each["amount"] for each in mine["refunds"]} == {"1.01"}
    by_attempt = [
        refund["number"]
        for order in mine["repaymentOrders"]
        for attempt in order["attempts"]
        for refund in attempt["refunds"]
    ]
    assert sorted(by_attempt) == sorted(each["number"] for each in mine["refunds"])
    assert theirs["loan"] is None


async def test_the_list_of_refunds_can_be_asked_for_one_state(town: Town) -> None:
    document = """query($state: RefundState) { refunds(first: 10, where: {state: $state}) {
        totalCount nodes { state changes { source told } } } }"""
    token = await town.token("finance")

    everything = (await town.api.ask(document, {"state": None}, token=token))["refunds"]
    declined = (await town.api.ask(document, {"state": "DECLINED"}, token=token))["refunds"]

    assert everything["totalCount"] == len(everything["nodes"]) >= 2
    assert declined["nodes"] == []


async def test_excess_goes_back_by_the_payment_it_came_with_once_per_key(town: Town) -> None:
    await _overpay(town, "neighbour", 20_00)
    asked = {"loanId": town.ids["neighbour's running"], "amount": "15.00", "reason": "too much"}

    told = await _twice_at_once(town, "refundExcess", asked)
    (refund,) = [each for each in told["refunds"] if each["purpose"] == "EXCESS"]
    assert (refund["amount"], refund["state"], told["balance"]["excess"]) == ("15.00", "REQUESTED", "20.00")

    await _goes_back(town)


async def test_excess_goes_back_by_bank_once_per_key_and_not_before_it_came(town: Town) -> None:
    await _overpay(town, "debtor", 5_00)
    asked = {"loanId": town.ids["debtor's running"], "amount": "5.00", "reason": "by bank"}

    for day in ("2026-02-19", "0001-01-01"):
        refusal = refusing("recordOfflineRefund", "cashier", asked | {"valueDate": day})
        await refusal(day, "EXCESS_NOT_YET_HELD", "valueDate", f"On {day} 0.00 yuan was held").holds(town)
    told = await _twice_at_once(town, "recordOfflineRefund", asked | {"valueDate": "2026-02-20"})

    assert told["balance"]["excess"] == "0.00"


async def _twice_at_once(town: Town, act: str, asked: Json) -> Json:
    """What the cashier is told, both times; and another act is refused under the same key."""
    token, once = await town.token("cashier"), {"idempotencyKey": key()}
    first, second = await asyncio.gather(*[town.api.do(act, asked | once, REFUNDS, token=token) for _ in range(2)])
    other = await town.api.do(act, asked | once | {"amount": "0.01"}, token=token)

    assert first == second
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"
    return first


async def _overpay(town: Town, who: str, too_much_fen: int) -> None:
    """Pay a loan off by the channel `fake`, and so much more."""
    loan_id = town.keys[f"{who}'s running"]
    async with town.api.house.sessions.begin() as session:
        owed_fen = (await payoff.quote(session, loan_id, NOW)).amount_fen
        order = await orders.create(
            session,
            borrower_id=town.who[who],
            loan_id=loan_id,
            intent=PaymentIntent.PAYOFF,
            amount_fen=owed_fen + too_much_fen,
            channel=town.api.house.registry.listing("fake"),
            product="qr",
            subject="too much",
            at=NOW,
            expires_at=NOW + timedelta(minutes=30),
        )
        attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
        paid = PaymentResult(PaymentState.SUCCEEDED, amount_fen=order.amount_fen, currency="CNY", paid_at=NOW)
        await attempts.apply_result(session, attempt_id=attempt.id, result=paid, source=Source.NOTICE, at=NOW)
        await repayment.apply_settled(session, attempt_id=attempt.id, at=NOW)
