"""The signature and funding providers against the sandbox's: papers signed on a page, money paid out once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.shared.days import business_day
from suidai.contract import (
    Disburse,
    FundingResult,
    FundingState,
    PayeeAccount,
    Remit,
    RemittanceItem,
    SecretStr,
    Signer,
    SignRequest,
    SignState,
)
from tests.plugins.sandbox.conftest import Town
from tests.plugins.sandbox.people import ID, NAME, PHONE

# E-signature


def document(town: Town, ref: str = "ct1") -> SignRequest:
    signer = Signer(SecretStr(NAME), SecretStr(ID), SecretStr(PHONE))
    return SignRequest(ref, "借款合同", b"<p>40000</p>", "text/html", (signer,), town.clock() + timedelta(days=3))


async def test_a_document_is_signed_on_its_page_and_comes_back_sealed(town: Town) -> None:
    service = town.registry.provider("esign")
    sent = await service.create(document(town))
    assert sent.state is SignState.SENT
    assert (await service.create(document(town))).sign_urls == sent.sign_urls
    assert await service.fetch_signed("ct1") is None

    (url,) = sent.sign_urls
    assert "借款合同" in (await town.http.get(url)).text
    assert (await service.query("ct1")).state is SignState.VIEWED
    assert (await town.http.post(url, data={"decision": "sign"})).status_code == 200
    assert (await town.http.post(url, data={"decision": "decline"})).status_code == 200

    (heard,) = await town.ear.hears(1)
    callback = await service.parse_callback(heard)
    assert (heard.path, callback.ref) == ("/notify/esign/sandbox", "ct1")
    assert (callback.result.state, callback.result.signed_at) == (SignState.SIGNED, town.clock())
    signed = await service.fetch_signed("ct1")
    assert signed is not None
    assert signed.content.startswith(b"<p>40000</p>")
    assert signed.seal.encode() in signed.content
    assert (await service.query("ct1")).state is SignState.SIGNED


async def test_a_declined_document_is_void_and_an_old_one_expired(town: Town) -> None:
    service = town.registry.provider("esign")
    declined = await service.create(document(town, "ct1"))
    waiting = await service.create(document(town, "ct2"))

    await town.http.post(declined.sign_urls[0], data={"decision": "decline"})
    town.clock.advance(timedelta(days=4))

    assert (await service.query("ct1")).state is SignState.VOID
    assert (await service.query("ct2")).state is SignState.EXPIRED
    assert (await town.http.post(waiting.sign_urls[0], data={"decision": "sign"})).status_code == 409


# Funding


def disbursement(ref: str = "fd1", loan: str = "LN1", fen: int = 4_000_000) -> Disburse:
    return Disburse(ref, loan, fen, PayeeAccount(SecretStr(NAME), "中国工商银行", SecretStr("card_1")), "装修")


async def payouts(town: Town) -> int:
    return (await town.http.get(f"{town.url}/funding/payouts")).json()["total_fen"]


async def told(town: Town) -> FundingResult:
    (heard,) = await town.ear.hears(1)
    return (await town.registry.provider("funding").parse_callback(heard)).result


async def test_a_loan_is_paid_out_once_with_a_value_date(town: Town) -> None:
    party = town.registry.provider("funding")

    assert (await party.disburse(disbursement())).state is FundingState.ACCEPTED
    assert (await party.disburse(disbursement())).state is FundingState.ACCEPTED

    result = await told(town)
    assert (result.state, result.amount_fen, result.currency) == (FundingState.SUCCEEDED, 4_000_000, "CNY")
    assert result.value_date == business_day(town.clock())
    assert (await party.query("fd1")).value_date == result.value_date
    assert await payouts(town) == 4_000_000


async def test_the_same_reference_with_another_sum_pays_nothing(town: Town) -> None:
    party = town.registry.provider("funding")
    await party.disburse(disbursement())

    assert (await party.disburse(disbursement(fen=4_000_001))).state is FundingState.UNKNOWN
    assert await payouts(town) == 4_000_000


async def test_another_reference_for_the_same_loan_fails(town: Town) -> None:
    party = town.registry.provider("funding")
    await party.disburse(disbursement("fd1"))
    await party.disburse(disbursement("fd2"))
    await town.ear.hears(2)

    second = await party.query("fd2")

    assert second.state is FundingState.FAILED
    assert second.reasons
    assert await payouts(town) == 4_000_000


async def test_an_account_that_refuses_the_money_is_told_as_failed(town: Town) -> None:
    await town.registry.provider("funding").disburse(disbursement(fen=4_000_004))

    assert (await told(town)).state is FundingState.FAILED
    assert await payouts(town) == 0


async def test_an_answer_that_is_lost_is_unknown_and_the_query_finds_the_money(town: Town) -> None:
    party = town.registry.provider("funding")

    assert (await party.disburse(disbursement(fen=4_000_009))).state is FundingState.UNKNOWN
    assert (await told(town)).state is FundingState.SUCCEEDED
    assert (await party.query("fd1")).state is FundingState.SUCCEEDED


async def test_a_party_that_was_down_knows_of_nothing_and_may_be_asked_again(town: Town) -> None:
    party = town.registry.provider("funding")

    assert (await party.disburse(disbursement(fen=4_000_003))).state is FundingState.UNKNOWN
    assert (await party.query("fd1")).state is FundingState.NOT_FOUND


async def test_a_days_repayments_are_passed_on(town: Town) -> None:
    day = business_day(town.clock())
    remittance = Remit("rm1", day, (RemittanceItem("LN1", 0, 48000),))

    party = town.registry.provider("funding")
    taken = await party.remit(remittance)

    assert (taken.state, taken.amount_fen, taken.value_date) == (FundingState.SUCCEEDED, 48000, day)
    assert await party.remit(remittance) == await party.query("rm1") == taken
    assert (await party.remit(replace(remittance, day=day - timedelta(days=1)))).state is FundingState.UNKNOWN
    assert await remitted(town) == 48000


@pytest.mark.parametrize(
    ("fen", "told", "known"),
    [
        (48003, FundingState.UNKNOWN, FundingState.NOT_FOUND),
        (48004, FundingState.FAILED, FundingState.FAILED),
        (48009, FundingState.UNKNOWN, FundingState.SUCCEEDED),
    ],
)
async def test_a_remittance_goes_as_its_fen_say(town: Town, fen: int, told: FundingState, known: FundingState) -> None:
    party = town.registry.provider("funding")
    remittance = Remit("rm1", business_day(town.clock()), (RemittanceItem("LN1", fen, 0),))

    assert (await party.remit(remittance)).state is told
    assert (await party.query("rm1")).state is known
    assert await remitted(town) == (fen if known is FundingState.SUCCEEDED else 0)


async def remitted(town: Town) -> int:
    """What the funding party has received back."""
    return (await town.http.get(f"{town.url}/funding/remitted")).json()["total_fen"]
