"""What the sandbox's WeChat tells by itself, sends back, and writes into its bill."""

import gzip
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.responses import Response

from domain.shared.days import SHANGHAI
from suidai.contract import (
    BillEmpty,
    BillFile,
    BillKind,
    BillNotReady,
    BillRequest,
    BillRow,
    BillTotals,
    CloseResult,
    ErrorKind,
    NoticeOutcome,
    PaymentState,
    RawRequest,
    Refund,
    RefundRef,
    RefundResult,
    RefundState,
    SignatureError,
)
from tests.plugins.sandbox.wechat.shop import ORDER, Shop, ordered, paid, ref

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
