"""A batch that is made twice, or of which an item is given up, is found."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from suidai_allinpay.channel import AllinpayChannel

from plugins.testing import Subject, batches_are_kept
from suidai.contract import BatchResult, DebitBatch, PaymentRef, PaymentResult, PaymentState
from tests.plugins.testing.allinpay import NO, Check, instead, spoiled, then

TRIES = count(1)


async def batches_anew(self: Any, asked: DebitBatch) -> BatchResult:
    return await AllinpayChannel.debit_batch(self, replace(asked, batch_no=f"{asked.batch_no[:-1]}{next(TRIES) % 10}"))


async def forgets_the_place(self: Any, asked: PaymentRef) -> PaymentResult:
    return await AllinpayChannel.query_payment(self, replace(asked, batch_no=None, batch_position=None))


def declined(asked: DebitBatch, result: BatchResult) -> BatchResult:
    return replace(
        result, items={item.order_no: PaymentResult(PaymentState.DECLINED, error=NO) for item in asked.items}
    )


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (batches_are_kept, spoiled(debit_batch=batches_anew), "a batch that was sent twice leaves"),
        (batches_are_kept, then("debit_batch", declined), "without an answer is DECLINED"),
        (batches_are_kept, spoiled(query_payment=forgets_the_place), "asked about by its place, is NOT_FOUND"),
        (
            batches_are_kept,
            instead("query_batch", BatchResult({"X": PaymentResult(PaymentState.PROCESSING)})),
            "numbers that it was not given",
        ),
    ],
    ids=range(4),
)
async def test_a_fault_of_a_debiting_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)
