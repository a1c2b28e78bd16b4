"""The Alipay adapter against the sandbox's Alipay, over real HTTP."""

import asyncio
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from starlette.responses import Response

from plugins.sandbox.app import create_sandbox
from suidai.contract import (
    AppOrderString,
    CloseResult,
    CreatePayment,
    ErrorCode,
    ErrorKind,
    NoticeOutcome,
    NotificationKind,
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
from tests.plugins.sandbox.conftest import KEYS, Town, registry_for, served

ORDER = "RP202611210001"


async def ordered(
    town: Town, product: Product = Product.PAGE, order_no: str = ORDER, fen: int = 48000
) -> PaymentResult:
    return await town.alipay.create_payment(
        CreatePayment(
            order_no=order_no,
            amount_fen=fen,
            currency="CNY",
            product=product,
            subject="随贷还款, 第1期 a=b&c/d",
            expires_at=town.clock() + timedelta(minutes=30),
            return_url="https://loan.example.com/return",
            metadata={"loan": "LN1"},
        )
    )


async def opened(town: Town, result: PaymentResult) -> str:
    """Follow the action to the cashier, as a borrower's browser would; gives its address."""
    match result.action:
        case RedirectUrl(url=url) | QrCode(code_url=url):
            page = await town.http.get(url, follow_redirects=True)
        case AppOrderString(order_string=order):
            page = await town.http.post(f"{town.url}/alipay/app/pay", content=order, follow_redirects=True)
        case other:
            raise AssertionError(other)
    assert page.status_code == 200, page.text
    assert "/alipay/cashier/" in str(page.url)
    return str(page.url)


async def pay(town: Town, cashier: str, notices: int = 1, **pressed: str) -> httpx.Response:
    return await town.http.post(
        f"{cashier}/pay", data={"notices": notices, **pressed}, headers={"Accept": "application/json"}
    )


def ref(town: Town, order_no: str = ORDER) -> PaymentRef:
    return PaymentRef(order_no, town.clock())


@pytest.mark.parametrize("product", [Product.PAGE, Product.WAP, Product.APP, Product.QR])
async def test_an_order_is_unknown_until_it_is_opened_then_paid_and_told(town: Town, product: Product) -> None:
    result = await ordered(town, product)
    assert result.state is PaymentState.ACTION_REQUIRED
    assert (await town.alipay.query_payment(ref(town))).state is PaymentState.NOT_FOUND
    assert await town.alipay.close_payment(ref(town)) is CloseResult.NOT_FOUND

    cashier = await opened(town, result)
    assert (await town.alipay.query_payment(ref(town))).state is PaymentState.PROCESSING
    paid = await pay(town, cashier)

    assert paid.json()["paid"] is True
    (heard,) = await town.ear.hears(1)
    assert heard.path == "/notify/payments/alipay"
    notice = await town.alipay.parse_notification(heard)
    assert (notice.kind, notice.order_no) == (NotificationKind.PAYMENT, ORDER)
    known = await town.alipay.query_payment(ref(town))
    for told in (notice.result, known):
        assert isinstance(told, PaymentResult)
        assert (told.state, told.amount_fen, told.currency) == (PaymentState.SUCCEEDED, 48000, "CNY")
        assert told.paid_at == town.clock()
        assert told.payer_id_masked == "159****5620"
    assert isinstance(notice.result, PaymentResult)
    assert notice.result.provider_no == known.provider_no


async def test_a_subject_holds_no_separator_of_form_or_bill(town: Town) -> None:
    result = await ordered(town)

    assert isinstance(result.action, RedirectUrl)
    subject = parse_qs(urlsplit(result.action.url).query)["biz_content"][0]
    assert '"subject":"随贷还款  第1期 a b c d"' in subject


async def test_paying_twice_takes_the_money_once_and_the_notice_comes_three_times(town: Town) -> None:
    cashier = await opened(town, await ordered(town))

    assert (await pay(town, cashier, notices=3)).status_code == 200
    assert (await pay(town, cashier, notices=3)).status_code == 409

    heard = await town.ear.hears(3)
    notices = [await town.alipay.parse_notification(one) for one in heard]
    assert len(heard) == 3
    assert len({notice.event_id for notice in notices}) == 1
    assert (await town.http.get(f"{town.url}/alipay/trades")).json()["paid_fen"] == 48000


async def test_a_lost_notice_is_found_by_the_query(town: Town) -> None:
    await pay(town, await opened(town, await ordered(town)), notices=0)

    assert (await town.alipay.query_payment(ref(town))).state is PaymentState.SUCCEEDED
    assert await town.ear.hears(0) == []


async def test_a_notice_is_repeated_until_it_is_answered_success_and_not_longer(town: Town) -> None:
    answers = [NoticeOutcome.RETRY, NoticeOutcome.BAD_SIGNATURE, NoticeOutcome.ACCEPTED]

    def answer(_: RawRequest) -> Response:
        told = town.alipay.answer_notification(answers[len(town.ear.heard) - 1])
        return Response(told.body, told.status, dict(told.headers))

    town.ear.answer = answer
    await pay(town, await opened(town, await ordered(town)))

    assert len(await town.ear.hears(3)) == 3
    assert len({one.body for one in town.ear.heard}) == 1


@pytest.mark.parametrize("body", [b"SUCCESS", b'"success"', b"success\n", b"<p>success</p>"])
async def test_only_the_seven_bytes_end_the_repeats(town: Town, body: bytes) -> None:
    town.ear.answer = lambda _: Response(body)

    await pay(town, await opened(town, await ordered(town)))

    assert len(await town.ear.hears(2)) >= 2


async def test_a_tampered_notice_proves_nothing(town: Town) -> None:
    await pay(town, await opened(town, await ordered(town)))
    (heard,) = await town.ear.hears(1)

    body = heard.body.replace(b"total_amount=480.00", b"total_amount=4800.00")
    assert body != heard.body
    with pytest.raises(SignatureError):
        await town.alipay.parse_notification(RawRequest("POST", heard.path, "", heard.headers, body, town.clock()))


async def test_what_is_in_the_address_of_a_notice_counts_nothing(town: Town) -> None:
    await pay(town, await opened(town, await ordered(town)))
    (heard,) = await town.ear.hears(1)

    notice = await town.alipay.parse_notification(
        RawRequest("POST", heard.path, "total_amount=1.00&sign=x", heard.headers, heard.body, town.clock())
    )
    assert isinstance(notice.result, PaymentResult)
    assert notice.result.amount_fen == 48000


async def test_an_order_that_waits_can_be_closed_and_then_not_paid(town: Town) -> None:
    cashier = await opened(town, await ordered(town))

    assert await town.alipay.close_payment(ref(town)) is CloseResult.CLOSED
    assert await town.alipay.close_payment(ref(town)) is CloseResult.CLOSED
    assert (await pay(town, cashier)).status_code == 409
    assert (await town.alipay.query_payment(ref(town))).state is PaymentState.CLOSED


async def test_an_order_that_is_paid_cannot_be_closed(town: Town) -> None:
    await pay(town, await opened(town, await ordered(town)))

    assert await town.alipay.close_payment(ref(town)) is CloseResult.ALREADY_PAID


async def test_an_order_that_was_opened_too_late_cannot_be_paid_and_stays_unknown(town: Town) -> None:
    result = await ordered(town)
    town.clock.advance(timedelta(minutes=31))

    assert isinstance(result.action, RedirectUrl)
    assert (await town.http.get(result.action.url)).status_code == 409
    assert (await town.alipay.query_payment(ref(town))).state is PaymentState.NOT_FOUND


async def test_an_order_nobody_paid_in_time_is_closed(town: Town) -> None:
    cashier = await opened(town, await ordered(town))
    town.clock.advance(timedelta(minutes=31))

    assert (await pay(town, cashier)).status_code == 409
    assert (await town.alipay.query_payment(ref(town))).state is PaymentState.CLOSED


async def test_the_same_number_with_another_sum_is_a_conflict(town: Town) -> None:
    await ordered(town, Product.QR)

    again = await ordered(town, Product.QR, fen=48001)

    assert again.state is PaymentState.UNKNOWN
    assert again.error
    assert again.error.kind is ErrorKind.CONFLICT


async def test_a_code_asked_for_twice_is_the_same_code(town: Town) -> None:
    assert (await ordered(town, Product.QR)).action == (await ordered(town, Product.QR)).action


async def test_a_code_for_what_is_paid_says_paid(town: Town) -> None:
    await pay(town, await opened(town, await ordered(town, Product.QR)))

    assert (await ordered(town, Product.QR)).state is PaymentState.SUCCEEDED


async def test_refunds_in_parts_come_as_refunds_and_each_happens_once(town: Town) -> None:
    await pay(town, await opened(town, await ordered(town)))
    await town.ear.hears(1)
    part = Refund("RF1", ref(town), 8000, 48000, "多收")

    first = await town.alipay.refund(part)
    repeat = await town.alipay.refund(part)
    other_sum = await town.alipay.refund(Refund("RF1", ref(town), 8001, 48000))
    rest = await town.alipay.refund(Refund("RF2", ref(town), 40000, 48000))
    too_much = await town.alipay.refund(Refund("RF3", ref(town), 1, 48000))

    assert (first.state, first.amount_fen) == (RefundState.SUCCEEDED, 8000)
    assert (repeat.state, repeat.error) == (RefundState.PROCESSING, None)
    assert other_sum.error
    assert (other_sum.state, other_sum.error.kind) == (RefundState.UNKNOWN, ErrorKind.CONFLICT)
    assert rest.state is RefundState.SUCCEEDED
    assert too_much.state is RefundState.DECLINED
    asked = await town.alipay.query_refund(RefundRef("RF1", ref(town)))
    assert (asked.state, asked.amount_fen, asked.refunded_at) == (RefundState.SUCCEEDED, 8000, town.clock())
    never = await town.alipay.query_refund(RefundRef("RF9", ref(town)))
    assert never.state is RefundState.PROCESSING

    notices = [await town.alipay.parse_notification(one) for one in (await town.ear.hears(3))[1:]]
    assert [(notice.kind, notice.refund_no) for notice in notices] == [
        (NotificationKind.REFUND, "RF1"),
        (NotificationKind.REFUND, "RF2"),
    ]
    sums = [notice.result for notice in notices]
    assert all(isinstance(one, RefundResult) and one.cumulative for one in sums)
    assert [one.amount_fen for one in sums if isinstance(one, RefundResult)] == [8000, 48000]
    # Wholly given back, the trade is closed; it was a payment all the same.
    assert (await town.alipay.query_payment(ref(town))).state is PaymentState.SUCCEEDED
    assert await town.alipay.close_payment(ref(town)) is CloseResult.ALREADY_PAID


async def test_a_request_that_was_changed_on_its_way_is_not_taken(town: Town) -> None:
    result = await ordered(town)
    assert isinstance(result.action, RedirectUrl)
    address = urlsplit(result.action.url)
    params = dict(parse_qsl(address.query))
    params["biz_content"] = params["biz_content"].replace("480.00", "4.80")

    answer = await town.http.get(f"{town.url}{address.path}?{urlencode(params)}")

    assert answer.status_code == 409
    assert "isv.invalid-signature" in answer.text


async def test_a_gateway_that_does_not_know_our_key_is_a_fault_of_configuration(town: Town) -> None:
    stranger = type(town.registry).discover(
        {
            "alipay": {
                "app_id": "2021000000000001",
                "seller_id": "2088000000000001",
                "app_private_key": KEYS["wx_merchant.pkcs8.pem"],
                "alipay_public_key": KEYS["alipay_platform.pub.pem"],
                "gateway_url": f"{town.url}/alipay/gateway.do",
            }
        },
        {},
        clock=town.clock,
        notify_base_url=town.ear.url,
        allow_sandbox=True,
    )
    alipay = stranger.channel("alipay")

    result = await alipay.query_payment(ref(town))
    health = await alipay.health()
    await stranger.close()

    assert result.state is PaymentState.UNKNOWN
    assert result.error
    assert (result.error.kind, result.error.code) == (ErrorKind.CONFIG, ErrorCode.SIGN_ERROR)
    assert not health.ok
    assert (await town.alipay.health()).ok


async def test_the_sandbox_remembers_and_goes_on_posting_after_it_was_stopped(town: Town, tmp_path: Path) -> None:
    town.ear.answer = lambda _: Response(b"fail")
    await pay(town, await opened(town, await ordered(town)))
    await town.ear.hears(1)
    town.ear.answer = lambda _: Response(b"success")

    # The file is left as a kill -9 would leave it: nobody closes the first sandbox before the second reads it.
    async with served(create_sandbox(town.settings, town.clock)) as url:
        again = registry_for(url, town.ear.url, town.clock)
        assert (await again.channel("alipay").query_payment(ref(town))).state is PaymentState.SUCCEEDED
        assert len(await town.ear.hears(2)) >= 2
        await again.close()
    assert (tmp_path / "sandbox.sqlite3").exists()


async def test_a_cashier_that_is_asked_for_nothing_says_so(town: Town) -> None:
    assert (await town.http.get(f"{town.url}/alipay/cashier/none")).status_code == 404
    assert (await town.http.post(f"{town.url}/alipay/cashier/none/pay")).status_code == 404


async def test_two_taps_on_pay_at_once_pay_once(town: Town) -> None:
    cashier = await opened(town, await ordered(town))

    answers = await asyncio.gather(*(pay(town, cashier) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert len(await town.ear.hears(1)) == 1


async def test_the_first_page_shows_rules_trades_and_what_is_to_go_wrong(town: Town) -> None:
    await town.http.post(f"{town.url}/faults", json={"party": "alipay", "fault": "BREAK", "order": "<b>"})

    shown = (await town.http.get(town.url)).text

    assert "its address lives for 30 seconds" in shown
    assert '<a href="alipay/trades">' in shown
    assert "Can go wrong: <code>BAD_SIGNATURE, BILL_BAD_TOTAL, BILL_EXTRA_ROW" in shown
    assert "<code>BREAK</code> Nothing is done, and the answer is HTTP 500." in shown
    assert "alipay: BREAK &lt;b&gt; × 1" in shown
