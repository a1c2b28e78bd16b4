"""A refund that is made twice, or told wrongly, is found."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from suidai_allinpay.channel import AllinpayChannel

from plugins.testing import Subject, refunds_are_made_once
from suidai.contract import Refund, RefundResult, RefundState
from tests.plugins.testing.allinpay import Check, instead, spoiled, then

TRIES = count(1)


async def refunds_anew(self: Any, asked: Refund) -> RefundResult:
    return await AllinpayChannel.refund(self, replace(asked, refund_no=f"{asked.refund_no[:-1]}{next(TRIES) % 10}"))


async def one_refund_an_order(self: Any, asked: Refund) -> RefundResult:
    return await AllinpayChannel.refund(self, replace(asked, refund_no=f"RF{asked.payment.order_no[2:]}"))


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (refunds_are_made_once, spoiled(refund=one_refund_an_order), "another refund, under RF.* leaves 100778 fen"),
        (refunds_are_made_once, spoiled(refund=refunds_anew), "sent twice leaves"),
        (
            refunds_are_made_once,
            instead("refund", RefundResult(RefundState.SUCCEEDED)),
            "without an answer is SUCCEEDED",
        ),
        (
            refunds_are_made_once,
            then("query_refund", lambda asked, told: replace(told, amount_fen=told.amount_fen + 1)),
            "a refund of 1631 fen is told as 1632",
        ),
        (
            refunds_are_made_once,
            instead("query_refund", RefundResult(RefundState.NOT_FOUND)),
            "channel_state with it, is NOT_FOUND",
        ),
    ],
    ids=range(5),
)
async def test_a_fault_of_a_debiting_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)
