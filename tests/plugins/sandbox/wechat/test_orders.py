"""Orders at the sandbox's WeChat: made, paid at its cashier, closed."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from suidai.contract import (
    CloseResult,
    ErrorKind,
    JsapiParams,
    NotificationKind,
    PaymentResult,
    PaymentState,
    Product,
    QrCode,
)
from tests.plugins.sandbox.wechat.shop import ORDER, Shop, opened, ordered, paid, pay, ref

# Paying


@pytest.mark.parametrize("product", [Product.QR, Product.JSAPI, Product.H5, Product.APP])
async def test_an_order_waits_is_paid_and_told(shop: Shop, product: Product) -> None:
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.NOT_FOUND
    result = await ordered(shop, product)
    assert result.state is PaymentState.ACTION_REQUIRED
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.PROCESSING

    answer = await pay(shop, await opened(shop, result))

    assert answer.json()["paid"] is True
    (heard,) = await shop.ear.hears(1)
    assert heard.path == "/notify/payments/wechat"
    assert b"48000" not in heard.body
    notice = await shop.wechat.parse_notification(heard)
    assert (notice.kind, notice.order_no) == (NotificationKind.PAYMENT, ORDER)
    known = await shop.wechat.query_payment(ref(shop))
    for told in (notice.result, known):
        assert isinstance(told, PaymentResult)
        assert (told.state, told.amount_fen, told.currency) == (PaymentState.SUCCEEDED, 48000, "CNY")
        assert told.paid_at == shop.clock()
        assert told.payer_id_masked == "oUpF***eS6o"
        assert told.provider_no == answer.json()["transaction_id"]


async def test_a_code_is_wechats_and_asked_for_twice_the_same(shop: Shop) -> None:
    first, again = await ordered(shop), await ordered(shop)

    assert isinstance(first.action, QrCode)
    assert first.action.code_url.startswith("weixin://wxpay/bizpayurl?pr=")
    assert first.action == again.action


@pytest.mark.parametrize(
    "changed", [{"fen": 48001}, {"minutes": 31}, {"product": Product.JSAPI}], ids=["sum", "time", "product"]
)
async def test_the_same_number_for_something_else_is_refused(shop: Shop, changed: dict[str, Any]) -> None:
    await ordered(shop)

    again = await ordered(shop, **changed)

    assert again.state is PaymentState.UNKNOWN
    assert again.error
    assert (again.error.kind, again.error.provider_code) == (ErrorKind.INVALID_REQUEST, "INVALID_REQUEST")
    assert (await shop.trades())["trades"][0]["total_fen"] == 48000


async def test_an_order_for_what_is_paid_says_paid(shop: Shop) -> None:
    await paid(shop)

    assert (await ordered(shop)).state is PaymentState.SUCCEEDED


async def test_an_order_for_what_is_closed_says_closed(shop: Shop) -> None:
    await ordered(shop)
    assert await shop.wechat.close_payment(ref(shop)) is CloseResult.CLOSED

    assert (await ordered(shop)).state is PaymentState.CLOSED


async def test_parameters_that_we_have_not_signed_open_no_cashier(shop: Shop) -> None:
    result = await ordered(shop, Product.JSAPI)
    assert isinstance(result.action, JsapiParams)

    for params in ({**result.action.params, "nonceStr": "x"}, {}, []):
        answer = await shop.http.post(f"{shop.url}/wechat/app/pay", json=params)
        assert answer.status_code == 404


async def test_a_code_nobody_made_opens_no_cashier(shop: Shop) -> None:
    for code in ("weixin://wxpay/bizpayurl?pr=none", "weixin://", ""):
        answer = await shop.http.get(f"{shop.url}/wechat/scan", params={"code_url": code})
        assert answer.status_code == 404
    assert (await shop.http.get(f"{shop.url}/wechat/cashier/none")).status_code == 404
    assert (await shop.http.post(f"{shop.url}/wechat/cashier/none/pay")).status_code == 404


async def test_the_cashier_offers_what_can_be_pressed(shop: Shop) -> None:
    cashier = await opened(shop, await ordered(shop))
    labels = ("付款 Pay<", "连付两次 Pay twice<", "付款, 丢失通知 Pay, lose the notice<", "付款失败 Fail<", "仍然付款")

    waiting = (await shop.http.get(cashier)).text
    await shop.wechat.close_payment(ref(shop))
    closed = (await shop.http.get(cashier)).text
    await pay(shop, cashier, late="1")
    done = (await shop.http.get(cashier)).text

    assert "¥480.00" in waiting
    assert [label in waiting for label in labels] == [True, True, True, True, False]
    assert [label in closed for label in labels] == [False, False, False, False, True]
    assert "<button" not in done


async def test_a_page_that_was_paid_leads_back(shop: Shop) -> None:
    cashier = await opened(shop, await ordered(shop, Product.H5))

    shown = await shop.http.post(f"{cashier}/pay", data={"notices": "1"})

    assert '<a href="https://loan.example.com/return">' in shown.text


async def test_pressing_twice_at_once_takes_the_money_once_and_tells_twice(shop: Shop) -> None:
    cashier = await opened(shop, await ordered(shop))

    await pay(shop, cashier, notices=2)

    notices = [await shop.wechat.parse_notification(one) for one in await shop.ear.hears(2)]
    assert len({notice.event_id for notice in notices}) == 1
    assert len(notices) == 2
    assert (await shop.trades())["paid_fen"] == 48000


async def test_two_taps_on_pay_at_once_pay_once(shop: Shop) -> None:
    cashier = await opened(shop, await ordered(shop))

    answers = await asyncio.gather(*(pay(shop, cashier) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert len(await shop.ear.hears(1)) == 1


async def test_a_payment_that_failed_is_declined_and_cannot_be_made_any_more(shop: Shop) -> None:
    cashier = await opened(shop, await ordered(shop))

    failed = await pay(shop, cashier, fail="1")

    assert (failed.status_code, failed.json()["trade_state"]) == (409, "PAYERROR")
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.DECLINED
    assert (await pay(shop, cashier)).status_code == 409
    assert await shop.ear.hears(0) == []


async def test_a_payment_that_was_made_does_not_fail_afterwards(shop: Shop) -> None:
    cashier = await opened(shop, await ordered(shop))
    await pay(shop, cashier)

    await pay(shop, cashier, fail="1")

    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.SUCCEEDED


# Closing


async def test_an_order_that_waits_can_be_closed_and_then_not_paid(shop: Shop) -> None:
    cashier = await opened(shop, await ordered(shop))

    assert await shop.wechat.close_payment(ref(shop)) is CloseResult.CLOSED
    assert await shop.wechat.close_payment(ref(shop)) is CloseResult.CLOSED
    assert (await pay(shop, cashier)).status_code == 409
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.CLOSED


async def test_an_order_that_is_paid_or_absent_cannot_be_closed(shop: Shop) -> None:
    await paid(shop)

    assert await shop.wechat.close_payment(ref(shop)) is CloseResult.ALREADY_PAID
    assert await shop.wechat.close_payment(ref(shop, "PO0000")) is CloseResult.NOT_FOUND


async def test_a_page_that_was_open_when_we_closed_it_can_be_paid_all_the_same(shop: Shop) -> None:
    cashier = await opened(shop, await ordered(shop))
    await shop.wechat.close_payment(ref(shop))

    assert (await pay(shop, cashier, late="1")).status_code == 200
    assert (await pay(shop, cashier, late="1")).status_code == 409

    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.SUCCEEDED
    assert len(await shop.ear.hears(1)) == 1


async def test_an_order_nobody_paid_in_time_is_closed(shop: Shop) -> None:
    cashier = await opened(shop, await ordered(shop))
    shop.clock.advance(timedelta(minutes=30))

    assert (await pay(shop, cashier)).status_code == 409
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.CLOSED
