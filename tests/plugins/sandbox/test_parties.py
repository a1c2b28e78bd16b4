"""The providers against the sandbox's identity, bank card and message parties, over real HTTP; and its front page."""

import json
import re
from datetime import timedelta

import pytest

from plugins.providers.sandbox_party import PartyConfig
from plugins.sandbox import paper
from suidai.contract import (
    BindCard,
    CardState,
    ConfirmCard,
    IdentityState,
    MatchFace,
    ReadCard,
    SecretStr,
    Sms,
    SmsState,
)
from tests.plugins.sandbox.conftest import SECRET, Town
from tests.plugins.sandbox.people import CARD, ID, NAME, PHONE


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
