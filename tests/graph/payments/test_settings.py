"""A channel is set up over the API by two people, without a restart, and no secret is ever read back."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from domain.payments.flows.settings import Watch
from plugins.configuring import Given
from plugins.registry import Registry
from tests.graph.api import Api, Json
from tests.plugins.test_registry import ALIPAY

CONFIGURATION = """{ paymentChannels { code status reason configuration {
  origin version configSchema settings { name isSet secret shown } history(first: 9) { nodes { version enabled
  origin reason askedBy { username } decidedBy { username } } } } } }"""
CHANGE = "... on ChangeRequest { id kind subjectId values { name before after } }"
SECRET = ALIPAY["app_private_key"]
LINE = SECRET[200:264]


@pytest.fixture
async def watch(api: Api) -> Watch:
    """What the process of this API knows of the settings in force."""
    return Watch(api.house.sessions, api.house.registry.take)


def asked(**changes: Any) -> Json:
    return {"code": "alipay", "settings": ALIPAY, "enabled": True, "reason": "the contract is signed"} | changes


def keyed(number: int, **changes: Any) -> Json:
    return asked(idempotencyKey=f"set-up-{number}", **changes)


async def ask(api: Api, number: int, **changes: Any) -> Json:
    return await api.do("configureChannel", keyed(number, **changes), CHANGE, token=await api.staff("admin"))


async def approve(api: Api, change: Json) -> None:
    given = {"changeId": change["id"], "approve": True, "reason": "seen the contract"}
    told = await api.do("decideChange", given, "... on ChangeRequest { state }", token=await api.staff("reviewer"))
    assert told["state"] == "APPROVED", told


async def alipay(api: Api) -> Json:
    told = await api.ask(CONFIGURATION, token=await api.staff("admin"))
    return next(channel for channel in told["paymentChannels"] if channel["code"] == "alipay")


async def test_a_channel_is_switched_on_by_two_people_and_without_a_restart(api: Api, watch: Watch) -> None:
    before = await alipay(api)
    assert (before["status"], before["configuration"]["origin"]) == ("NOT_CONFIGURED", None)
    assert before["configuration"]["configSchema"]["properties"]["app_private_key"]["writeOnly"] is True

    change = await ask(api, 1)
    await watch.look()
    assert (await alipay(api))["status"] == "NOT_CONFIGURED"
    await approve(api, change)
    await watch.look()

    channel = await alipay(api)
    assert channel["status"] == "READY", channel
    found = channel["configuration"]
    assert (found["origin"], found["version"]) == ("DATABASE", 1)
    assert found["history"]["nodes"] == [
        {
            "version": 1,
            "enabled": True,
            "origin": "DATABASE",
            "reason": "the contract is signed",
            "askedBy": {"username": "admin"},
            "decidedBy": {"username": "reviewer"},
        }
    ]
    settings = {each["name"]: each for each in found["settings"]}
    assert settings["app_id"] == {"name": "app_id", "isSet": True, "secret": False, "shown": ALIPAY["app_id"]}
    assert settings["app_private_key"]["secret"]
    assert settings["app_private_key"]["shown"].startswith("**** (fingerprint ")
    assert settings["withholding"] == {"name": "withholding", "isSet": False, "secret": False, "shown": None}
    assert LINE not in json.dumps(channel)


async def test_settings_may_be_written_into_the_document(api: Api) -> None:
    settings = ", ".join(f"{name}: {json.dumps(value)}" for name, value in ALIPAY.items())
    document = f"""mutation {{ configureChannel(input: {{ code: "alipay", enabled: true, reason: "the contract is signed",
      idempotencyKey: "alipay-1", settings: {{ {settings} }} }}) {{
      ... on ChangeRequest {{ id values {{ name before after }} }} ... on Problem {{ code message field }} }} }}"""

    told = await api.ask(document, token=await api.staff("admin"))

    assert {value["name"] for value in told["configureChannel"]["values"]} >= {"channel", "enabled", "settings"}


async def test_no_secret_is_in_what_is_kept_or_told(api: Api, watch: Watch) -> None:
    change = await ask(api, 2)
    await approve(api, change)
    await watch.look()

    assert LINE not in json.dumps(change)
    assert (change["kind"], change["subjectId"] != "") == ("payments.channel", True)
    async with api.house.sessions() as session:
        for table in ("change_requests", "audit_records", "idempotency_keys", "channel_settings", "channel_drafts"):
            rows = [str(row) for row in await session.execute(text(f"SELECT t::text FROM {table} t"))]
            assert not any(LINE in row for row in rows), table


async def test_a_secret_that_is_left_out_stays_and_off_is_off(api: Api, watch: Watch) -> None:
    await approve(api, await ask(api, 3))
    without = {name: value for name, value in ALIPAY.items() if name != "app_private_key"}
    await approve(api, await ask(api, 4, settings=without | {"withholding": True}))
    await watch.look()
    channel = await alipay(api)
    assert (channel["status"], channel["configuration"]["version"]) == ("READY", 2)
    assert api.house.registry.capabilities("alipay").autodebit

    await approve(api, await ask(api, 5, settings=None, enabled=False))
    await watch.look()
    assert (await alipay(api))["status"] == "DISABLED"
    assert (await ask(api, 6, settings=None, enabled=False))["code"] == "CHANNEL_SETTINGS_UNCHANGED"
    await approve(api, await ask(api, 7, settings=None, useEnvironment=False))
    await watch.look()
    assert (await alipay(api))["status"] == "READY"


async def test_another_process_takes_the_same_settings(api: Api, watch: Watch) -> None:
    await approve(api, await ask(api, 8))
    other = Registry.discover(
        {"alipay": ALIPAY | {"app_id": "the environment's"}},
        {},
        clock=api.house.clock.last_known,
        notify_base_url="http://api.test",
        allow_sandbox=True,
    )
    await Watch(api.house.sessions, other.take).look()

    given = other.listing("alipay").given
    assert given is not None
    assert (given.version, given.settings["app_id"]) == (1, ALIPAY["app_id"])
    assert other.environments("alipay") == Given(ALIPAY | {"app_id": "the environment's"})
    await other.close()


async def test_the_same_key_asks_once(api: Api) -> None:
    first, again = await ask(api, 9), await ask(api, 9)
    assert first["id"] == again["id"]
    token = await api.staff("admin")
    other = ALIPAY | {"app_id": "2021000000000002"}
    assert await api.problem("configureChannel", keyed(9, settings=other), token=token) == "IDEMPOTENCY_KEY_REUSED"
    assert await api.problem("configureChannel", keyed(10, settings=other), token=token) == "CHANGE_PENDING"


REFUSALS: list[tuple[Json, str, str]] = [
    ({"code": "paypal"}, "CHANNEL_UNKNOWN", "code"),
    ({"settings": ALIPAY | {"ap_id": "1"}}, "CHANNEL_SETTINGS_REFUSED", "settings.ap_id"),
    ({"settings": ALIPAY | {"enabled": False}}, "CHANNEL_SETTINGS_REFUSED", "settings.enabled"),
    ({"settings": ALIPAY | {"app_id": ""}}, "CHANNEL_SETTINGS_REFUSED", "settings.app_id"),
    ({"settings": ALIPAY | {"app_private_key": LINE}}, "CHANNEL_SETTINGS_REFUSED", "settings.app_private_key"),
    (
        {"settings": ALIPAY | {"gateway_url": "http://elsewhere.example"}},
        "CHANNEL_SETTINGS_REFUSED",
        "settings.gateway_url",
    ),
    ({"settings": [1]}, "CHANNEL_SETTINGS_UNREADABLE", "settings"),
    ({"settings": {"app_id": "\x00"}}, "CHANNEL_SETTINGS_UNREADABLE", "settings"),
    ({"useEnvironment": True}, "CHANNEL_SETTINGS_UNREADABLE", "settings"),
    ({"settings": None}, "CHANNEL_SETTINGS_MISSING", "settings"),
    ({"reason": " "}, "REASON_MISSING", "reason"),
]


async def test_what_cannot_be_is_refused_for_its_field_without_quoting_it(api: Api) -> None:
    token = await api.staff("admin")
    for number, (changes, code, field) in enumerate(REFUSALS):
        given = keyed(100 + number, **changes)
        told = await api.do("configureChannel", given, CHANGE, token=token)

        assert (told.get("code"), told.get("field")) == (code, [field]), told
        assert not any(LINE[start : start + 8] in told["message"] for start in range(len(LINE) - 8)), told
    assert (await alipay(api))["status"] == "NOT_CONFIGURED"


async def test_settings_that_went_bad_meanwhile_leave_the_channel_running_and_the_staff_is_told(
    api: Api, watch: Watch
) -> None:
    await approve(api, await ask(api, 12))
    await watch.look()
    change = await ask(api, 13, settings=ALIPAY | {"app_id": "2021000000000002"})
    spec = api.house.registry.listing("alipay").spec

    def broken(*_: object) -> None:
        raise ValueError("app_id is not known any more")

    object.__setattr__(spec, "factory", broken)
    await approve(api, change)
    await watch.look()

    channel = await alipay(api)
    assert channel["status"] == "READY"
    assert "not known any more" in channel["reason"]
    assert channel["configuration"]["version"] == 1


async def test_only_an_admin_sees_how_a_channel_is_set_up(api: Api) -> None:
    asked = "{ paymentChannels { code reason configuration { version } } }"
    answer = (await api.answer(asked, token=await api.staff("cashier"))).json()

    assert {each["configuration"] for each in answer["data"]["paymentChannels"]} == {None}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    assert any(each["reason"] for each in answer["data"]["paymentChannels"])
