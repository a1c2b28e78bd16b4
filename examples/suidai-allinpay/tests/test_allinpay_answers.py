"""Answers: one that was changed on its way, or belongs to another request, says nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from allinpay_cases import BEGIN, ORDER, REF, REFUND, TODAY, Town, channel, debit, refund, town

from suidai.contract import BillNotReady, BillRequest, PaymentChannel, RefundRef

_SPOTS = 40

Call = Callable[[PaymentChannel], Awaitable[Any]]

CALLS: dict[str, Call] = {
    "query_payment": lambda channel: channel.query_payment(REF),
    "query_refund": lambda channel: channel.query_refund(RefundRef(REFUND, REF)),
    "debit": lambda channel: channel.debit(debit("AIP0000000000001")),
    "refund": lambda channel: channel.refund(refund(1_00)),
    "begin_mandate": lambda channel: channel.begin_mandate(BEGIN),
}


async def lived_in() -> Town:
    here = town()
    await here.channel.debit(await here.debit())
    await here.channel.refund(refund(100_00))
    return here


def spoiling(here: Town, spot: int) -> httpx.MockTransport:
    """The gateway, behind a line on which one byte of each answer flips."""

    def respond(request: httpx.Request) -> httpx.Response:
        answer = bytearray(here.gateway.answer(request.content))
        answer[spot * len(answer) // _SPOTS] ^= 1
        return httpx.Response(200, content=bytes(answer))

    return httpx.MockTransport(respond)


@pytest.mark.parametrize("name", CALLS)
async def test_an_answer_with_a_byte_changed_is_doubt(name: str) -> None:
    here = await lived_in()

    told = [await CALLS[name](channel(spoiling(here, spot), clock=here.clock)) for spot in range(_SPOTS)]

    assert {result.state.value for result in told} == {"UNKNOWN"}
    assert not any(result.not_executed for result in told if hasattr(result, "not_executed"))


async def test_a_statement_with_a_byte_changed_is_not_ready() -> None:
    here = await lived_in()
    here.clock.now = here.clock.now.replace(day=24)

    for spot in range(_SPOTS):
        told = await channel(spoiling(here, spot), clock=here.clock).fetch_bill(BillRequest(TODAY))
        assert isinstance(told, BillNotReady)


@pytest.mark.parametrize("content", [b"", b"{}", b"<html>busy</html>", b"\xff\xfe\x00", b"<AIPG><INFO/></AIPG>"])
@pytest.mark.parametrize("status", [200, 302, 400, 404, 500, 503])
async def test_what_is_not_allinpays_answer_decides_nothing(status: int, content: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))

    for call in CALLS.values():
        assert (await call(channel(transport))).state == "UNKNOWN"


async def test_a_signed_answer_kept_from_another_request_decides_nothing() -> None:
    here = await lived_in()
    kept: list[bytes] = []

    def replaying(request: httpx.Request) -> httpx.Response:
        kept.append(here.gateway.answer(request.content))
        return httpx.Response(200, content=kept[0])

    asking = channel(httpx.MockTransport(replaying))
    first, again = await asking.query_payment(REF), await asking.query_payment(REF)

    assert (first.state, again.state) == ("SUCCEEDED", "UNKNOWN")
    assert ORDER in here.gateway.trades[ORDER, 0].batch
