"""What goes wrong without a fault of ours, and is told as something else, is found."""

from dataclasses import replace

import pytest

from plugins.testing import Subject, mishaps_are_told
from suidai.contract import PaymentResult, PaymentState
from tests.plugins.testing.allinpay import NO, Check, changed, spoiled, then


def doubted(told: PaymentResult) -> PaymentResult:
    return replace(told, state=PaymentState.UNKNOWN)


def given_up(told: PaymentResult) -> PaymentResult:
    return replace(told, error=NO)


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
    ],
    ids=range(3),
)
async def test_a_fault_of_a_debiting_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)
