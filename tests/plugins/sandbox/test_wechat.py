"""The WeChat Pay adapter against the sandbox's WeChat, over real HTTP."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.routing import Route

from domain.shared.days import SHANGHAI
from domain.shared.settings import Settings
from plugins.registry import Registry
from plugins.sandbox.app import create_sandbox
from suidai.contract import (
    AppOrderString,
    BillEmpty,
    BillFile,
    BillKind,
    BillNotReady,
    BillRequest,
    BillRow,
    BillTotals,
    CloseResult,
    CreatePayment,
    ErrorCode,
    ErrorKind,
    JsapiParams,
    NoticeOutcome,
    NotificationKind,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    Product,
    QrCode,
    RawRequest,
    RedirectUrl,
    Refund,
    RefundRef,
    RefundResult,
    RefundState,
    SignatureError,
)
from tests.plugins.sandbox.conftest import KEYS, BusinessTime, Ear, served

ORDER = "PO2611ABCDEFGH1234567890"
SHARED = {
    "appid": "wxd678efh567hg6787",
    "mchid": "1900000109",
    "merchant_serial": "444F4864EA9B34415B9C1F4C3F5E4A6B7C8D9E0F",
    "apiv3_key": "aaaaaaaaB1c2D3e4F5g6H7i8J9k0LmNo",
    "wechatpay_public_key_id": "PUB_KEY_ID_0119000001092026112100000000000001",
}
THEIRS = SHARED | {
    "merchant_public_key": KEYS["wx_merchant.pub.pem"],
    "wechatpay_private_key": KEYS["wx_platform.pkcs8.pem"],
}
OURS = SHARED | {
    "merchant_private_key": KEYS["wx_merchant.pkcs8.pem"],
    "wechatpay_public_key": KEYS["wx_platform.pub.pem"],
}


@dataclass
class Shop:
    """A merchant's channel, the sandbox's WeChat, and an ear for what it posts."""

    url: str
    clock: BusinessTime
    ear: Ear
    wechat: PaymentChannel
    http: httpx.AsyncClient

    async def trades(self) -> dict[str, Any]:
        return (await self.http.get(f"{self.url}/wechat/trades")).json()


def registry_at(url: str, clock: BusinessTime, **changes: str) -> Registry:
    settings = OURS | {"gateway_url": f"{url}/wechat"} | changes
    return Registry.discover({"wechat": settings}, {}, clock=clock, notify_base_url=url, allow_sandbox=True)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    clock = BusinessTime()
    ear = Ear(clock, answer=lambda _: Response(status_code=204))
    settings = Settings(home=tmp_path, sandbox={"wechat": THEIRS, "pace": {"ladder_scale": 0.05 / 15}})
    app = create_sandbox(settings, clock)
    app.router.routes.append(Route("/notify/{rest:path}", ear.listen, methods=["POST"]))
    async with served(app) as url:
        ear.url = url
        registry = registry_at(url, clock)
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            yield Shop(url, clock, ear, registry.channel("wechat"), http)
        await registry.close()


async def ordered(
    shop: Shop, product: Product = Product.QR, order_no: str = ORDER, fen: int = 48000, minutes: int = 30
) -> PaymentResult:
    return await shop.wechat.create_payment(
        CreatePayment(
            order_no=order_no,
            amount_fen=fen,
            currency="CNY",
            product=product,
            subject="随贷还款, 第1期",
            expires_at=shop.clock() + timedelta(minutes=minutes),
            client_ip="203.0.113.7",
            payer_id="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
            return_url="https://loan.example.com/return",
            metadata={"loan": "LN1"},
        )
    )


async def opened(shop: Shop, result: PaymentResult) -> str:
    """Follow the action to the cashier, as a borrower's phone would; gives its address."""
    match result.action:
        case QrCode(code_url=code):
            page = await shop.http.get(f"{shop.url}/wechat/scan", params={"code_url": code}, follow_redirects=True)
        case RedirectUrl(url=url):
            page = await shop.http.get(url, follow_redirects=True)
        case JsapiParams(params=params):
            page = await shop.http.post(f"{shop.url}/wechat/app/pay", json=dict(params), follow_redirects=True)
        case AppOrderString(order_string=order):
            page = await shop.http.post(f"{shop.url}/wechat/app/pay", content=order, follow_redirects=True)
        case other:
            raise AssertionError(other)
    assert page.status_code == 200, page.text
    assert "/wechat/cashier/" in str(page.url)
    return str(page.url)


async def pay(shop: Shop, cashier: str, notices: int = 1, **pressed: str) -> httpx.Response:
    return await shop.http.post(
        f"{cashier}/pay", data={"notices": notices, **pressed}, headers={"Accept": "application/json"}
    )


async def paid(shop: Shop, order_no: str = ORDER, fen: int = 48000) -> None:
    assert (await pay(shop, await opened(shop, await ordered(shop, order_no=order_no, fen=fen)))).status_code == 200


async def plan(shop: Shop, fault: str, *, order: str = ORDER) -> None:
    asked = {"party": "wechat", "fault": fault, "order": order}
    assert (await shop.http.post(f"{shop.url}/faults", json=asked)).status_code == 201


def ref(shop: Shop, order_no: str = ORDER) -> PaymentRef:
    return PaymentRef(order_no, shop.clock())


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


# Notices


async def test_a_notice_is_repeated_and_signed_anew_until_it_is_taken_and_not_longer(shop: Shop) -> None:
    answers = [NoticeOutcome.RETRY, NoticeOutcome.BAD_SIGNATURE, NoticeOutcome.ACCEPTED]

    def answer(_: RawRequest) -> Response:
        told = shop.wechat.answer_notification(answers[len(shop.ear.heard) - 1])
        shop.clock.advance(timedelta(minutes=6))
        return Response(told.body, told.status, dict(told.headers))

    shop.ear.answer = answer
    await paid(shop)

    heard = await shop.ear.hears(3)
    assert len(heard) == 3
    assert len({one.body for one in heard}) == 1
    assert len({one.headers["Wechatpay-Signature"] for one in heard}) == 3
    for one in heard:
        assert (await shop.wechat.parse_notification(one)).order_no == ORDER


@pytest.mark.parametrize("status", [201, 302, 400, 500])
async def test_only_200_and_204_end_the_repeats(shop: Shop, status: int) -> None:
    shop.ear.answer = lambda _: Response(status_code=status)

    await paid(shop)

    assert len(await shop.ear.hears(2)) >= 2


async def test_a_notice_that_was_changed_or_is_late_proves_nothing(shop: Shop) -> None:
    await paid(shop)
    (heard,) = await shop.ear.hears(1)

    body = heard.body.replace(b"TRANSACTION", b"transaction")
    for changed, at in ((body, shop.clock()), (heard.body, shop.clock() + timedelta(seconds=302))):
        with pytest.raises(SignatureError):
            await shop.wechat.parse_notification(RawRequest("POST", heard.path, "", heard.headers, changed, at))


# Refunds


async def test_refunds_in_parts_are_accepted_first_and_done_once(shop: Shop) -> None:
    await paid(shop)
    await shop.ear.hears(1)
    part = Refund("RF1", ref(shop), 8000, 48000, "多收")

    first, repeat = await shop.wechat.refund(part), await shop.wechat.refund(part)
    other_sum = await shop.wechat.refund(Refund("RF1", ref(shop), 8001, 48000))
    rest = await shop.wechat.refund(Refund("RF2", ref(shop), 40000, 48000))
    too_much = await shop.wechat.refund(Refund("RF3", ref(shop), 1, 48000))

    assert (first.state, first.amount_fen, first.cumulative) == (RefundState.PROCESSING, 8000, False)
    assert (repeat.state, repeat.amount_fen) == (RefundState.SUCCEEDED, 8000)
    assert rest.state is RefundState.PROCESSING
    for refused in (other_sum, too_much):
        assert refused.error
        assert (refused.state, refused.error.kind) == (RefundState.UNKNOWN, ErrorKind.INVALID_REQUEST)
    asked = await shop.wechat.query_refund(RefundRef("RF1", ref(shop)))
    assert (asked.state, asked.amount_fen, asked.refunded_at) == (RefundState.SUCCEEDED, 8000, shop.clock())
    assert (await shop.wechat.query_refund(RefundRef("RF3", ref(shop)))).state is RefundState.NOT_FOUND

    notices = [await shop.wechat.parse_notification(one) for one in (await shop.ear.hears(3))[1:]]
    told = [notice.result for notice in notices]
    assert {notice.refund_no for notice in notices} == {"RF1", "RF2"}
    assert {(one.state, one.amount_fen) for one in told if isinstance(one, RefundResult)} == {
        (RefundState.SUCCEEDED, 8000),
        (RefundState.SUCCEEDED, 40000),
    }
    # Wholly given back, it was a payment all the same.
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.SUCCEEDED
    assert await shop.wechat.close_payment(ref(shop)) is CloseResult.ALREADY_PAID
    assert (await shop.trades())["trades"][0]["refunded_fen"] == 48000


async def test_what_was_not_paid_is_not_refunded(shop: Shop) -> None:
    await ordered(shop)

    assert (await shop.wechat.refund(Refund("RF1", ref(shop), 1, 48000))).state is RefundState.UNKNOWN
    nowhere = Refund("RF2", ref(shop, "PO0000"), 1, 48000)
    assert (await shop.wechat.refund(nowhere)).state is RefundState.NOT_FOUND


async def test_a_refund_number_is_used_once_for_all_orders(shop: Shop) -> None:
    await paid(shop)
    await paid(shop, "PO2")
    await shop.wechat.refund(Refund("RF1", ref(shop), 100, 48000))

    assert (await shop.wechat.refund(Refund("RF1", ref(shop, "PO2"), 100, 48000))).state is RefundState.UNKNOWN
    assert [one["refunded_fen"] for one in (await shop.trades())["trades"]] == [100, 0]


# Bills

DAY = date(2026, 11, 21)


async def bill(shop: Shop, day: date = DAY) -> Any:
    return await shop.wechat.fetch_bill(BillRequest(day))


async def test_a_bill_says_what_was_paid_and_refunded_to_the_fen(shop: Shop) -> None:
    await paid(shop)
    shop.clock.advance(timedelta(seconds=1))
    await paid(shop, "PO000002", 33333)
    shop.clock.advance(timedelta(seconds=1))
    await shop.wechat.refund(Refund("RF1", ref(shop), 8000, 48000))
    shop.clock.advance(timedelta(days=1))
    await shop.wechat.refund(Refund("RF2", ref(shop), 40000, 48000))

    found = await bill(shop)

    assert isinstance(found, BillFile)
    assert (found.hash_ok, found.day) == (True, DAY)
    assert gzip.decompress(found.content).startswith(b"\xef\xbb\xbf")
    *rows, totals = shop.wechat.parse_bill(found)
    assert [
        (row.kind, row.order_no, row.refund_no, row.amount_fen, row.received_fen, row.fee_fen)
        for row in rows
        if isinstance(row, BillRow)
    ] == [
        (BillKind.PAYMENT, ORDER, None, 48000, 48000, 288),
        (BillKind.PAYMENT, "PO000002", None, 33333, 33333, 200),
        (BillKind.REFUND, ORDER, "RF1", 8000, 8000, -48),
    ]
    assert totals == BillTotals(payments_fen=81333, refunds_fen=8000, fees_fen=440)

    shop.clock.advance(timedelta(days=1))
    *rows, totals = shop.wechat.parse_bill(await bill(shop, DAY + timedelta(days=1)))
    assert totals == BillTotals(payments_fen=0, refunds_fen=40000, fees_fen=-240)
    assert len(rows) == 1


async def test_a_bill_is_there_from_ten_o_clock_of_the_next_day(shop: Shop) -> None:
    await paid(shop)

    assert isinstance(await bill(shop), BillNotReady)
    shop.clock.at = shop.clock.at.astimezone(SHANGHAI).replace(day=22, hour=9, minute=59, second=59)
    assert await bill(shop) == BillNotReady(timedelta(minutes=30))
    shop.clock.advance(timedelta(seconds=1))
    assert isinstance(await bill(shop), BillFile)


async def test_a_payment_a_second_before_midnight_in_beijing_is_of_that_day(shop: Shop) -> None:
    shop.clock.at = shop.clock.at.astimezone(SHANGHAI).replace(hour=23, minute=59, second=59)
    await paid(shop)
    shop.clock.advance(timedelta(days=2))

    assert isinstance(await bill(shop), BillFile)
    assert await bill(shop, DAY + timedelta(days=1)) == BillEmpty()


async def test_a_bill_lies_nowhere_else(shop: Shop) -> None:
    answer = await shop.http.get(f"{shop.url}/wechat/v3/billdownload/file", params={"token": "x"})

    assert answer.status_code == 401


# Who asks, and what goes wrong


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"merchant_private_key": KEYS["alipay_app.pkcs8.pem"]}, id="another key"),
        pytest.param({"merchant_serial": "AB12"}, id="another certificate"),
        pytest.param({"mchid": "1900000108"}, id="another merchant"),
    ],
)
async def test_whom_wechat_does_not_know_is_refused_and_told_so_under_its_signature(
    shop: Shop, changes: dict[str, str]
) -> None:
    registry = registry_at(shop.url, shop.clock, **changes)
    stranger = registry.channel("wechat")

    result, health = await stranger.query_payment(ref(shop)), await stranger.health()
    await registry.close()

    assert result.error
    assert (result.state, result.error.kind, result.error.code) == (
        PaymentState.UNKNOWN,
        ErrorKind.CONFIG,
        ErrorCode.SIGN_ERROR,
    )
    assert not health.ok
    assert (await shop.wechat.health()).ok


async def test_an_answer_of_somebody_else_is_not_wechats(shop: Shop) -> None:
    registry = registry_at(shop.url, shop.clock, wechatpay_public_key=KEYS["alipay_platform.pub.pem"])

    result = await registry.channel("wechat").query_payment(ref(shop))
    await registry.close()

    assert result.error
    assert (result.state, result.error.code) == (PaymentState.UNKNOWN, ErrorCode.BAD_SIGNATURE_ON_ANSWER)


async def test_what_is_not_signed_is_refused(shop: Shop) -> None:
    answer = await shop.http.post(f"{shop.url}/wechat/v3/pay/transactions/native", json={})

    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    assert answer.headers["Wechatpay-Signature"]


async def test_a_notice_that_is_lost_is_found_by_the_query(shop: Shop) -> None:
    await plan(shop, "LOSE_NOTICE")
    await paid(shop)

    assert await shop.ear.hears(0) == []
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.SUCCEEDED


async def test_a_notice_is_repeated(shop: Shop) -> None:
    await plan(shop, "REPEAT_NOTICE")
    await paid(shop)

    assert len({one.body for one in await shop.ear.hears(3)}) == 1


async def test_an_answer_signed_by_nobody_changes_nothing(shop: Shop) -> None:
    await paid(shop)
    await plan(shop, "BAD_SIGNATURE")

    first = await shop.wechat.query_payment(ref(shop))

    assert first.error
    assert (first.state, first.error.code) == (PaymentState.UNKNOWN, ErrorCode.BAD_SIGNATURE_ON_ANSWER)
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.SUCCEEDED


async def test_a_refund_whose_answer_is_lost_was_done_all_the_same(shop: Shop) -> None:
    await paid(shop)
    await plan(shop, "LOSE_ANSWER")
    part = Refund("RF1", ref(shop), 8000, 48000)

    lost, repeat = await shop.wechat.refund(part), await shop.wechat.refund(part)

    assert lost.error
    assert (lost.state, lost.error.code) == (RefundState.UNKNOWN, ErrorCode.SYSTEM_ERROR)
    assert repeat.state is RefundState.SUCCEEDED
    assert (await shop.trades())["trades"][0]["refunded_fen"] == 8000


async def test_what_breaks_has_done_nothing_and_nobody_can_know(shop: Shop) -> None:
    await ordered(shop)
    await plan(shop, "BREAK")

    assert await shop.wechat.close_payment(ref(shop)) is CloseResult.UNKNOWN
    assert (await shop.wechat.query_payment(ref(shop))).state is PaymentState.PROCESSING


async def test_one_fen_less_is_seen_everywhere_it_is_told(shop: Shop) -> None:
    await plan(shop, "WRONG_AMOUNT")
    await paid(shop)

    (heard,) = await shop.ear.hears(1)
    notice = (await shop.wechat.parse_notification(heard)).result
    assert isinstance(notice, PaymentResult)
    assert notice.amount_fen == 47999
    assert (await shop.wechat.query_payment(ref(shop))).amount_fen == 47999


async def test_a_fault_strikes_a_question_about_a_refund_too(shop: Shop) -> None:
    await paid(shop)
    await shop.wechat.refund(Refund("RF1", ref(shop), 8000, 48000))
    await plan(shop, "BREAK")

    assert (await shop.wechat.query_refund(RefundRef("RF1", ref(shop)))).state is RefundState.UNKNOWN
    assert (await shop.wechat.query_refund(RefundRef("RF1", ref(shop)))).state is RefundState.SUCCEEDED


async def test_what_wechat_cannot_do_wrong_it_is_not_told_to(shop: Shop) -> None:
    answer = await shop.http.post(f"{shop.url}/faults", json={"party": "wechat", "fault": "INSUFFICIENT_FUNDS"})

    assert answer.status_code == 422


async def test_the_first_page_shows_wechats_rules(shop: Shop) -> None:
    shown = (await shop.http.get(shop.url)).text

    assert "微信支付 WeChat Pay" in shown
    assert '<a href="wechat/trades">' in shown
    assert json.dumps(SHARED["apiv3_key"]).strip('"') not in shown
