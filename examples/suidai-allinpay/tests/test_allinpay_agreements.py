"""An agreement: asked for, signed by a code, looked up, ended by us and by the borrower at his bank."""

from dataclasses import replace
from datetime import timedelta

import pytest
from allinpay_cases import BEGIN, CARD, MANDATE, NOW, PERSON, posted, town
from suidai_allinpay.sandbox import SMS_CODE, Fault

from suidai.contract import (
    ConfirmMandate,
    ErrorCode,
    ErrorKind,
    FourElements,
    MandateRef,
    MandateState,
    NotificationKind,
    SecretStr,
    SmsSent,
)

NOT_HIS = FourElements(PERSON.name, PERSON.id_number, SecretStr("6222000000000003131"), PERSON.phone)


def confirm(state: object, code: str = SMS_CODE) -> ConfirmMandate:
    return ConfirmMandate(MANDATE, SecretStr(code), state)


async def test_a_code_is_sent_to_the_borrowers_phone() -> None:
    here = town()

    begun = await here.channel.begin_mandate(BEGIN)

    assert begun.state is MandateState.ACTION_REQUIRED
    assert begun.action == SmsSent("138****8000")
    asked = here.gateway.heard[0].one("FAGRA")
    assert (asked["ACCOUNT_NO"], asked["ACCOUNT_NAME"], asked["TEL"]) == (CARD, "张三", "13800138000")


async def test_what_waits_for_the_code_shows_nobody() -> None:
    here = town()

    begun = await here.channel.begin_mandate(BEGIN)

    kept = repr(dict(begun.channel_state))
    for secret in (CARD, PERSON.name.reveal(), PERSON.id_number.reveal(), PERSON.phone.reveal()):
        assert secret not in kept
    assert len(kept) < 4096


async def test_a_phone_may_come_with_the_countrys_number() -> None:
    here = town()
    person = FourElements(PERSON.name, PERSON.id_number, PERSON.card_number, SecretStr("+8613800138000"))

    await here.channel.begin_mandate(replace(BEGIN, borrower=person))

    assert here.gateway.heard[0].one("FAGRA")["TEL"] == "13800138000"


async def test_the_code_makes_the_agreement_active() -> None:
    here = town()

    signed = await here.agreement()

    assert signed.state is MandateState.ACTIVE
    assert signed.token == here.gateway.agreements[0].number
    assert signed.account_masked == "**** 0018"
    assert here.gateway.heard[1].one("FAGRC")["SRCREQSN"] == MANDATE


async def test_a_wrong_code_leaves_it_waiting_and_the_right_one_is_still_taken() -> None:
    here = town()
    begun = await here.channel.begin_mandate(BEGIN)

    wrong = await here.channel.confirm_mandate(confirm(begun.channel_state, "000000"))
    right = await here.channel.confirm_mandate(confirm(wrong.channel_state))

    assert wrong.state is MandateState.ACTION_REQUIRED
    assert wrong.error
    assert right.state is MandateState.ACTIVE


async def test_a_card_that_is_somebody_elses_is_declined_though_the_request_was_heard() -> None:
    here = town()

    begun = await here.channel.begin_mandate(replace(BEGIN, borrower=NOT_HIS))

    assert begun.state is MandateState.DECLINED
    assert begun.error
    assert (begun.error.kind, begun.error.code) == (ErrorKind.DECLINED, ErrorCode.ACCOUNT_INVALID)
    assert "card" not in begun.channel_state


@pytest.mark.parametrize("fault", [Fault(Fault.LOSE_ANSWER), Fault(Fault.BREAK), Fault(Fault.BAD_SIGNATURE)])
@pytest.mark.parametrize("trx_code", ["310001", "310002"])
async def test_an_answer_that_nobody_has_is_unknown(fault: Fault, trx_code: str) -> None:
    here = town()
    here.gateway.plan(trx_code, fault)

    told = await here.channel.begin_mandate(BEGIN)
    if trx_code == "310002":
        told = await here.channel.confirm_mandate(confirm(told.channel_state))

    assert told.state is MandateState.UNKNOWN
    assert told.error
    assert told.error.kind is ErrorKind.UNKNOWN
    assert "card" in told.channel_state


async def test_a_confirmation_without_an_answer_is_found_by_the_card() -> None:
    here = town()
    begun = await here.channel.begin_mandate(BEGIN)
    here.gateway.plan("310002", Fault(Fault.LOSE_ANSWER))
    lost = await here.channel.confirm_mandate(confirm(begun.channel_state))

    found = await here.channel.query_mandate(MandateRef(MANDATE, None, NOW, lost.channel_state))

    assert found.state is MandateState.ACTIVE
    assert found.token == here.gateway.agreements[0].number


async def test_a_confirmation_made_twice_is_one_agreement() -> None:
    here = town()
    begun = await here.channel.begin_mandate(BEGIN)

    first = await here.channel.confirm_mandate(confirm(begun.channel_state))
    again = await here.channel.confirm_mandate(confirm(begun.channel_state))

    assert again.state is MandateState.ACTIVE
    assert again.token == first.token


async def test_an_earlier_agreement_on_the_card_is_not_taken_for_this_one() -> None:
    here = town()
    await here.agreement(mandate_no="MD0")
    here.clock.forward(timedelta(days=3))
    begun = await here.channel.begin_mandate(BEGIN)

    at_once = await here.channel.query_mandate(MandateRef(MANDATE, None, NOW, begun.channel_state))
    here.clock.forward(timedelta(minutes=31))
    later = await here.channel.query_mandate(MandateRef(MANDATE, None, NOW, begun.channel_state))

    assert (at_once.state, later.state) == (MandateState.UNKNOWN, MandateState.NOT_FOUND)
    assert later.token is None


async def test_that_there_is_no_agreement_is_final_only_after_half_an_hour() -> None:
    here = town()
    begun = await here.channel.begin_mandate(BEGIN)
    ref = MandateRef(MANDATE, None, NOW, begun.channel_state)

    at_once = await here.channel.query_mandate(ref)
    here.clock.forward(timedelta(minutes=30))
    later = await here.channel.query_mandate(ref)

    assert (at_once.state, later.state) == (MandateState.UNKNOWN, MandateState.NOT_FOUND)


async def test_an_agreement_whose_card_nobody_can_read_any_more_is_doubt() -> None:
    here = town()
    signed = await here.agreement()

    told = await here.channel.query_mandate(MandateRef("MD-another", signed.token, NOW, signed.channel_state))

    assert told.state is MandateState.UNKNOWN


async def test_an_agreement_is_revoked() -> None:
    here = town()
    signed = await here.agreement()

    revoked = await here.channel.revoke_mandate(here.ref(signed))
    debited = await here.channel.query_mandate(here.ref(signed))

    assert revoked.state is MandateState.REVOKED
    assert "card" not in revoked.channel_state
    assert debited.state is MandateState.REVOKED


async def test_an_agreement_that_is_over_already_is_as_good_as_revoked() -> None:
    here = town()
    signed = await here.agreement()
    here.gateway.end_at_the_bank(MANDATE)

    assert (await here.channel.revoke_mandate(here.ref(signed))).state is MandateState.REVOKED


async def test_a_revocation_that_is_refused_leaves_the_agreement_standing() -> None:
    here = town()
    signed = await here.agreement()
    here.gateway.plan("310003", Fault(Fault.INFO, "1000"))

    told = await here.channel.revoke_mandate(here.ref(signed))

    assert told.state is MandateState.UNKNOWN
    assert told.error
    assert told.error.kind is ErrorKind.UNKNOWN
    assert here.gateway.agreements[0].in_force


async def test_an_agreement_whose_number_we_never_heard_is_looked_up_and_revoked() -> None:
    here = town()
    signed = await here.agreement()

    told = await here.channel.revoke_mandate(MandateRef(MANDATE, None, NOW, signed.channel_state))

    assert told.state is MandateState.REVOKED
    assert not here.gateway.agreements[0].in_force


async def test_the_bank_tells_that_the_borrower_ended_it() -> None:
    here = town()
    await here.agreement()

    notice = await here.channel.parse_notification(posted(here.gateway.end_at_the_bank(MANDATE)))

    assert (notice.kind, notice.mandate_no) == (NotificationKind.MANDATE, MANDATE)
    assert notice.result
    assert notice.result.state is MandateState.REVOKED
    assert CARD not in repr(notice.raw)


async def test_an_end_that_does_not_say_of_what_names_no_mandate() -> None:
    here = town()
    await here.agreement()

    notice = await here.channel.parse_notification(posted(here.gateway.end_at_the_bank(MANDATE, named=False)))

    assert (notice.kind, notice.mandate_no) == (NotificationKind.MANDATE, None)
    assert notice.mandate_token == here.gateway.agreements[0].number
