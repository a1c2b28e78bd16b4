"""The providers against the sandbox's parties, over real HTTP."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from starlette.responses import Response

from domain.shared.days import business_day
from plugins.providers.sandbox_party import PartyConfig
from plugins.providers.sandbox_risk import SandboxRisk
from plugins.sandbox import paper
from plugins.testing import runtime
from suidai.contract import (
    BindCard,
    CardState,
    ConfirmCard,
    Disburse,
    FundingResult,
    FundingState,
    Headers,
    IdentityState,
    MatchFace,
    PartyFault,
    PayeeAccount,
    RawRequest,
    ReadCard,
    Remit,
    RemittanceItem,
    RiskState,
    RiskSubmission,
    SecretStr,
    SignatureError,
    Signer,
    SignRequest,
    SignState,
    Sms,
    SmsState,
    Subject,
)
from tests.plugins.sandbox.conftest import SECRET, Town

NAME, ID, CARD, PHONE = "张三", "110101199003070011", "6222020200112233", "13800138000"


def front(id_number: str = ID) -> bytes:
    return paper.id_card_front(NAME, id_number, "北京市东城区")


# Identity


async def read(town: Town, ref: str = "oc1", id_number: str = ID) -> IdentityState:
    card = ReadCard(ref, front(id_number), paper.id_card_back("2020-01-01", "2040-01-01"))
    return (await town.registry.provider("identity").read_card(card)).state


async def test_a_card_is_read_off_its_two_sides(town: Town) -> None:
    register = town.registry.provider("identity")

    reading = await register.read_card(ReadCard("oc1", front(), paper.id_card_back("2020-01-01", "2040-01-01")))

    assert reading.state is IdentityState.MATCHED
    assert (reading.name, reading.id_number) == (SecretStr(NAME), SecretStr(ID))
    assert reading.valid_to is not None
    assert reading.valid_to.isoformat() == "2040-01-01"
    assert (await register.query_card("oc1")).id_number == SecretStr(ID)
    assert NAME not in repr(reading)
    assert ID not in repr(reading)


@pytest.mark.parametrize("swapped", [True, False])
async def test_an_image_that_says_nothing_is_unreadable(town: Town, swapped: bool) -> None:
    sides = (paper.id_card_back(), front()) if swapped else (b"\x89PNG not really", paper.id_card_back())

    assert (
        await town.registry.provider("identity").read_card(ReadCard("oc1", *sides))
    ).state is IdentityState.UNREADABLE


async def test_a_number_the_register_does_not_know_is_mismatched(town: Town) -> None:
    assert await read(town, id_number="110101199003074041") is IdentityState.MISMATCHED


async def test_a_register_that_breaks_down_leaves_it_unknown_and_nothing_kept(town: Town) -> None:
    assert await read(town, id_number="110101199003075031") is IdentityState.UNKNOWN
    assert (await town.registry.provider("identity").query_card("oc1")).state is IdentityState.NOT_FOUND


async def test_a_reference_used_for_another_card_is_refused(town: Town) -> None:
    assert await read(town) is IdentityState.MATCHED
    assert await read(town) is IdentityState.MATCHED
    assert await read(town, id_number="110101199003070038") is IdentityState.UNKNOWN


@pytest.mark.parametrize(
    ("image", "state"),
    [
        (paper.face(ID), IdentityState.MATCHED),
        (paper.face("somebody else"), IdentityState.MISMATCHED),
        (front(), IdentityState.UNREADABLE),
    ],
)
async def test_a_face_is_compared_with_the_card_that_was_read(town: Town, image: bytes, state: IdentityState) -> None:
    await read(town)
    register = town.registry.provider("identity")

    match = await register.match_face(MatchFace("fa1", SecretStr(ID), SecretStr(NAME), image))

    assert match.state is state
    assert (await register.query_face("fa1")).state is state


async def test_the_face_of_a_stranger_does_not_match(town: Town) -> None:
    match = await town.registry.provider("identity").match_face(
        MatchFace("fa1", SecretStr(ID), SecretStr(NAME), liveness_token=f"live:{ID}")
    )

    assert match.state is IdentityState.MISMATCHED


# Bank card and text messages


def bind(ref: str = "bc1", card: str = CARD) -> BindCard:
    return BindCard(ref, SecretStr(NAME), SecretStr(ID), SecretStr(card), SecretStr(PHONE))


async def code_on_handset(town: Town) -> str:
    messages = (await town.http.get(f"{town.url}/sms/handset/{PHONE}")).json()["messages"]
    return re.findall(r"\d{6}", messages[-1]["text"])[-1]


async def test_a_card_is_bound_with_the_code_on_the_handset(town: Town) -> None:
    bank = town.registry.provider("bankcard")

    begun = await bank.begin(bind())
    bound = await bank.confirm(ConfirmCard("bc1", SecretStr(await code_on_handset(town))))

    assert begun.state is CardState.SMS_SENT
    assert (bound.state, bound.bank, bound.card_masked) == (CardState.BOUND, "中国工商银行", "6222 **** **** 2233")
    assert bound.token
    assert bound.token.reveal() not in repr(bound)
    assert (await bank.query("bc1")).token == bound.token
    assert (await bank.unbind("bc1")).state is CardState.UNBOUND


async def test_a_card_asked_for_twice_gets_one_code(town: Town) -> None:
    bank = town.registry.provider("bankcard")

    await bank.begin(bind())
    await bank.begin(bind())

    assert len((await town.http.get(f"{town.url}/sms/handset/{PHONE}")).json()["messages"]) == 1


async def test_a_wrong_code_can_be_tried_three_times(town: Town) -> None:
    bank = town.registry.provider("bankcard")
    await bank.begin(bind())
    right = await code_on_handset(town)
    wrong = SecretStr("000000" if right != "000000" else "111111")

    tries = [await bank.confirm(ConfirmCard("bc1", wrong)) for _ in range(3)]

    assert [(one.state, one.attempts_left) for one in tries] == [
        (CardState.WRONG_CODE, 2),
        (CardState.WRONG_CODE, 1),
        (CardState.EXPIRED, 0),
    ]
    assert (await bank.confirm(ConfirmCard("bc1", SecretStr(right)))).state is CardState.EXPIRED


async def test_a_code_is_good_for_five_minutes(town: Town) -> None:
    bank = town.registry.provider("bankcard")
    await bank.begin(bind())
    code = SecretStr(await code_on_handset(town))
    town.clock.advance(timedelta(minutes=5, seconds=1))

    assert (await bank.confirm(ConfirmCard("bc1", code))).state is CardState.EXPIRED


@pytest.mark.parametrize(
    ("card", "state"), [("6222020200110404", CardState.MISMATCHED), ("6222020200110503", CardState.UNKNOWN)]
)
async def test_a_card_that_is_not_his_or_a_bank_that_is_down(town: Town, card: str, state: CardState) -> None:
    assert (await town.registry.provider("bankcard").begin(bind(card=card))).state is state


async def test_a_message_is_on_the_handset_once_and_its_delivery_is_told(town: Town) -> None:
    sender = town.registry.provider("sms")
    message = Sms("ms1", SecretStr(PHONE), "login_code", {"code": "123456"}, "您的验证码是 123456")

    first, repeat = await sender.send(message), await sender.send(message)

    assert first.state is repeat.state is SmsState.SENT
    messages = (await town.http.get(f"{town.url}/sms/handset/{PHONE}")).json()["messages"]
    assert [(one["text"], one["template"]) for one in messages] == [("您的验证码是 123456", "login_code")]
    (heard,) = await town.ear.hears(1)
    receipt = await sender.parse_receipt(heard)
    assert (heard.path, receipt.ref, receipt.result.state) == ("/notify/sms/sandbox", "ms1", SmsState.DELIVERED)
    assert (await sender.query("ms1")).state is SmsState.DELIVERED
    page = await town.http.get(f"{town.url}/sms/handset/{PHONE}", headers={"Accept": "text/html"})
    assert "您的验证码是 123456" in page.text


@pytest.mark.parametrize(
    ("phone", "state", "permanent"),
    [("13800130404", SmsState.FAILED, True), ("13800130503", SmsState.UNKNOWN, False)],
)
async def test_a_number_that_does_not_exist_or_a_service_that_is_down(
    town: Town, phone: str, state: SmsState, permanent: bool
) -> None:
    result = await town.registry.provider("sms").send(Sms("ms1", SecretStr(phone), "login_code", {}, "x"))

    assert (result.state, result.permanent) == (state, permanent)


# Risk


def application(ref: str = "cr1", phone: str = PHONE) -> RiskSubmission:
    return RiskSubmission(ref, Subject(SecretStr(NAME), SecretStr(ID), SecretStr(phone)), {"monthly_income_fen": 1})


async def test_a_risk_decision_comes_later_by_a_signed_callback(town: Town) -> None:
    engine = town.registry.provider("risk")

    assert (await engine.submit(application())).state is RiskState.PENDING
    assert (await engine.submit(application())).state is RiskState.PENDING

    (heard,) = await town.ear.hears(1)
    callback = await engine.parse_callback(heard)
    assert (heard.path, callback.ref) == ("/notify/risk/sandbox", "cr1")
    decided = callback.result
    assert (decided.state, decided.score, decided.limit_fen) == (RiskState.APPROVED, 720, 5_000_000)
    assert decided.expires_on == business_day(town.clock()) + timedelta(days=365)
    assert decided.decided_at == town.clock()
    assert (await engine.query("cr1")).decision_no == decided.decision_no


async def test_a_risk_decision_whose_callback_is_lost_is_found_by_the_query(town: Town) -> None:
    engine = town.registry.provider("risk")
    await engine.submit(application(phone="13800130408"))

    assert await town.ear.hears(0) == []
    assert (await engine.query("cr1")).state is RiskState.APPROVED


async def test_a_rejection_has_reasons(town: Town) -> None:
    engine = town.registry.provider("risk")
    await engine.submit(application(phone="13800130404"))

    (heard,) = await town.ear.hears(1)
    result = (await engine.parse_callback(heard)).result
    assert (result.state, result.limit_fen, result.reasons) == (RiskState.REJECTED, None, ("the score is below 600",))


async def test_an_engine_that_is_down_has_kept_nothing(town: Town) -> None:
    engine = town.registry.provider("risk")

    result = await engine.submit(application(phone="13800130503"))

    assert result.state is RiskState.UNKNOWN
    assert result.error
    assert result.error.fault is PartyFault.REFUSED
    assert (await engine.query("cr1")).state is RiskState.NOT_FOUND


async def test_a_callback_that_was_changed_or_comes_late_proves_nothing(town: Town) -> None:
    engine = town.registry.provider("risk")
    await engine.submit(application())
    (heard,) = await town.ear.hears(1)

    def again(body: bytes = heard.body, headers: Headers = heard.headers, late: int = 0) -> RawRequest:
        return RawRequest("POST", heard.path, "", headers, body, town.clock() + timedelta(seconds=late))

    assert (await engine.parse_callback(again(late=299))).ref == "cr1"
    forgeries = [
        again(body=heard.body.replace(b"5000000", b"9000000")),
        again(late=302),
        again(late=-302),
        again(headers=Headers([pair for pair in heard.headers.pairs() if pair[0] != "x-suidai-nonce"])),
        again(
            headers=Headers(
                [(name, "0" if name == "x-suidai-timestamp" else value) for name, value in heard.headers.pairs()]
            )
        ),
    ]
    for forgery in forgeries:
        with pytest.raises(SignatureError):
            await engine.parse_callback(forgery)


async def test_a_callback_is_signed_anew_when_it_is_repeated(town: Town) -> None:
    town.ear.answer = lambda _: Response(status_code=503 if len(town.ear.heard) == 1 else 200)
    engine = town.registry.provider("risk")
    await engine.submit(application())
    await town.ear.hears(1)
    town.clock.advance(timedelta(days=30))

    heard = await town.ear.hears(2)
    first, second = [await engine.parse_callback(one) for one in heard]
    assert len(heard) == 2
    assert first.event_id == second.event_id
    assert heard[0].headers["X-Suidai-Nonce"] != heard[1].headers["X-Suidai-Nonce"]


async def test_a_request_without_our_secret_is_not_taken(town: Town) -> None:
    answer = await town.http.post(f"{town.url}/risk/applications", json={"ref": "cr1", "phone": PHONE})

    assert answer.status_code == 401
    assert (await town.registry.provider("risk").query("cr1")).state is RiskState.NOT_FOUND


def before(transport: httpx.AsyncBaseTransport) -> SandboxRisk:
    config = PartyConfig(base_url="http://127.0.0.1:9/risk", secret=SecretStr(SECRET))
    return SandboxRisk(config, runtime(now="2026-11-21T10:15:30+08:00", transport=transport))


@pytest.mark.parametrize(
    ("failure", "fault"),
    [
        (httpx.ConnectError("x"), PartyFault.UNREACHED),
        (httpx.ConnectTimeout("x"), PartyFault.UNREACHED),
        (httpx.ReadTimeout("x"), PartyFault.TIMEOUT),
        (httpx.RemoteProtocolError("x"), PartyFault.BROKEN),
    ],
)
async def test_a_failed_call_is_unknown_and_never_an_exception(failure: httpx.HTTPError, fault: PartyFault) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    result = await before(httpx.MockTransport(fail)).submit(application())

    assert result.state is RiskState.UNKNOWN
    assert result.error
    assert result.error.fault is fault


async def test_an_answer_that_is_not_the_partys_is_not_believed() -> None:
    content = {"ref": "cr1", "state": "APPROVED", "limit_fen": 10**12}
    engine = before(httpx.MockTransport(lambda _: httpx.Response(200, json=content)))

    result = await engine.submit(application())

    assert (result.state, result.limit_fen) == (RiskState.UNKNOWN, None)


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


# The house itself


async def test_the_first_page_tells_every_rule(town: Town) -> None:
    page = (await town.http.get(f"{town.url}/")).text

    for party in ("/identity", "/bankcard", "/sms", "/risk", "/esign", "/funding", "/alipay"):
        assert f"<code>{party}</code>" in page
    assert "notices=0|1|2|3" in page
    assert (await town.http.get(f"{town.url}/healthz")).text == "ok"


async def test_a_secret_shows_in_no_repr(town: Town) -> None:
    shown = repr([town.registry.provider("risk"), town.registry.channel("alipay"), town.registry.providers()])

    assert SECRET not in shown
    assert json.dumps(SECRET) not in repr(PartyConfig(base_url="http://x", secret=SecretStr(SECRET)))
