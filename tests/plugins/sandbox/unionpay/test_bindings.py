"""Cards are bound and unbound at the sandbox's UnionPay, over real HTTP."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from plugins.sandbox.faults import Fault
from suidai.contract import (
    ErrorCode,
    MandateRef,
    MandateState,
    PaymentState,
    Retry,
    SmsSent,
)
from tests.plugins.sandbox.unionpay.bank import (
    CARD,
    ID_NUMBER,
    MANDATE,
    NAME,
    PHONE,
    Bank,
    Keys,
    begun,
    bound,
    code_on_the_phone,
    confirmed,
    debit,
    withheld,
)


async def test_a_card_is_bound_by_its_four_elements_and_the_code_on_the_phone(bank: Bank) -> None:
    started = await begun(bank)
    result = await confirmed(bank, started, await code_on_the_phone(bank))

    assert (started.state, started.action) == (MandateState.ACTION_REQUIRED, SmsSent("135****5506"))
    assert (result.state, result.token) == (MandateState.ACTIVE, MANDATE)
    assert result.account_masked == "6216 **** **** 0018"
    known = await bank.channel.query_mandate(MandateRef(MANDATE, result.token, channel_state=result.channel_state))
    assert (known.state, known.token) == (MandateState.ACTIVE, MANDATE)


async def test_nothing_of_a_person_can_be_read_in_what_is_kept_logged_or_audited(
    bank: Bank, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    started = await begun(bank)
    code = await code_on_the_phone(bank)
    result = await confirmed(bank, started, code)
    await withheld(bank)

    kept = repr(started) + repr(result) + repr(bank.channel) + repr(bank.registry.channels())
    audited = "".join(one.url + one.request + one.response for one in bank.audited)
    assert len(bank.audited) >= 4
    assert "txnType=72" in audited
    for secret in (CARD, NAME, ID_NUMBER, PHONE, code, keys["channel"]["private_key"][100:140]):
        assert secret not in kept + audited + caplog.text
    # In base64 a name is not hidden.
    for field in ("customerInfo", "accNo"):
        assert set(re.findall(rf"\b{field}=([^&\n]*)", audited)) == {"***"}
    assert "packed" in started.channel_state
    assert set(result.channel_state) == {"orderId", "txnTime", "account"}


async def test_the_names_that_wait_open_with_our_key_and_for_their_mandate_only(bank: Bank) -> None:
    started = await begun(bank)

    stolen = await confirmed(bank, started, await code_on_the_phone(bank), "MD20261121000002")

    assert stolen.state is MandateState.DECLINED
    assert stolen.error
    assert stolen.error.retry is Retry.AFTER_USER_ACTION


async def test_a_wrong_code_may_be_tried_again_and_not_for_ever(bank: Bank) -> None:
    started = await begun(bank)
    code = await code_on_the_phone(bank)
    wrong = "000000" if code != "000000" else "111111"

    first = await confirmed(bank, started, wrong)
    assert first.state is MandateState.ACTION_REQUIRED
    assert first.error
    assert first.error.retry is Retry.AFTER_USER_ACTION
    assert (await bank.channel.query_mandate(MandateRef(MANDATE, channel_state=first.channel_state))).state is (
        MandateState.NOT_FOUND
    )
    assert (await confirmed(bank, first, code)).state is MandateState.ACTIVE

    again = await begun(bank, mandate_no="MD20261121000002")
    code = await code_on_the_phone(bank)
    for _ in range(3):
        await confirmed(bank, again, wrong, "MD20261121000002")
    assert (await confirmed(bank, again, code, "MD20261121000002")).state is MandateState.ACTION_REQUIRED


async def test_a_code_is_good_for_five_minutes(bank: Bank) -> None:
    started = await begun(bank)
    code = await code_on_the_phone(bank)

    bank.clock.advance(timedelta(minutes=6))

    assert (await confirmed(bank, started, code)).state is MandateState.ACTION_REQUIRED


async def test_a_person_who_is_not_the_cards_owner_is_declined(bank: Bank) -> None:
    card = "6216261000000000404"

    result = await confirmed(bank, await begun(bank, card), await code_on_the_phone(bank))

    assert result.state is MandateState.DECLINED
    assert result.error
    assert (result.error.code, result.error.retry) == (ErrorCode.ACCOUNT_INVALID, Retry.AFTER_USER_ACTION)
    assert "packed" not in result.channel_state


async def test_a_bind_whose_answer_was_lost_is_found_and_not_made_twice(bank: Bank) -> None:
    started = await begun(bank)
    code = await code_on_the_phone(bank)
    bank.plan(Fault.LOSE_ANSWER, MANDATE)

    lost = await confirmed(bank, started, code)
    repeated = await confirmed(bank, lost, code)

    assert lost.state is MandateState.UNKNOWN
    assert (repeated.state, repeated.token) == (MandateState.ACTIVE, MANDATE)


async def test_an_unbound_card_is_not_debited(bank: Bank) -> None:
    signed = await bound(bank)
    known = MandateRef(MANDATE, signed.token, channel_state=signed.channel_state)

    revoked = await bank.channel.revoke_mandate(known)
    bank.clock.advance(timedelta(seconds=1))
    again = await bank.channel.revoke_mandate(known)
    refused = await bank.channel.debit(debit(bank))

    assert (revoked.state, again.state) == (MandateState.REVOKED, MandateState.REVOKED)
    told = await bank.channel.query_mandate(replace(known, channel_state=revoked.channel_state))
    assert told.state is MandateState.REVOKED
    assert refused.error
    assert (refused.state, refused.error.code) == (PaymentState.DECLINED, ErrorCode.MANDATE_INVALID)
    assert refused.error.retry is Retry.AFTER_USER_ACTION


async def test_a_mandate_that_was_never_asked_for_is_not_there(bank: Bank) -> None:
    nothing = MandateRef(MANDATE)

    assert (await bank.channel.query_mandate(nothing)).state is MandateState.NOT_FOUND
    assert (await bank.channel.revoke_mandate(nothing)).state is MandateState.REVOKED
