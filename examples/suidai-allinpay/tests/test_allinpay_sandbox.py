"""The gateway to try against, over HTTP: it answers, loses answers, and posts notices to where each trade wants them."""

import httpx
import pytest
from allinpay_cases import ORDER, REF, Clock, Town, channel, posted, town
from suidai_allinpay.sandbox import Allinpay, Fault
from suidai_allinpay.sandbox import app as over_http

from suidai.contract import ErrorCode, PaymentState

HERE = "http://allinpay.test"


@pytest.fixture
def http() -> tuple[Town, httpx.ASGITransport]:
    here = town()
    return here, httpx.ASGITransport(over_http.app(here.gateway))


async def test_a_repayment_over_http_is_paid_and_told(
    http: tuple[Town, httpx.ASGITransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, transport = http
    told: list[bytes] = []

    async def take(_: httpx.AsyncClient, __: Allinpay, url: str, body: bytes) -> bool:
        told.append(body)
        return url == "https://suidai.example.com/notify/payments/allinpay"

    monkeypatch.setattr(over_http, "_taken", take)
    here.channel = channel(transport, clock=Clock(), settings={"gateway_url": f"{HERE}{over_http.PATH}"})

    paid = await here.channel.debit(await here.debit())
    notice = await here.channel.parse_notification(posted(told[0]))

    assert paid.state is PaymentState.SUCCEEDED
    assert len(told) == 1
    assert (notice.order_no, notice.result) == (ORDER, paid)


async def test_a_lost_answer_is_504_and_a_break_500(http: tuple[Town, httpx.ASGITransport]) -> None:
    here, transport = http
    here.gateway.plan("200004", Fault(Fault.LOSE_ANSWER), Fault(Fault.BREAK))
    asking = channel(transport, settings={"gateway_url": f"{HERE}{over_http.PATH}"})

    told = [(await asking.query_payment(REF)).error for _ in range(2)]

    assert [(error.code, error.message) for error in told if error] == [
        (ErrorCode.SYSTEM_ERROR, "HTTP 504"),
        (ErrorCode.SYSTEM_ERROR, "HTTP 500"),
    ]


async def test_what_the_merchant_did_not_sign_is_refused(http: tuple[Town, httpx.ASGITransport]) -> None:
    _, transport = http
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        assert (await client.post(over_http.PATH, content=b"<AIPG/>")).status_code == 400
        assert (await client.get("/healthz")).text == "ok"
