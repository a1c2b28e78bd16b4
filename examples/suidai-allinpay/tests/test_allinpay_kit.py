"""The channel keeps the contract, by the checks that every plugin's author has."""

from allinpay_cases import MANDATE, ORDER, REFUND, SUBJECT, TODAY, Town, allinpay, posted, refund, town
from suidai_allinpay.sandbox import papers

from plugins.testing import (
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
from suidai.contract import BillFile


async def paid_and_refunded() -> Town:
    here = town()
    await here.channel.debit(await here.debit())
    await here.channel.refund(refund(100_00))
    return here


def statement(here: Town | None = None) -> BillFile:
    trades = list(here.gateway.trades.values()) if here else []
    content = papers.zipped(papers.statement(allinpay().merchant_id, "20261122", trades), "20261122")
    return BillFile(content, "statement.zip", "", day=TODAY)


def test_the_spec_is_valid() -> None:
    spec_is_valid(SUBJECT)


def test_settings_are_read() -> None:
    settings_are_read(SUBJECT)


def test_it_is_announced_quickly_and_touches_nothing() -> None:
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


async def test_notices_of_payments_and_refunds_are_proven_and_answered() -> None:
    here = await paid_and_refunded()
    for number in (ORDER, REFUND):
        await notices_are_proven(SUBJECT, posted(here.gateway.notice_of(number)))
    await notices_are_answered(SUBJECT)


async def test_notices_that_want_their_number_back_are_proven_and_answered() -> None:
    here = town()
    await here.agreement()
    for body in (here.gateway.end_at_the_bank(MANDATE), here.gateway.notice_of_batch("BT20261122000001")):
        await notices_are_proven(SUBJECT, posted(body))
        await notices_are_answered(SUBJECT, posted(body))


async def test_statements_are_read() -> None:
    bills_are_read(SUBJECT, statement(await paid_and_refunded()), empty=statement())
