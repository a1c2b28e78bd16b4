"""What Alipay posts, signed here with the platform's throw-away key."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from plugins.channels.alipay.signing import sign, string_to_verify
from plugins.keys import private_key
from suidai.contract import (
    ErrorCode,
    HttpAnswer,
    MandateResult,
    MandateState,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentResult,
    PaymentState,
    RefundResult,
    RefundState,
    SignatureError,
)
from tests.plugins.channels.test_alipay_vectors import KEYS, VECTORS, channel, posted

PLATFORM = private_key(KEYS["alipay_platform.pkcs8.pem"], "platform")
PAID: dict[str, str] = {
    name: value for name, value in VECTORS["notifications"][0]["params"].items() if name not in {"sign", "sign_type"}
}
AGREEMENT: dict[str, str] = {
    name: value for name, value in VECTORS["notifications"][5]["params"].items() if name not in {"sign", "sign_type"}
}


def form(params: dict[str, str]) -> str:
    return urlencode({**params, "sign": sign(string_to_verify(params), PLATFORM), "sign_type": "RSA2"})


async def parsed(base: dict[str, str] = PAID, **changes: str) -> Notification:
    return await channel().parse_notification(posted(form({**base, **changes})))


async def payment(**changes: str) -> PaymentResult:
    notice = await parsed(**changes)
    assert notice.kind is NotificationKind.PAYMENT
    assert isinstance(notice.result, PaymentResult)
    return notice.result


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"trade_status": "TRADE_SUCCESS"}, PaymentState.SUCCEEDED),
        ({"trade_status": "TRADE_FINISHED"}, PaymentState.SUCCEEDED),
        ({"trade_status": "WAIT_BUYER_PAY"}, PaymentState.PROCESSING),
        ({"trade_status": "TRADE_CLOSED", "gmt_payment": ""}, PaymentState.CLOSED),
        ({"trade_status": "TRADE_CLOSED"}, PaymentState.CLOSED),
        ({"trade_status": "TRADE_SOMETHING_NEW"}, PaymentState.UNKNOWN),
        ({"refund_fee": "0.00"}, PaymentState.SUCCEEDED),
    ],
)
async def test_a_status_is_read_as_a_state(changes: dict[str, str], state: PaymentState) -> None:
    assert (await payment(**changes)).state is state


@pytest.mark.parametrize("sum_", ["1024.5", "1024.50"])
async def test_a_sum_may_leave_its_last_zero_out(sum_: str) -> None:
    assert (await payment(total_amount=sum_)).amount_fen == 102450


@pytest.mark.parametrize("sum_", ["", "1e3", "-1.00", "1,024.50", "1024.505", "NaN", "１０.00"])
async def test_a_sum_that_cannot_be_read_moves_nothing(sum_: str) -> None:
    result = await payment(total_amount=sum_)

    assert (result.state, result.amount_fen) == (PaymentState.UNKNOWN, None)


async def test_another_currency_is_shown_for_the_core_to_refuse() -> None:
    assert (await payment(trans_currency="USD")).currency == "USD"


async def test_a_currency_that_is_left_empty_is_ours() -> None:
    assert (await payment(trans_currency="")).currency == "CNY"


@pytest.mark.parametrize("written", ["2026-11-21 10:16:09", "2026-11-21T02:16:09Z", "2026-11-21 10:16:09.000+08:00"])
async def test_a_time_is_beijings_unless_it_says_otherwise(written: str) -> None:
    told = (await payment(gmt_payment=written)).paid_at

    assert told == datetime(2026, 11, 21, 2, 16, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes", [{"app_id": "2021000000000002"}, {"seller_id": "2088000000000009"}, {"seller_id": ""}]
)
async def test_a_notice_for_another_app_or_merchant_moves_nothing(changes: dict[str, str]) -> None:
    paid, refunded = await payment(**changes), (await parsed(refund_fee="1.00", **changes)).result

    assert (paid.state, paid.amount_fen) == (PaymentState.UNKNOWN, None)
    assert paid.error
    assert paid.error.code is ErrorCode.FOREIGN_MERCHANT
    assert isinstance(refunded, RefundResult)
    assert refunded.state is RefundState.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "fen"),
    [
        ({"refund_fee": "24.50", "out_biz_no": "RF1"}, 2450),
        ({"refund_fee": "1024.50", "out_biz_no": "RF1", "trade_status": "TRADE_CLOSED"}, 102450),
        ({"gmt_refund": "2026-11-22 09:00:00.123", "out_biz_no": "RF1"}, None),
        ({"refund_fee": "24.50", "out_biz_no": "RF1", "trade_status": "TRADE_FINISHED"}, 2450),
    ],
)
async def test_whatever_speaks_of_a_refund_is_no_payment(changes: dict[str, str], fen: int | None) -> None:
    notice = await parsed(**changes)

    assert (notice.kind, notice.order_no, notice.refund_no) == (NotificationKind.REFUND, "RP202611210001", "RF1")
    assert isinstance(notice.result, RefundResult)
    assert (notice.result.state, notice.result.amount_fen, notice.result.cumulative) == (
        RefundState.SUCCEEDED,
        fen,
        True,
    )


async def test_two_refunds_are_two_events_and_a_repeat_is_none() -> None:
    first, again, second = [
        await parsed(refund_fee=fee, out_biz_no=number, notify_id=notify_id)
        for fee, number, notify_id in [("1.00", "RF1", "a"), ("1.00", "RF1", "b"), ("2.00", "RF2", "c")]
    ]

    assert first.event_id == again.event_id
    assert len({first.event_id, second.event_id, (await parsed()).event_id}) == 3


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, MandateState.ACTIVE),
        ({"notify_type": "dut_user_unsign", "status": "UNSIGN"}, MandateState.REVOKED),
        ({"status": "STOP"}, MandateState.UNKNOWN),
        ({"partner_id": "2088000000000009"}, MandateState.UNKNOWN),
    ],
)
async def test_an_agreement_is_signed_and_given_up(changes: dict[str, str], state: MandateState) -> None:
    notice = await parsed(AGREEMENT, **changes)

    assert (notice.kind, notice.mandate_no) == (NotificationKind.MANDATE, "AG202611210001")
    assert isinstance(notice.result, MandateResult)
    assert notice.result.state is state


async def test_a_notice_of_a_kind_we_do_not_know_is_kept_and_says_nothing() -> None:
    notice = await parsed(notify_type="servicewindow_notify")

    assert (notice.kind, notice.result) == (NotificationKind.OTHER, None)


def forged(**changes: str) -> str:
    signed = form(PAID)
    return signed + "".join(f"&{name}={value}" for name, value in changes.items())


@pytest.mark.parametrize(
    "body",
    [
        "",
        "sign=x",
        urlencode(PAID),
        urlencode({**PAID, "sign": "not base64!", "sign_type": "RSA2"}),
        forged(total_amount="1.00"),
        forged(extra="1"),
        form(PAID).replace("sign_type=RSA2", "sign_type=RSA"),
        form(PAID).replace("%E5%B0%8F", "%D0%A1"),
        "&".join(f"a{number}=1" for number in range(300)),
    ],
)
async def test_what_is_not_signed_by_alipay_proves_nothing(body: str) -> None:
    with pytest.raises(SignatureError):
        await channel().parse_notification(posted(body))


async def test_empty_fields_are_part_of_what_was_signed() -> None:
    params = {**PAID, "body": ""}

    assert (await channel().parse_notification(posted(form(params)))).order_no == "RP202611210001"
    with pytest.raises(SignatureError):
        await channel().parse_notification(posted(form(params).replace("&body=", "")))


async def test_a_signature_by_our_own_key_is_not_alipays() -> None:
    ours = private_key(KEYS["alipay_app.pkcs8.pem"], "app")
    body = urlencode({**PAID, "sign": sign(string_to_verify(PAID), ours), "sign_type": "RSA2"})

    with pytest.raises(SignatureError):
        await channel().parse_notification(posted(body))


@pytest.mark.parametrize(
    ("outcome", "body"),
    [
        (NoticeOutcome.ACCEPTED, b"success"),
        (NoticeOutcome.DUPLICATE, b"success"),
        (NoticeOutcome.REJECTED, b"success"),
        (NoticeOutcome.RETRY, b"fail"),
        (NoticeOutcome.BAD_SIGNATURE, b"fail"),
    ],
)
def test_only_what_repeating_would_help_is_asked_for_again(outcome: NoticeOutcome, body: bytes) -> None:
    answer = channel().answer_notification(outcome)

    assert answer == HttpAnswer(200, {"Content-Type": "text/plain; charset=utf-8"}, body)


async def test_the_payers_numbers_do_not_show() -> None:
    notice: Any = await parsed()

    assert "2088102116773037" not in repr(notice)
