"""What WeChat posts, signed and encrypted here with its throw-away keys."""

import json
from typing import Any

import pytest

from plugins.channels.wechat.gateway import Malformed
from plugins.channels.wechat.signing import NotOpened
from suidai.contract import (
    ErrorCode,
    ErrorKind,
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentResult,
    PaymentState,
    RefundResult,
    RefundState,
    SignatureError,
)
from tests.plugins.channels.wechat.platform import (
    CERTIFICATE_ONLY,
    CERTIFICATE_SERIAL,
    MCHID,
    NOTICES,
    channel,
    envelope,
    posted,
    proof,
)

PAID: dict[str, Any] = json.loads(NOTICES["cases"][0]["plaintext"])
REFUNDED: dict[str, Any] = json.loads(NOTICES["cases"][1]["plaintext"])
GONE = "(gone)"


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**base, **changes}.items() if value != GONE}


async def parsed(
    changes: dict[str, Any] | None = None, base: dict[str, Any] = PAID, event: str = "TRANSACTION.SUCCESS"
) -> Notification:
    return await channel().parse_notification(posted(envelope(event, changed(base, changes or {}))))


async def payment(changes: dict[str, Any]) -> PaymentResult:
    notice = await parsed(changes)
    assert notice.kind is NotificationKind.PAYMENT
    assert isinstance(notice.result, PaymentResult)
    return notice.result


async def refund(changes: dict[str, Any], event: str = "REFUND.SUCCESS") -> RefundResult:
    notice = await parsed(changes, REFUNDED, event)
    assert (notice.kind, notice.order_no, notice.refund_no) == (
        NotificationKind.REFUND,
        "RP202611210001",
        "RF202611210001",
    )
    assert isinstance(notice.result, RefundResult)
    return notice.result


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("SUCCESS", PaymentState.SUCCEEDED),
        ("REFUND", PaymentState.SUCCEEDED),
        ("NOTPAY", PaymentState.PROCESSING),
        ("USERPAYING", PaymentState.PROCESSING),
        ("CLOSED", PaymentState.CLOSED),
        ("REVOKED", PaymentState.CLOSED),
        ("PAYERROR", PaymentState.DECLINED),
        ("SOMETHING_NEW", PaymentState.UNKNOWN),
        (GONE, PaymentState.UNKNOWN),
        (["SUCCESS"], PaymentState.UNKNOWN),
    ],
    ids=str,
)
async def test_a_trade_state_is_read_as_a_state(said: Any, state: PaymentState) -> None:
    assert (await payment({"trade_state": said})).state is state


async def test_what_counts_is_what_was_asked_and_not_what_the_payer_paid_after_coupons() -> None:
    coupon = {"total": 102450, "payer_total": 100450, "currency": "CNY", "payer_currency": "CNY"}

    assert (await payment({"amount": coupon})).amount_fen == 102450


@pytest.mark.parametrize(
    "amount",
    [GONE, None, 102450, {}, {"payer_total": 1}, *({"total": bad} for bad in ("102450", 102450.0, True, 0, -1, None))],
    ids=str,
)
async def test_a_sum_that_cannot_be_read_moves_nothing(amount: Any) -> None:
    result = await payment({"amount": amount})

    assert (result.state, result.amount_fen) == (PaymentState.UNKNOWN, None)
    assert result.error
    assert result.error.code is ErrorCode.MALFORMED_ANSWER


async def test_another_currency_is_shown_for_the_core_to_refuse() -> None:
    assert (await payment({"amount": {"total": 102450, "currency": "HKD"}})).currency == "HKD"


@pytest.mark.parametrize("said", [{}, {"currency": ""}, {"currency": None}], ids=str)
async def test_a_currency_that_is_left_out_is_ours(said: dict[str, Any]) -> None:
    assert (await payment({"amount": {"total": 102450, **said}})).currency == "CNY"


@pytest.mark.parametrize("said", [GONE, "", "yesterday", "2026-11-21T10:16:09", 1795227330], ids=str)
async def test_a_time_that_cannot_be_read_is_not_told(said: Any) -> None:
    result = await payment({"success_time": said})

    assert (result.state, result.paid_at) == (PaymentState.SUCCEEDED, None)


@pytest.mark.parametrize(
    "changes",
    [{"appid": "wx0"}, {"appid": GONE}, {"mchid": "1900000108"}, {"mchid": GONE}, {"mchid": int(MCHID)}],
    ids=str,
)
async def test_a_notice_for_another_app_or_merchant_moves_nothing(changes: dict[str, Any]) -> None:
    result = await payment(changes)

    assert (result.state, result.amount_fen) == (PaymentState.UNKNOWN, None)
    assert result.error
    assert (result.error.kind, result.error.code) == (ErrorKind.CONFLICT, ErrorCode.FOREIGN_MERCHANT)


@pytest.mark.parametrize("changes", [{"mchid": "1900000108"}, {"mchid": GONE}, {"appid": "wx0"}], ids=str)
async def test_a_refund_of_another_merchant_moves_nothing(changes: dict[str, Any]) -> None:
    result = await refund(changes)

    assert (result.state, result.amount_fen) == (RefundState.UNKNOWN, None)
    assert result.error
    assert result.error.code is ErrorCode.FOREIGN_MERCHANT


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("SUCCESS", RefundState.SUCCEEDED),
        ("PROCESSING", RefundState.PROCESSING),
        ("CLOSED", RefundState.DECLINED),
        ("ABNORMAL", RefundState.UNKNOWN),
        ("SOMETHING_NEW", RefundState.UNKNOWN),
        (GONE, RefundState.UNKNOWN),
    ],
    ids=str,
)
async def test_only_a_refund_that_succeeded_has_given_the_money_back(said: Any, state: RefundState) -> None:
    result = await refund({"refund_status": said}, f"REFUND.{said}")

    assert (result.state, result.amount_fen, result.cumulative) == (state, 2450, False)
    assert (result.error is not None) is (said in {"CLOSED", "ABNORMAL"})


async def test_a_refund_without_its_sum_is_not_known() -> None:
    assert (await refund({"amount": {"total": 102450}})).state is RefundState.UNKNOWN


async def test_a_repeat_is_the_same_event_and_another_event_is_another() -> None:
    first, again = await parsed(), await parsed()
    others = [
        await parsed({"trade_state": "REFUND"}),
        await parsed({"out_trade_no": "RP202611210002"}),
        await parsed({}, REFUNDED, "REFUND.SUCCESS"),
        await parsed({"out_refund_no": "RF202611210002"}, REFUNDED, "REFUND.SUCCESS"),
        await parsed({"refund_status": "ABNORMAL"}, REFUNDED, "REFUND.ABNORMAL"),
    ]

    assert first.event_id == again.event_id
    assert len({first.event_id, *(other.event_id for other in others)}) == 6


async def test_a_notice_without_an_order_number_names_none() -> None:
    assert (await parsed({"out_trade_no": GONE})).order_no is None


@pytest.mark.parametrize("event", ["COUPON.USE", "", "PAYSCORE.USER_PAID"])
async def test_a_notice_of_a_kind_we_do_not_know_is_kept_and_says_nothing(event: str) -> None:
    notice = await parsed(event=event)

    assert (notice.kind, notice.result) == (NotificationKind.OTHER, None)


async def test_a_probe_is_told_from_a_forgery_and_refused_like_one() -> None:
    body = envelope("TRANSACTION.SUCCESS", PAID)
    headers = {**proof(body), "Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + proof(body)["Wechatpay-Signature"]}

    notice = await channel().parse_notification(posted(body, headers))

    assert (notice.kind, notice.result, notice.order_no) == (NotificationKind.PROBE, None, None)


async def test_a_notice_signed_with_a_certificate_is_found_by_its_serial() -> None:
    body = envelope("TRANSACTION.SUCCESS", PAID)
    by_certificate = channel(**CERTIFICATE_ONLY)

    notice = await by_certificate.parse_notification(posted(body, proof(body, serial=CERTIFICATE_SERIAL)))

    assert notice.order_no == "RP202611210001"
    with pytest.raises(SignatureError):
        await by_certificate.parse_notification(posted(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"event_type":"TRANSACTION.SUCCESS"}',
        b'{"event_type":"TRANSACTION.SUCCESS","resource":"x"}',
        b'{"event_type":"TRANSACTION.SUCCESS","resource":{"algorithm":"AES_128_ECB"}}',
        envelope("TRANSACTION.SUCCESS", [PAID]),
        envelope("REFUND.SUCCESS", "paid"),
    ],
    ids=range(10),
)
async def test_what_wechat_signed_and_nobody_can_read_is_our_trouble_and_not_a_forgery(body: bytes) -> None:
    with pytest.raises(Malformed):
        await channel().parse_notification(posted(body))


async def test_a_wrong_apiv3_key_is_our_trouble_and_is_heard_of(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotOpened):
        await channel(apiv3_key="b" * 32).parse_notification(posted(envelope("TRANSACTION.SUCCESS", PAID)))

    assert "wechat.notice_unreadable" in caplog.text
    assert "b" * 32 not in caplog.text


async def test_without_associated_data_it_opens_as_well() -> None:
    body = json.loads(envelope("TRANSACTION.SUCCESS", PAID, associated_data=""))
    del body["resource"]["associated_data"]

    notice = await channel().parse_notification(posted(json.dumps(body).encode()))

    assert notice.order_no == "RP202611210001"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (NoticeOutcome.ACCEPTED, 204),
        (NoticeOutcome.DUPLICATE, 204),
        (NoticeOutcome.REJECTED, 204),
        (NoticeOutcome.RETRY, 500),
        (NoticeOutcome.BAD_SIGNATURE, 401),
    ],
)
def test_only_what_repeating_would_help_is_asked_for_again(outcome: NoticeOutcome, status: int) -> None:
    answer = channel().answer_notification(outcome)

    assert answer.status == status
    if status == 204:
        assert answer == HttpAnswer(204)
    else:
        assert json.loads(answer.body)["code"] == "FAIL"


async def test_the_payers_numbers_do_not_show() -> None:
    notice = await parsed()

    assert PAID["payer"]["openid"] not in repr(notice)
