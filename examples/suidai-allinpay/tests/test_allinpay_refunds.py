"""A refund: in full, in parts, too much, unheard of; and what a query makes of it."""

import pytest
from allinpay_cases import NOW, ORDER, REF, REFUND, Town, refund, town
from suidai_allinpay.sandbox import Fault

from suidai.contract import ErrorCode, ErrorKind, RefundRef, RefundState

ASKED = RefundRef(REFUND, REF, NOW)


async def paid() -> Town:
    here = town()
    await here.channel.debit(await here.debit())
    return here


async def test_a_payment_is_given_back() -> None:
    here = await paid()

    told = await here.channel.refund(refund())

    assert (told.state, told.amount_fen, told.currency) == (RefundState.SUCCEEDED, 1022_50, "CNY")
    assert not told.cumulative
    sent = here.gateway.heard[-2].one("REFUND")
    assert (sent["ORGBATCHID"], sent["ORGBATCHSN"], sent["BUSINESS_CODE"]) == (ORDER, "0", "09200")


async def test_a_payment_is_given_back_in_parts_but_never_more_than_came() -> None:
    here = await paid()

    parts = [await here.channel.refund(refund(fen, f"{REFUND}{fen}")) for fen in (1000_00, 22_50, 1)]

    assert [part.state for part in parts] == [RefundState.SUCCEEDED, RefundState.SUCCEEDED, RefundState.DECLINED]
    assert parts[2].error
    assert parts[2].error.code is ErrorCode.NOT_REFUNDABLE


async def test_a_refund_sent_twice_is_one_refund() -> None:
    here = await paid()

    first, again = await here.channel.refund(refund(100_00)), await here.channel.refund(refund(100_00))

    assert first == again
    assert len(here.gateway.trades) == 2


async def test_a_refund_without_an_answer_is_found_by_its_number() -> None:
    here = await paid()
    here.gateway.plan(REFUND, Fault(Fault.LOSE_ANSWER))

    lost = await here.channel.refund(refund(100_00))
    found = await here.channel.query_refund(ASKED)

    assert lost.state is RefundState.UNKNOWN
    assert lost.error
    assert lost.error.kind is ErrorKind.UNKNOWN
    assert (found.state, found.amount_fen) == (RefundState.SUCCEEDED, 100_00)


@pytest.mark.parametrize("code", ["2000", "2007", "2008", "0003", "0014"])
async def test_a_refund_in_between_is_asked_about(code: str) -> None:
    here = await paid()
    here.gateway.plan(REFUND, Fault(Fault.DETAIL, code))

    sent = await here.channel.refund(refund(100_00))
    before = await here.channel.query_refund(ASKED)
    here.gateway.settle(REFUND)
    after = await here.channel.query_refund(ASKED)

    open_states = {RefundState.PROCESSING, RefundState.UNKNOWN}
    assert {sent.state, before.state} <= open_states
    assert after.state is RefundState.SUCCEEDED


async def test_a_merchant_without_money_gives_nothing_back_today() -> None:
    here = await paid()
    here.gateway.plan(REFUND, Fault(Fault.DETAIL, "3008"))

    told = await here.channel.refund(refund(100_00))

    assert told.state is RefundState.DECLINED
    assert told.error
    assert told.error.code is ErrorCode.INSUFFICIENT_FUNDS


async def test_a_refund_nobody_sent_is_not_found() -> None:
    here = await paid()

    assert (await here.channel.query_refund(ASKED)).state is RefundState.NOT_FOUND


async def test_a_payment_is_not_taken_for_a_refund_under_its_number() -> None:
    here = await paid()

    told = await here.channel.query_refund(RefundRef(ORDER, REF, NOW))

    assert told.state is RefundState.UNKNOWN
