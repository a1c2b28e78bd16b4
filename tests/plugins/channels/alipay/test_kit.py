"""The Alipay channel keeps the contract, by the checks that every plugin's author has."""

from plugins.channels.alipay.plugin import payment_channels
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
from tests.plugins.channels.alipay.bill_files import FOLDER, bill
from tests.plugins.channels.test_alipay_vectors import CONFIG, VECTORS, posted

SUBJECT = Subject(payment_channels()[0], CONFIG, module="plugins.channels.alipay.plugin")
GOOD = next(vector for vector in VECTORS["notifications"] if vector["expect"].get("business") == "PAID")


def test_the_spec_is_valid() -> None:
    spec_is_valid(SUBJECT)


def test_settings_are_read() -> None:
    settings_are_read(SUBJECT)


def test_it_is_announced_quickly() -> None:
    imports_quickly(SUBJECT)


async def test_it_offers_what_it_says() -> None:
    await offers_what_it_says(SUBJECT)
    await offers_what_it_says(Subject(SUBJECT.spec, {**CONFIG, "withholding": False}))


async def test_doubt_is_unknown() -> None:
    await doubt_is_unknown(SUBJECT)
    await a_bill_in_doubt_is_not_ready(SUBJECT)


async def test_what_was_not_sent_is_known() -> None:
    await what_was_not_sent_is_known(SUBJECT)


async def test_no_secret_shows() -> None:
    await secrets_stay_secret(SUBJECT)


async def test_notices_are_proven_and_answered() -> None:
    await notices_are_proven(SUBJECT, posted(GOOD["form_body"]))
    await notices_are_answered(SUBJECT)


def test_bills_are_read() -> None:
    file = bill((FOLDER / "alipay_20880000000000010156_20261120.csv.zip").read_bytes())
    empty = bill((FOLDER / "alipay_20880000000000010156_20261121_empty.csv.zip").read_bytes(), day=None)

    bills_are_read(SUBJECT, file, empty=empty)
