"""Binding a card and what follows, before a bank of a stranger's: it decrypts what it is sent and signs as UnionPay does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from suidai.contract import (
    BeginMandate,
    ConfirmMandate,
    FourElements,
    MandatePlan,
    MandateRef,
    PaymentChannel,
    PaymentRef,
    Refund,
    RefundRef,
)
from tests.plugins.channels.outside.door import CLOCK, base64, made, words
from tests.plugins.channels.outside.test_unionpay import CONFIG, LATER, SIGNER, signed

_ECHOED = ("version", "encoding", "signMethod", "accessType", "merId", "bizType", "txnType", "txnSubType")
CARD, PHONE, IDENTITY = "6216261000000000018", "13552535506", "341126197709218366"
PERSON = FourElements("全渠道", IDENTITY, CARD, PHONE)  # type: ignore[arg-type] - sealed on the way in
BEGIN = BeginMandate("MD20261121000001", PERSON, MandatePlan(100_000, (date(2026, 12, 1),)))
REF = PaymentRef("WD20261121000001", CLOCK, "202611211015301234568", {"txnTime": "20261121101530"})


@dataclass
class Bank:
    """Answers as `says` tells, and keeps what it was asked."""

    says: Callable[[dict[str, str]], dict[str, str]]
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def channel(self) -> PaymentChannel:
        return made("bank_withholding", CONFIG, self, LATER)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        fields = dict(parse_qsl(request.content.decode(), strict_parsing=True))
        self.asked.append(fields)
        echo = {name: fields[name] for name in (*_ECHOED, "orderId", "txnTime") if name in fields}
        wire = "&".join(f"{name}={value}" for name, value in signed(echo | self.says(fields)).items())
        return httpx.Response(200, content=wire.encode())


def saying(code: str, **more: str) -> Bank:
    return Bank(lambda _: {"respCode": code, "respMsg": "m", **more})


def opened(text: str) -> str:
    return SIGNER.decrypt(base64.b64decode(text), PKCS1v15()).decode()


def customer(fields: dict[str, str]) -> dict[str, str]:
    text = base64.b64decode(fields["customerInfo"]).decode()
    assert (text[0], text[-1]) == ("{", "}")
    return dict(part.split("=", 1) for part in text[1:-1].split("&"))


async def test_a_card_is_bound_by_two_calls_of_one_number_and_one_time_and_nothing_of_it_is_sent_open() -> None:
    bank = saying("00")
    channel = bank.channel()

    begun = await channel.begin_mandate(BEGIN)
    bound = await channel.confirm_mandate(ConfirmMandate(BEGIN.mandate_no, "123456", begun.channel_state))  # type: ignore[arg-type] - sealed on the way in

    sms, bind = bank.asked
    assert (begun.state, bound.state, bound.token) == ("ACTION_REQUIRED", "ACTIVE", BEGIN.mandate_no)
    assert (sms["txnType"], bind["txnType"], bind["txnSubType"]) == ("77", "72", "01")
    assert (
        (sms["orderId"], sms["txnTime"]) == (bind["orderId"], bind["txnTime"]) == (BEGIN.mandate_no, "20261123101530")
    )
    for fields in bank.asked:
        person = customer(fields)
        assert (opened(fields["accNo"]), fields["encryptCertId"]) == (CARD, "4098")
        assert (person["certifTp"], person["certifId"], person["customerNm"]) == ("01", IDENTITY, "全渠道")
        assert dict(parse_qsl(opened(person["encryptedInfo"])))["phoneNo"] == PHONE
        assert not {CARD, PHONE} & set(fields.values())
    assert ("smsCode" in customer(sms), customer(bind)["smsCode"]) == (False, "123456")
    assert not any(secret in repr(begun) + repr(begun.channel_state) for secret in (CARD, PHONE, IDENTITY, "全渠道"))


@pytest.mark.parametrize(
    ("code", "begun", "bound", "ended"),
    [
        ("05", *["UNKNOWN UNKNOWN/PROCESSING"] * 3),
        ("99", *["UNKNOWN UNKNOWN/OTHER"] * 3),
        ("36", *["UNKNOWN INVALID_REQUEST/OTHER"] * 3),
        ("14", *["DECLINED DECLINED/ACCOUNT_INVALID"] * 2, "UNKNOWN DECLINED/ACCOUNT_INVALID"),
        ("71", "DECLINED DECLINED/OTHER", "ACTION_REQUIRED DECLINED/OTHER", "UNKNOWN DECLINED/OTHER"),
        ("40", *["DECLINED DECLINED/MANDATE_INVALID"] * 2, "REVOKED"),
    ],
)
async def test_what_the_bank_says_to_each_call(code: str, begun: str, bound: str, ended: str) -> None:
    state = (await saying("00").channel().begin_mandate(BEGIN)).channel_state
    channel = saying(code).channel()

    assert words(await channel.begin_mandate(BEGIN)) == begun
    assert words(await channel.confirm_mandate(ConfirmMandate(BEGIN.mandate_no, "1", state))) == bound  # type: ignore[arg-type] - sealed
    assert words(await channel.revoke_mandate(MandateRef(BEGIN.mandate_no, BEGIN.mandate_no))) == ended


async def test_unbinding_names_the_binding() -> None:
    bank = saying("00")

    assert words(await bank.channel().revoke_mandate(MandateRef(BEGIN.mandate_no, "LOANUSER00000042"))) == "REVOKED"
    assert (bank.asked[0]["txnType"], bank.asked[0]["bindId"]) == ("74", "LOANUSER00000042")


async def test_a_refund_is_a_trade_of_its_own_that_names_unionpays_number() -> None:
    bank = saying("00")

    assert words(await bank.channel().refund(Refund("RF20261121000001", REF, 2450, 51233))) == "PROCESSING"

    wanted = {"txnType": "04", "txnSubType": "00", "orderId": "RF20261121000001", "txnAmt": "2450"}
    assert wanted.items() <= bank.asked[0].items()
    assert bank.asked[0]["origQryId"] == REF.provider_no


@pytest.mark.parametrize(
    ("answer", "with_its_time", "without"),
    [
        ({"respCode": "00", "origRespCode": "00", "txnAmt": "2450"}, *["SUCCEEDED 2450"] * 2),
        ({"respCode": "00", "origRespCode": "05"}, *["UNKNOWN UNKNOWN/PROCESSING"] * 2),
        ({"respCode": "00", "origRespCode": "01"}, *["DECLINED DECLINED/OTHER"] * 2),
        ({"respCode": "34"}, "NOT_FOUND UNKNOWN/OTHER", "UNKNOWN INVALID_REQUEST/OTHER"),
    ],
)
async def test_a_refund_whose_time_is_lost_may_be_found_and_is_never_missed(
    answer: dict[str, str], with_its_time: str, without: str
) -> None:
    channel = Bank(lambda _: answer).channel()
    number: Any = "RF20261121000001"

    assert words(await channel.query_refund(RefundRef(number, REF, LATER))) == with_its_time
    told = await channel.query_refund(RefundRef(number, REF))
    assert (words(told), told.channel_state) == (without, {})
