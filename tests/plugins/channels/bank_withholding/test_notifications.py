"""What is read in UnionPay's notices."""

import pytest

from suidai.contract import (
    ErrorCode,
    ErrorKind,
    MandateResult,
    MandateState,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentResult,
    PaymentState,
    RefundResult,
    RefundState,
    Retry,
    SignatureError,
)
from tests.plugins.channels.bank_withholding.unionpay import NOW, ORDER, PAID, TXN_TIME, channel, posted, saying, signed

SETTLED = {
    **{name: value for name, value in PAID.items() if name != "origRespCode"},
    "settleAmt": "51233",
    "settleDate": "1121",
    "traceNo": "123456",
    "traceTime": "1121101530",
}


async def read(fields: dict[str, str]) -> Notification:
    return await channel(saying(PAID)).parse_notification(posted(signed(fields)))


def payment(notice: Notification) -> PaymentResult:
    assert isinstance(notice.result, PaymentResult)
    return notice.result


async def test_a_failure_is_told_like_a_success() -> None:
    failed = {name: value for name, value in SETTLED.items() if not name.startswith("settle")}

    notice = await read({**failed, "respCode": "51", "respMsg": "余额不足[1000051]"})

    assert (notice.kind, notice.order_no) == (NotificationKind.PAYMENT, ORDER)
    result = payment(notice)
    assert result.error
    assert (result.state, result.error.code) == (PaymentState.DECLINED, ErrorCode.INSUFFICIENT_FUNDS)
    assert (result.error.retry, result.error.provider_message) == (Retry.LATER_DAY, "余额不足[1000051]")


@pytest.mark.parametrize("code", ["03", "04", "05", "06", "99", ""])
async def test_a_notice_that_proves_no_end_is_a_reason_to_ask(code: str) -> None:
    assert payment(await read({**SETTLED, "respCode": code})).state is PaymentState.UNKNOWN


async def test_an_acceptance_that_is_posted_to_us_is_no_payment() -> None:
    accepted = {name: value for name, value in PAID.items() if name != "origRespCode"}

    assert payment(await read(accepted)).state is PaymentState.PROCESSING


@pytest.mark.parametrize("code", ["51", "05", "A6"])
@pytest.mark.parametrize("txn_type", ["11", "04"])
async def test_the_answer_to_a_query_of_what_failed_is_no_payment_when_it_is_posted_to_us(
    txn_type: str, code: str
) -> None:
    notice = await read({**SETTLED, "txnType": txn_type, "origRespCode": code})

    assert notice.result
    assert notice.result.state == "PROCESSING"


async def test_a_payment_without_a_sum_that_can_be_read_is_unknown() -> None:
    assert payment(await read({**SETTLED, "txnAmt": "512.33"})).state is PaymentState.UNKNOWN


@pytest.mark.parametrize(("txn_type", "bind_id"), [("11", ""), ("04", ""), ("74", "MD20261121000001")])
async def test_what_names_another_merchant_moves_nothing(txn_type: str, bind_id: str) -> None:
    notice = await read({**SETTLED, "merId": "777290058110097", "txnType": txn_type, "bindId": bind_id})

    assert notice.result
    assert notice.result.error
    assert notice.result.state == "UNKNOWN"
    assert (notice.result.error.kind, notice.result.error.code) == (ErrorKind.CONFLICT, ErrorCode.FOREIGN_MERCHANT)


async def test_a_refund_is_a_refund_with_its_own_sum() -> None:
    notice = await read({**SETTLED, "txnType": "04", "orderId": "RF20261121000001", "txnAmt": "1233"})

    assert (notice.kind, notice.refund_no, notice.order_no) == (NotificationKind.REFUND, "RF20261121000001", None)
    assert isinstance(notice.result, RefundResult)
    assert (notice.result.state, notice.result.amount_fen) == (RefundState.SUCCEEDED, 1233)
    assert not notice.result.cumulative


@pytest.mark.parametrize(
    ("txn_type", "code", "state"),
    [
        ("72", "00", MandateState.ACTIVE),
        ("74", "00", MandateState.REVOKED),
        ("72", "66", MandateState.UNKNOWN),
        ("74", "05", MandateState.UNKNOWN),
    ],
)
async def test_a_notice_of_a_binding(txn_type: str, code: str, state: MandateState) -> None:
    notice = await read({**SETTLED, "txnType": txn_type, "respCode": code, "bindId": "MD20261121000001"})

    assert (notice.kind, notice.mandate_no) == (NotificationKind.MANDATE, "MD20261121000001")
    assert isinstance(notice.result, MandateResult)
    assert notice.result.state is state


async def test_what_is_about_something_else_is_nothing_to_us() -> None:
    notice = await read({**SETTLED, "txnType": "31"})

    assert (notice.kind, notice.result) == (NotificationKind.OTHER, None)


async def test_two_notices_of_one_end_say_the_same() -> None:
    first, again = await read(SETTLED), await read({**SETTLED, "respMsg": "Success!"})
    other = await read({**SETTLED, "respCode": "51"})

    assert first.event_id == again.event_id == f"{ORDER}:{TXN_TIME}:11:00"
    assert other.event_id != first.event_id


@pytest.mark.parametrize(
    "account",
    ["6216261000000000018", "NMT3W2b0NyNLMnHnPg==", "", "621626******0018"],
    ids=["whole", "sealed", "none", "masked"],
)
async def test_a_card_is_shown_only_where_it_is_masked(account: str) -> None:
    shown = payment(await read({**SETTLED, "accNo": account})).payer_id_masked

    assert shown == (account if "*" in account else None)


async def test_a_notice_around_new_year_has_the_year_of_its_trade() -> None:
    told = payment(await read({**SETTLED, "txnTime": "20261231235959", "traceTime": "0101000002"}))

    assert told.paid_at
    assert told.paid_at.isoformat() == "2027-01-01T00:00:02+08:00"


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"a=%FF", b"txnType=11&txnType=04", b"&".join(b"a%d=1" % n for n in range(300))],
    ids=["empty", "bytes", "no UTF-8", "twice", "endless"],
)
async def test_what_is_no_signed_form_proves_nothing(body: bytes) -> None:
    request = posted({}, NOW)
    object.__setattr__(request, "body", body)

    with pytest.raises(SignatureError):
        await channel(saying(PAID)).parse_notification(request)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (NoticeOutcome.ACCEPTED, 200),
        (NoticeOutcome.DUPLICATE, 200),
        (NoticeOutcome.REJECTED, 200),
        (NoticeOutcome.RETRY, 503),
        (NoticeOutcome.BAD_SIGNATURE, 400),
    ],
)
def test_the_status_says_whether_to_send_it_again(outcome: NoticeOutcome, status: int) -> None:
    assert channel(saying(PAID)).answer_notification(outcome).status == status
