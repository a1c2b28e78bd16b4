"""What the channel makes of calls that fail and of answers that prove nothing."""

from datetime import timedelta

import httpx
import pytest

from suidai.contract import (
    CloseResult,
    ErrorCode,
    ErrorKind,
    PaymentState,
    RefundState,
    Retry,
)
from tests.plugins.channels.wechat.platform import (
    ABSENT,
    NOW,
    PAID,
    REF,
    REFUND,
    REFUND_REF,
    Answer,
    answer,
    answering,
    channel,
    is_signed,
    order,
    proof,
)


def failing(failure: Exception) -> Answer:
    def handle(_: httpx.Request) -> httpx.Response:
        raise failure

    return handle


@pytest.mark.parametrize(
    ("failure", "kind", "code"),
    [
        (httpx.ConnectError("x"), ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED),
        (httpx.ConnectTimeout("x"), ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED),
        (httpx.PoolTimeout("x"), ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED),
        (httpx.ReadTimeout("x"), ErrorKind.UNKNOWN, ErrorCode.TIMEOUT),
        (httpx.WriteTimeout("x"), ErrorKind.UNKNOWN, ErrorCode.TIMEOUT),
        (httpx.RemoteProtocolError("x"), ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR),
        (httpx.ReadError("x"), ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else None,
)
async def test_a_call_that_fails_is_unknown_and_says_whether_it_surely_did_nothing(
    failure: Exception, kind: ErrorKind, code: ErrorCode
) -> None:
    wechat = channel(failing(failure))

    for result in (await wechat.query_payment(REF), await wechat.create_payment(order())):
        assert result.state is PaymentState.UNKNOWN
        assert result.error
        assert (result.error.kind, result.error.code) == (kind, code)
        assert result.not_executed is (kind is ErrorKind.NOT_EXECUTED)
    assert await wechat.close_payment(REF) is CloseResult.UNKNOWN
    assert (await wechat.refund(REFUND)).state is RefundState.UNKNOWN
    assert (await wechat.query_refund(REFUND_REF)).state is RefundState.UNKNOWN


def at_first_host(failure: Exception, then: Answer) -> tuple[Answer, list[str]]:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        assert is_signed(request)
        if request.url.host == "api.mch.weixin.qq.com":
            raise failure
        return then(request)

    return handle, asked


@pytest.mark.parametrize("failure", [httpx.ConnectError("x"), httpx.ConnectTimeout("x")], ids=["refused", "timeout"])
async def test_what_could_not_be_connected_to_is_asked_at_the_other_host(failure: Exception) -> None:
    gateway, asked = at_first_host(failure, answering(answer(PAID)))

    result = await channel(gateway, backup_url="https://api2.mch.weixin.qq.com").query_payment(REF)

    assert result.state is PaymentState.SUCCEEDED
    assert asked == ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"]


@pytest.mark.parametrize(
    ("config", "asked"),
    [
        ({}, ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"]),
        ({"gateway_url": "https://api.mch.weixin.qq.com/"}, ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"]),
        ({"backup_url": ""}, ["api.mch.weixin.qq.com"]),
        ({"gateway_url": "https://wechat.test"}, ["wechat.test"]),
    ],
    ids=["not said", "with a slash", "none", "another gateway"],
)
async def test_wechats_own_other_host_is_asked_unless_told_otherwise(config: dict[str, str], asked: list[str]) -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        raise httpx.ConnectError("x")

    result = await channel(handle, **config).query_payment(REF)

    assert result.not_executed
    assert seen == asked


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("x"), httpx.WriteError("x")], ids=["no answer", "half sent"])
async def test_what_may_have_left_is_not_sent_to_the_other_host(failure: Exception) -> None:
    gateway, asked = at_first_host(failure, answering(answer(PAID)))

    result = await channel(gateway, backup_url="https://api2.mch.weixin.qq.com").create_payment(order())

    assert result.state is PaymentState.UNKNOWN
    assert asked == ["api.mch.weixin.qq.com"]


FORGED = httpx.Response(404, headers=proof(b"{}"), json=ABSENT)
# A number with a larger exponent than can be read.
ENDLESS = b'{"code": 1e99999999999999999999}'


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (httpx.Response(404, json=ABSENT), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (FORGED, ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (answer(ABSENT, 404, at=NOW - timedelta(seconds=301)), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (answer(ABSENT, 404, serial="PUB_KEY_ID_9"), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (httpx.Response(200, json=PAID), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (httpx.Response(502, text="<html>bad gateway</html>"), ErrorCode.SYSTEM_ERROR),
        (answer([PAID]), ErrorCode.MALFORMED_ANSWER),
        (answer({**PAID, "out_trade_no": "RP202611210002"}), ErrorCode.MALFORMED_ANSWER),
        (answer({**PAID, "mchid": "1900000108"}), ErrorCode.MALFORMED_ANSWER),
        (answer({**PAID, "appid": "wx0"}), ErrorCode.MALFORMED_ANSWER),
        (answer({**PAID, "amount": {"payer_total": 102450}}), ErrorCode.MALFORMED_ANSWER),
        (answer(None), ErrorCode.MALFORMED_ANSWER),
        (answer(None, 204), ErrorCode.MALFORMED_ANSWER),
        (httpx.Response(200, headers=proof(b"{"), content=b"{"), ErrorCode.MALFORMED_ANSWER),
        (httpx.Response(200, headers=proof(ENDLESS), content=ENDLESS), ErrorCode.MALFORMED_ANSWER),
        (httpx.Response(404, content=ENDLESS), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
    ],
    ids=range(17),
)
async def test_an_answer_that_proves_nothing_is_unknown(told: httpx.Response, code: ErrorCode) -> None:
    result = await channel(answering(told)).query_payment(REF)

    assert result.state is PaymentState.UNKNOWN
    assert result.error
    assert (result.error.kind, result.error.code) == (ErrorKind.UNKNOWN, code)


async def test_a_probe_among_the_answers_is_unknown_and_not_a_refusal() -> None:
    headers = {**proof(b"{}"), "Wechatpay-Signature": "WECHATPAY/SIGNTEST/abc"}

    result = await channel(answering(httpx.Response(200, headers=headers, content=b"{}"))).create_payment(order())

    assert result.state is PaymentState.UNKNOWN
    assert not result.not_executed


D, U, C = ErrorKind.DECLINED, ErrorKind.UNKNOWN, ErrorKind.CONFIG


@pytest.mark.parametrize(
    ("status", "said", "kind", "code", "retry"),
    [
        (401, "SIGN_ERROR", C, ErrorCode.SIGN_ERROR, Retry.NEVER),
        (400, "APPID_MCHID_NOT_MATCH", C, ErrorCode.OTHER, Retry.NEVER),
        (400, "MCH_NOT_EXISTS", C, ErrorCode.OTHER, Retry.NEVER),
        (403, "NO_AUTH", C, ErrorCode.NO_PERMISSION, Retry.NEVER),
        (400, "PARAM_ERROR", ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER),
        (400, "INVALID_REQUEST", ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER),
        (403, "RULE_LIMIT", D, ErrorCode.LIMIT_EXCEEDED, Retry.NEVER),
        (403, "NOT_ENOUGH", D, ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY),
        (403, "USER_ACCOUNT_ABNORMAL", D, ErrorCode.ACCOUNT_INVALID, Retry.AFTER_USER_ACTION),
        (429, "FREQUENCY_LIMITED", ErrorKind.NOT_EXECUTED, ErrorCode.RATE_LIMITED, Retry.NEVER),
        (429, "RATELIMIT_EXCEEDED", ErrorKind.NOT_EXECUTED, ErrorCode.RATE_LIMITED, Retry.NEVER),
        (500, "SYSTEM_ERROR", U, ErrorCode.SYSTEM_ERROR, Retry.NEVER),
        (502, "BANK_ERROR", U, ErrorCode.SYSTEM_ERROR, Retry.NEVER),
        (503, "SOMETHING_NEW", U, ErrorCode.SYSTEM_ERROR, Retry.NEVER),
        (403, "SOMETHING_NEW", U, ErrorCode.OTHER, Retry.NEVER),
    ],
)
async def test_a_code_of_wechats_means_one_of_ours(
    status: int, said: str, kind: ErrorKind, code: ErrorCode, retry: Retry
) -> None:
    wechat = channel(answering(answer({"code": said, "message": "为什么"}, status)))

    paid, refunded = await wechat.create_payment(order()), await wechat.refund(REFUND)

    assert paid.state is (PaymentState.DECLINED if kind is D else PaymentState.UNKNOWN)
    assert refunded.state is (RefundState.DECLINED if kind is D else RefundState.UNKNOWN)
    for error in (paid.error, refunded.error):
        assert error
        assert (error.kind, error.code, error.retry) == (kind, code, retry)
        assert (error.provider_code, error.provider_message) == (said, "为什么")
