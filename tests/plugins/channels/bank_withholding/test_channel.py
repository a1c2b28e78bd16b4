"""What the channel makes of answers and of calls that fail."""

import subprocess
import sys
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from plugins.channels.bank_withholding.config import BankWithholdingConfig
from plugins.channels.bank_withholding.plugin import CAPABILITIES
from suidai.contract import (
    BeginMandate,
    BillEmpty,
    BillKind,
    BillNotReady,
    BillRequest,
    ConfirmMandate,
    CreatePayment,
    Debit,
    ErrorCode,
    ErrorKind,
    FourElements,
    MandatePlan,
    MandateRef,
    MandateState,
    NotOffered,
    PaymentRef,
    PaymentState,
    Product,
    Refund,
    RefundRef,
    RefundState,
    Retry,
    SecretStr,
)
from tests.plugins.channels.bank_withholding.unionpay import (
    CONFIG,
    KEYS,
    NOW,
    ORDER,
    PAID,
    SUBMITTED,
    TXN_TIME,
    asked,
    channel,
    failing,
    saying,
    signed,
)

REF = PaymentRef(ORDER, SUBMITTED, provider_no="202611211015301234568")
DEBIT = Debit(ORDER, 51233, "CNY", "MD20261121000001", date(2026, 11, 21), "第3期", submitted_at=SUBMITTED)
REFUND = Refund("RF20261121000001", REF, 1233, 51233, submitted_at=SUBMITTED)
PERSON = FourElements("全渠道", "341126197709218366", "6216261000000000018", "+8613552535506")  # type: ignore[arg-type]
BEGIN = BeginMandate("MD20261121000001", PERSON, MandatePlan(100_000, ()))


@pytest.mark.parametrize(
    ("failure", "kind", "code"),
    [
        (httpx.ConnectError("x"), ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED),
        (httpx.ConnectTimeout("x"), ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED),
        (httpx.PoolTimeout("x"), ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED),
        (httpx.ReadTimeout("x"), ErrorKind.UNKNOWN, ErrorCode.TIMEOUT),
        (httpx.WriteTimeout("x"), ErrorKind.UNKNOWN, ErrorCode.TIMEOUT),
        (httpx.RemoteProtocolError("x"), ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
async def test_a_call_that_fails_is_unknown_and_says_whether_it_surely_did_nothing(
    failure: Exception, kind: ErrorKind, code: ErrorCode
) -> None:
    bank = channel(failing(failure))

    for result in (await bank.debit(DEBIT), await bank.query_payment(REF)):
        assert result.state is PaymentState.UNKNOWN
        assert result.error
        assert (result.error.kind, result.error.code) == (kind, code)
        assert result.channel_state == {"txnTime": TXN_TIME}
    assert (await bank.refund(REFUND)).state is RefundState.UNKNOWN
    assert (await bank.query_refund(RefundRef("RF1", REF, SUBMITTED))).state is RefundState.UNKNOWN
    begun = await bank.begin_mandate(BEGIN)
    assert begun.state is MandateState.UNKNOWN
    confirmed = await bank.confirm_mandate(ConfirmMandate(BEGIN.mandate_no, SecretStr("1"), begun.channel_state))
    assert (confirmed.state, confirmed.channel_state) == (MandateState.UNKNOWN, begun.channel_state)
    known = MandateRef(BEGIN.mandate_no, channel_state=begun.channel_state)
    assert (await bank.query_mandate(known)).state is MandateState.UNKNOWN
    assert (await bank.revoke_mandate(known)).state is MandateState.UNKNOWN
    assert isinstance(await bank.fetch_bill(BillRequest(date(2026, 11, 20))), BillNotReady)


def written(fields: dict[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, content=written(signed(PAID))),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"<html>maintenance</html>"),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, content=written(PAID)),
        httpx.Response(200, content=written({**signed(PAID), "signature": "AAAA"})),
        httpx.Response(200, content=written({**signed(PAID), "signPubKeyCert": "none"})),
        httpx.Response(200, content=written({**signed(PAID), "txnAmt": "1"})),
        httpx.Response(200, content=written(signed(PAID)) + b"&txnAmt=1"),
        httpx.Response(200, content=written(signed({**PAID, "signMethod": "11"}))),
    ],
    ids=range(11),
)
async def test_an_answer_that_proves_nothing_changes_nothing(answer: httpx.Response) -> None:
    result = await channel(lambda _: answer).query_payment(REF)

    assert (result.state, result.amount_fen) == (PaymentState.UNKNOWN, None)
    assert result.error
    assert result.error.kind is ErrorKind.UNKNOWN


@pytest.mark.parametrize(
    "changes",
    [
        {"orderId": "WD20261121000002"},
        {"orderId": ""},
        {"merId": "777290058110097"},
        {"txnAmt": ""},
        {"txnAmt": "512.33"},
        {"origRespCode": ""},
    ],
    ids=str,
)
async def test_an_answer_about_another_trade_or_without_a_sum_is_unknown(changes: dict[str, str]) -> None:
    told = {name: value for name, value in {**PAID, **changes}.items() if value}

    assert (await channel(saying(told)).query_payment(REF)).state is PaymentState.UNKNOWN


async def test_another_currency_is_told_for_the_core_to_refuse() -> None:
    result = await channel(saying({**PAID, "currencyCode": "840"})).query_payment(REF)

    assert (result.state, result.currency) == (PaymentState.SUCCEEDED, "840")


UNKNOWN, DECLINED, CONFIG_KIND = ErrorKind.UNKNOWN, ErrorKind.DECLINED, ErrorKind.CONFIG
CODES = [
    ("01", DECLINED, ErrorCode.OTHER, Retry.LATER_DAY),
    ("03", UNKNOWN, ErrorCode.PROCESSING, Retry.NEVER),
    ("04", UNKNOWN, ErrorCode.PROCESSING, Retry.NEVER),
    ("05", UNKNOWN, ErrorCode.PROCESSING, Retry.NEVER),
    ("10", ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER),
    ("11", CONFIG_KIND, ErrorCode.SIGN_ERROR, Retry.NEVER),
    ("12", ErrorKind.CONFLICT, ErrorCode.NUMBER_REUSED, Retry.NEVER),
    ("13", ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER),
    ("14", DECLINED, ErrorCode.ACCOUNT_INVALID, Retry.AFTER_USER_ACTION),
    ("32", CONFIG_KIND, ErrorCode.NO_PERMISSION, Retry.NEVER),
    ("34", UNKNOWN, ErrorCode.OTHER, Retry.NEVER),
    ("36", ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER),
    ("40", DECLINED, ErrorCode.MANDATE_INVALID, Retry.AFTER_USER_ACTION),
    ("51", DECLINED, ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY),
    ("57", DECLINED, ErrorCode.NOT_SUPPORTED_BANK, Retry.AFTER_USER_ACTION),
    ("61", DECLINED, ErrorCode.LIMIT_EXCEEDED, Retry.LATER_DAY),
    ("62", DECLINED, ErrorCode.NOT_SUPPORTED_BANK, Retry.AFTER_USER_ACTION),
    ("63", DECLINED, ErrorCode.ACCOUNT_FROZEN, Retry.AFTER_USER_ACTION),
    ("64", DECLINED, ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY),
    ("83", UNKNOWN, ErrorCode.OTHER, Retry.NEVER),
    ("ZZ", UNKNOWN, ErrorCode.OTHER, Retry.NEVER),
]
IDS = [code for code, *_ in CODES]


@pytest.mark.parametrize(("code", "kind", "error", "retry"), CODES, ids=IDS)
async def test_a_code_of_unionpays_means_one_of_ours(
    code: str, kind: ErrorKind, error: ErrorCode, retry: Retry
) -> None:
    told = {"merId": CONFIG["mer_id"], "orderId": ORDER, "respCode": code, "respMsg": "为什么[0000000]"}

    result = await channel(saying(told)).debit(DEBIT)

    assert result.state is (PaymentState.DECLINED if kind is DECLINED else PaymentState.UNKNOWN)
    assert result.error
    assert (result.error.kind, result.error.code, result.error.retry) == (kind, error, retry)
    assert (result.error.provider_code, result.error.provider_message) == (code, "为什么[0000000]")


@pytest.mark.parametrize("code", IDS, ids=IDS)
async def test_a_query_that_fails_says_nothing_of_the_trade(code: str) -> None:
    told = {"merId": CONFIG["mer_id"], "orderId": ORDER, "respCode": code, "origRespCode": "00"}

    result = await channel(saying(told)).query_payment(REF)

    assert result.state is (PaymentState.NOT_FOUND if code == "34" else PaymentState.UNKNOWN)
    assert result.error
    assert result.error.kind is not ErrorKind.DECLINED


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("00", PaymentState.SUCCEEDED),
        ("03", PaymentState.UNKNOWN),
        ("04", PaymentState.UNKNOWN),
        ("05", PaymentState.UNKNOWN),
        ("01", PaymentState.DECLINED),
        ("12", PaymentState.DECLINED),
        ("34", PaymentState.DECLINED),
        ("36", PaymentState.DECLINED),
        ("51", PaymentState.DECLINED),
        ("99", PaymentState.DECLINED),
        ("42", PaymentState.UNKNOWN),
        ("74", PaymentState.UNKNOWN),
        ("83", PaymentState.UNKNOWN),
        ("A6", PaymentState.UNKNOWN),
        ("ZZ", PaymentState.UNKNOWN),
    ],
)
async def test_a_query_that_works_tells_the_end_of_the_trade(code: str, state: PaymentState) -> None:
    result = await channel(saying({**PAID, "origRespCode": code})).query_payment(REF)

    assert result.state is state
    assert result.provider_no == "202611211015301234568"


@pytest.mark.parametrize(
    ("second", "state"),
    [
        (PAID, PaymentState.SUCCEEDED),
        ({**PAID, "origRespCode": "51"}, PaymentState.DECLINED),
        ({**PAID, "origRespCode": "05"}, PaymentState.UNKNOWN),
        ({"respCode": "34"}, PaymentState.UNKNOWN),
        ({"respCode": "06"}, PaymentState.UNKNOWN),
    ],
    ids=["paid", "declined", "under way", "not there", "query failed"],
)
async def test_a_debit_that_was_made_before_is_asked_about(second: dict[str, str], state: PaymentState) -> None:
    result = await channel(saying({"respCode": "12", "orderId": ORDER}, second)).debit(DEBIT)

    assert result.state is state
    assert result.channel_state == {"txnTime": TXN_TIME}


async def test_the_time_of_a_trade_is_the_one_it_was_sent_with() -> None:
    seen: list[dict[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(asked(request))
        return saying(PAID)(request)

    bank = channel(handle)
    first = await bank.debit(DEBIT)
    await bank.query_payment(PaymentRef(ORDER, NOW, channel_state=first.channel_state))
    await bank.query_payment(PaymentRef(ORDER, SUBMITTED))
    await bank.refund(REFUND)
    await bank.query_refund(RefundRef("RF20261121000001", REF, SUBMITTED))

    assert [one["txnTime"] for one in seen] == [TXN_TIME] * 5
    assert [(one["txnType"], one["txnSubType"]) for one in seen] == [
        ("11", "00"),
        ("00", "00"),
        ("00", "00"),
        ("04", "00"),
        ("00", "00"),
    ]
    assert seen[3]["origQryId"] == "202611211015301234568"


async def test_the_merchant_chooses_the_kind_of_withholding() -> None:
    seen: list[dict[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(asked(request))
        return saying({"respCode": "00"})(request)

    await channel(handle, withhold_sub_type="03", channel_type="08").debit(DEBIT)

    assert (seen[0]["txnSubType"], seen[0]["channelType"]) == ("03", "08")
    assert seen[0]["backUrl"] == "https://suidai.example.com/notify/payments/bank_withholding"


async def test_the_bind_call_repeats_number_and_time_of_the_message() -> None:
    seen: list[dict[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(asked(request))
        return saying({"respCode": "00"})(request)

    first, later = channel(handle), channel(handle, now=NOW + timedelta(minutes=3))
    begun = await first.begin_mandate(BEGIN)
    await later.confirm_mandate(ConfirmMandate(BEGIN.mandate_no, SecretStr("135790"), begun.channel_state))

    message, bind = seen
    assert (message["txnType"], bind["txnType"], bind["txnSubType"]) == ("77", "72", "01")
    for field in ("orderId", "txnTime", "accNo", "encryptCertId"):
        assert message[field] == bind[field]
    assert message["encryptCertId"] == "4098"
    assert bind["bindId"] == BEGIN.mandate_no


async def test_no_file_means_nothing_before_nine_and_an_empty_day_after() -> None:
    day = date(2026, 11, 22)

    def at(time: str) -> Any:
        # The vectors' own certificates begin on the 22nd.
        return channel(saying({"respCode": "98"}), now=datetime.fromisoformat(time)).fetch_bill(BillRequest(day))

    assert await at("2026-11-23T08:30:00+08:00") == BillNotReady(timedelta(minutes=30))
    assert await at("2026-11-23T09:00:00+08:00") == BillEmpty()
    # The day is not over: nothing is asked.
    assert await at("2026-11-22T17:00:00+08:00") == BillNotReady(timedelta(hours=16))


@pytest.mark.parametrize(
    "told",
    [{"respCode": "11"}, {"respCode": "00"}, {"respCode": "00", "fileContent": "AAAA"}],
    ids=["refused", "no content", "no zip"],
)
async def test_a_file_that_does_not_come_is_asked_for_again(told: dict[str, str]) -> None:
    answer = await channel(saying(told)).fetch_bill(BillRequest(date(2026, 11, 20)))

    assert isinstance(answer, BillNotReady)
    assert answer.error
    assert answer.retry_after == timedelta(minutes=10)


async def test_there_is_no_page_to_pay_on_and_no_bill_of_the_account() -> None:
    bank = channel(saying(PAID))

    with pytest.raises(NotOffered):
        await bank.create_payment(CreatePayment(ORDER, 1, "CNY", Product.PAGE, "还款", NOW))
    with pytest.raises(NotOffered):
        await bank.close_payment(REF)
    with pytest.raises(NotOffered):
        await bank.fetch_bill(BillRequest(date(2026, 11, 20), BillKind.FUND))
    assert not CAPABILITIES.products
    assert CAPABILITIES.autodebit


@pytest.mark.parametrize(
    ("order_no", "allowed"),
    [("WD20261121000001", True), ("WD12345", False), ("WD-20261121", False), ("W" * 32, True), ("W" * 33, False)],
)
def test_an_order_number_is_one_that_unionpay_and_its_file_can_hold(order_no: str, allowed: bool) -> None:
    assert CAPABILITIES.order_no.allows(order_no) is allowed


def test_a_key_shows_in_no_repr() -> None:
    config = BankWithholdingConfig(**CONFIG)

    assert KEYS["up_merchant.pkcs8.pem"][100:140] not in repr(config) + str(config) + repr(channel(saying(PAID)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mer_id": ""}, "mer_id"),
        ({"private_key": ""}, "private_key"),
        ({"encrypt_cert": ""}, "encrypt_cert"),
        ({"cert_id": 68759663125.0}, "cert_id"),
        ({"cert_id": "68759663125.0"}, "cert_id"),
        ({"cert_id": "6.8759663125e10"}, "cert_id"),
        ({"cert_id": True}, "cert_id"),
        ({"gateway_url": "http://gateway.95516.com/gateway/api/"}, "gateway_url"),
        ({"file_url": "http://filedownload.95516.com/"}, "file_url"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_right_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        BankWithholdingConfig(**CONFIG | changes)


def test_a_certificate_number_keeps_all_its_digits() -> None:
    number = 680007030599585239480804848218553935032880810571

    assert BankWithholdingConfig(**CONFIG | {"cert_id": number}).cert_id == str(number)
    assert BankWithholdingConfig(**CONFIG | {"cert_id": str(number)}).cert_id == str(number)


@pytest.mark.parametrize("setting", ["private_key", "root_cert", "middle_cert", "encrypt_cert"])
def test_what_is_no_key_or_certificate_is_refused_by_its_name(setting: str) -> None:
    with pytest.raises(ValueError, match=setting):
        channel(saying(PAID), **{setting: "aGVsbG8="})


def test_announcing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, plugins.channels.bank_withholding.plugin as p\n"
        "print(p.payment_channels()[0].code, *{'httpx', 'cryptography', 'pydantic', 'starlette'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()

    assert said == ["bank_withholding"]
