"""The bank withholding channel keeps the contract, by the checks that every plugin's author has."""

from plugins.channels.bank_withholding.plugin import payment_channels
from plugins.testing import (
    Subject,
    a_bill_in_doubt_is_not_ready,
    bills_are_read,
    doubt_is_unknown,
    imports_quickly,
    notices_are_answered,
    notices_are_proven,
    offers_what_it_says,
    secrets_stay_secret,
    settings_are_read,
    spec_is_valid,
    what_was_not_sent_is_known,
)
from tests.plugins.channels.test_unionpay_vectors import CONFIG, NOW, ORDER, bill, posted, vector_of

SUBJECT = Subject(
    payment_channels()[0], CONFIG, module="plugins.channels.bank_withholding.plugin", order_no=ORDER, now=NOW
)


def test_the_spec_is_valid() -> None:
    spec_is_valid(SUBJECT)


def test_settings_are_read() -> None:
    settings_are_read(SUBJECT)


def test_it_is_announced_quickly() -> None:
    imports_quickly(SUBJECT)


async def test_it_offers_what_it_says() -> None:
    await offers_what_it_says(SUBJECT)


async def test_doubt_is_unknown() -> None:
    await doubt_is_unknown(SUBJECT)
    await a_bill_in_doubt_is_not_ready(SUBJECT)


async def test_what_was_not_sent_is_known() -> None:
    await what_was_not_sent_is_known(SUBJECT)


async def test_no_secret_shows() -> None:
    await secrets_stay_secret(SUBJECT)


async def test_notices_are_proven_and_answered() -> None:
    await notices_are_proven(SUBJECT, posted(vector_of("responses", "notify_success")["back_notify_form"]))
    await notices_are_answered(SUBJECT)


def test_bills_are_read() -> None:
    bills_are_read(SUBJECT, bill())
