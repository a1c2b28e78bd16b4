"""A debit that is made twice, dated or told wrongly, or denied, is found."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from suidai_allinpay.channel import AllinpayChannel

from plugins.testing import Subject, debits_are_made_once, what_was_done_is_not_denied
from suidai import channel_samples
from suidai.contract import Debit, PaymentRef, PaymentResult, PaymentState
from tests.plugins.testing.allinpay import NOTHING_DONE, Check, altered, purse, spoiled, then

TRIES = count(1)


async def debits_anew(self: Any, asked: Debit) -> PaymentResult:
    return await AllinpayChannel.debit(self, replace(asked, order_no=f"{asked.order_no[:-1]}{next(TRIES) % 10}"))


async def cuts_the_number(self: Any, asked: Debit) -> PaymentResult:
    return await AllinpayChannel.debit(self, replace(asked, order_no=f"{asked.order_no[:-1]}d"))


async def asks_by_the_cut_number(self: Any, asked: PaymentRef) -> PaymentResult:
    return await AllinpayChannel.query_payment(self, replace(asked, order_no=f"{asked.order_no[:-1]}d"))


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (debits_are_made_once, spoiled(debit=debits_anew), "sent twice leaves 204818 fen taken"),
        (
            debits_are_made_once,
            then("debit", lambda asked, told: replace(told, state=PaymentState.DECLINED)),
            "a debit without an answer is DECLINED",
        ),
        (
            debits_are_made_once,
            then(
                "debit",
                lambda asked, told: told if told.error is None else replace(told, state=PaymentState.PROCESSING),
            ),
            "a debit without an answer is PROCESSING",
        ),
        (
            debits_are_made_once,
            then("query_payment", lambda asked, told: replace(told, amount_fen=1)),
            "of 102409 fen is told as 1",
        ),
        (
            debits_are_made_once,
            then("query_payment", lambda asked, told: replace(told, paid_at=None)),
            "does not say when",
        ),
        (
            debits_are_made_once,
            then("query_payment", lambda asked, told: replace(told, amount_fen=float(told.amount_fen))),
            "of 102409 fen is told as 102409.0",
        ),
        (
            debits_are_made_once,
            then("query_payment", lambda asked, told: replace(told, paid_at=told.paid_at + timedelta(hours=8))),
            "the wall clock that providers write is Beijing's",
        ),
        (
            debits_are_made_once,
            spoiled(debit=cuts_the_number, query_payment=asks_by_the_cut_number),
            "differs in its last letter, .*leaves 102409 fen taken",
        ),
        (debits_are_made_once, purse(taken_fen=lambda self: 0), "leaves 0 fen taken, not 102409"),
        (
            what_was_done_is_not_denied,
            then("debit", lambda asked, told: replace(told, error=NOTHING_DONE)),
            "debit was sent, and is said to have done nothing",
        ),
    ],
    ids=range(10),
)
async def test_a_fault_of_a_debiting_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)


async def test_a_debit_that_is_held_to_be_made_because_it_was_tried_is_found() -> None:
    async def once(self: Any, asked: Debit) -> PaymentResult:
        tried: set[str] = self.__dict__.setdefault("tried", set())
        if asked.order_no in tried:
            return PaymentResult(PaymentState.UNKNOWN)
        tried.add(asked.order_no)
        return await AllinpayChannel.debit(self, asked)

    with pytest.raises(AssertionError, match="made again by the same process, leaves 0 fen taken"):
        await debits_are_made_once(spoiled(debit=once))


async def test_a_debit_that_is_dated_by_the_hour_of_the_call_is_found() -> None:
    unionpay = channel_samples.bank_withholding()
    base = type(unionpay.channel())

    async def debits_now(self: Any, asked: Debit) -> PaymentResult:
        return await base.debit(self, replace(asked, submitted_at=unionpay.now))

    with pytest.raises(AssertionError, match="as when the answer was lost and channel_state with it, is NOT_FOUND"):
        await debits_are_made_once(altered(unionpay, debit=debits_now))
