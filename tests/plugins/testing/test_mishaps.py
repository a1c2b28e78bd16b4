"""What goes wrong without a fault of ours, and is told as something else, is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from plugins.testing import Mishap, Subject, mishaps_are_told
from plugins.testing.subject import NothingToTry
from suidai.contract import Notification, PaymentResult, PaymentState, RawRequest, RefundState
from tests.plugins.testing.allinpay import NO, Check, altered, changed, purse, spoiled, then


def doubted(told: PaymentResult) -> PaymentResult:
    return replace(told, state=PaymentState.UNKNOWN)


def given_up(told: PaymentResult) -> PaymentResult:
    return replace(told, error=NO)


def ended(state: Any, after: Any) -> Callable[[Any, Any], Any]:
    """What is told so is said to be this."""
    return lambda asked, told: replace(told, state=state, amount_fen=1) if told.state == after else told


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (
            mishaps_are_told,
            then("query_payment", lambda asked, told: replace(told, amount_fen=102409)),
            "of 102410 fen is told as 102409",
        ),
        (
            mishaps_are_told,
            spoiled(debit=changed("debit", doubted), query_payment=changed("query_payment", doubted)),
            "a debit without money is UNKNOWN",
        ),
        (
            mishaps_are_told,
            spoiled(debit=changed("debit", given_up), query_payment=changed("query_payment", given_up)),
            "may be tried on a LATER_DAY, so it is not tried again: .*NEVER",
        ),
        (
            mishaps_are_told,
            then("query_payment", ended(PaymentState.SUCCEEDED, "PROCESSING")),
            "a payment that is still in hand is SUCCEEDED",
        ),
        (
            mishaps_are_told,
            then("query_payment", ended(PaymentState.DECLINED, "PROCESSING")),
            "a payment that is still in hand is DECLINED",
        ),
        (
            mishaps_are_told,
            then("query_payment", ended(PaymentState.DECLINED, "UNKNOWN")),
            "a payment of which it is told by a word that nobody knows is DECLINED",
        ),
        (
            mishaps_are_told,
            then("query_refund", ended(RefundState.SUCCEEDED, "PROCESSING")),
            "a refund that is still in hand is SUCCEEDED",
        ),
        (
            mishaps_are_told,
            then("refund", ended(RefundState.DECLINED, "UNKNOWN")),
            "a refund of which it is told by a word that nobody knows is DECLINED",
        ),
    ],
    ids=range(8),
)
async def test_a_fault_of_a_debiting_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)


async def test_a_borrower_whose_payment_waits_is_followed_too(tillpay: Subject) -> None:
    base: Any = type(tillpay.channel())

    async def query(self: Any, ref: Any) -> PaymentResult:
        told: PaymentResult = await base.query_payment(self, ref)
        return replace(told, state=PaymentState.CLOSED) if told.state is PaymentState.PROCESSING else told

    await mishaps_are_told(tillpay)
    with pytest.raises(AssertionError, match="a payment that is still in hand is CLOSED"):
        await mishaps_are_told(altered(tillpay, query_payment=query))


async def test_a_notice_that_says_the_sum_that_was_asked_is_found(tillpay: Subject) -> None:
    base: Any = type(tillpay.channel())

    async def parse(self: Any, request: RawRequest) -> Notification:
        read: Notification = await base.parse_notification(self, request)
        assert isinstance(read.result, PaymentResult)
        return replace(read, result=replace(read.result, amount_fen=1024_09))

    with pytest.raises(
        AssertionError, match=r"in a notice, a payment that turned out .* of 102408 fen is told as 102409"
    ):
        await mishaps_are_told(altered(tillpay, parse_notification=parse))


async def test_a_gateway_that_plays_no_mishap_is_told_what_it_could_play() -> None:
    with pytest.raises(NothingToTry, match=".*".join(Mishap)):
        await mishaps_are_told(purse(happens=lambda self, number, mishap: False))
