"""Registering and logging in: what a stranger is refused, and that nothing but the count of his tries is left."""

from datetime import timedelta

import pytest

from tests.graph.api import Json
from tests.graph.refusals.refusal import Refusal
from tests.graph.town import NOW, PASSWORD, Town

COUNTED = frozenset({"login_codes", "login_guards", "login_records"})
KNOWN = "13800000005"
SESSION = "... on Session { accessToken refreshToken }"


async def registering(town: Town, **changes: str) -> Json:
    phone = town.phone()
    return {"phone": phone, "code": await town.code_for(phone, "REGISTER")} | changes


async def just_sent(town: Town) -> Json:
    phone = town.phone()
    await town.code_for(phone, "LOGIN")
    return {"phone": phone, "purpose": "LOGIN"}


async def sent_all_day(town: Town) -> Json:
    phone = town.phone()
    for hours in range(10):
        await town.code_for(phone, "LOGIN", NOW - timedelta(hours=10 - hours))
    return {"phone": phone, "purpose": "LOGIN"}


async def used(town: Town) -> Json:
    given = await registering(town)
    told = await town.api.do("register", given, SESSION)
    assert told["__typename"] == "Session"
    return given


async def too_late(town: Town) -> Json:
    phone = town.phone()
    return {"phone": phone, "code": await town.code_for(phone, "REGISTER", NOW - timedelta(minutes=5))}


async def of_another_purpose(town: Town) -> Json:
    phone = town.phone()
    return {"phone": phone, "code": await town.code_for(phone, "LOGIN")}


async def tried_out(town: Town) -> Json:
    given = await registering(town)
    for _ in range(5):
        await town.api.do("register", given | {"code": wrong(given)})
    return given


async def taken(town: Town) -> Json:
    given = await used(town)
    return {
        "phone": given["phone"],
        "code": await town.code_for(given["phone"], "REGISTER", NOW + timedelta(minutes=2)),
    }


async def wrongly(town: Town, purpose: str) -> Json:
    phone = town.phone()
    given = {"phone": phone, "code": await town.code_for(phone, purpose)}
    return given | {"code": wrong(given)}


async def unregistered(town: Town, purpose: str) -> Json:
    phone = town.phone()
    return {"phone": phone, "code": await town.code_for(phone, purpose)}


async def locked(town: Town) -> Json:
    phone = town.phone()
    given = {"phone": phone, "password": "not it at all"}
    for _ in range(5):
        await town.api.do("login", given)
    return given


async def spent_refresh_token(town: Town) -> Json:
    given = await registering(town)
    told = await town.api.do("register", given, SESSION)
    spent = {"refreshToken": told["refreshToken"]}
    await town.api.do("refreshSession", spent)
    return spent


def wrong(given: Json) -> str:
    return f"{(int(given['code']) + 1) % 1_000_000:06d}"


def stranger(
    act: str, what: str, given: object, code: str, field: str | None, says: str = "", **more: object
) -> Refusal:
    return Refusal(act, what, given, code, field, says, who="", **more)  # type: ignore[arg-type]


REFUSALS = [
    # requestLoginCode
    stranger(
        "requestLoginCode",
        "no phone",
        lambda _: {"phone": "12", "purpose": "LOGIN"},
        "NOT_A_MOBILE",
        "phone",
        "11 digits",
    ),
    stranger(
        "requestLoginCode",
        "a phone abroad",
        lambda _: {"phone": "+1 202 555 0123", "purpose": "LOGIN"},
        "NOT_A_MOBILE",
        "phone",
    ),
    stranger(
        "requestLoginCode",
        "a fixed line",
        lambda _: {"phone": "02155555555", "purpose": "LOGIN"},
        "NOT_A_MOBILE",
        "phone",
    ),
    stranger(
        "requestLoginCode",
        "no text",
        lambda _: {"phone": "138\x000000000", "purpose": "LOGIN"},
        "UNREADABLE_INPUT",
        "phone",
        "NUL",
    ),
    stranger("requestLoginCode", "too soon", just_sent, "CODE_TOO_SOON", "phone", "60 seconds"),
    stranger("requestLoginCode", "ten in a day", sent_all_day, "TOO_MANY_CODES", "phone", "10 codes"),
    # register
    stranger("register", "no phone", lambda _: {"phone": "1380000000", "code": "123456"}, "NOT_A_MOBILE", "phone"),
    stranger(
        "register", "no code", lambda _: {"phone": "13800000099", "code": "12ab56"}, "BAD_CODE", "code", "6 digits"
    ),
    stranger(
        "register",
        "nothing was sent",
        lambda t: {"phone": t.phone(), "code": "123456"},
        "CODE_USELESS",
        "code",
        leaves=COUNTED,
    ),
    stranger(
        "register",
        "wrong code",
        lambda t: wrongly(t, "REGISTER"),
        "CODE_WRONG",
        "code",
        "4 tries are left",
        leaves=COUNTED,
    ),
    stranger("register", "used code", used, "CODE_USELESS", "code", "Ask for a new one"),
    stranger("register", "code too late", too_late, "CODE_USELESS", "code", leaves=COUNTED),
    stranger("register", "code for logging in", of_another_purpose, "CODE_USELESS", "code", leaves=COUNTED),
    stranger("register", "code tried too often", tried_out, "CODE_USELESS", "code", leaves=COUNTED),
    stranger(
        "register",
        "digits for a password",
        lambda t: registering(t, password="1234567890"),
        "PASSWORD_TOO_WEAK",
        "password",
        "8 to 128",
    ),
    stranger(
        "register", "a short password", lambda t: registering(t, password="short"), "PASSWORD_TOO_WEAK", "password"
    ),
    stranger(
        "register",
        "a very long password",
        lambda t: registering(t, password="x" * 129),
        "PASSWORD_TOO_WEAK",
        "password",
    ),
    stranger(
        "register",
        "no place",
        lambda t: registering(t, device={"geohash": "a!"}),
        "BAD_GEOHASH",
        "device.geohash",
        "five characters",
    ),
    # login
    stranger("login", "no phone", lambda _: {"phone": "one", "password": "x"}, "NOT_A_MOBILE", "phone"),
    stranger("login", "neither code nor password", lambda _: {"phone": KNOWN}, "CREDENTIAL_NOT_CLEAR", "code password"),
    stranger(
        "login",
        "both",
        lambda _: {"phone": KNOWN, "code": "123456", "password": PASSWORD},
        "CREDENTIAL_NOT_CLEAR",
        "code password",
    ),
    stranger("login", "no code", lambda _: {"phone": KNOWN, "code": "1"}, "BAD_CODE", "code"),
    stranger("login", "wrong code", lambda t: wrongly(t, "LOGIN"), "CODE_WRONG", "code", "4 tries", leaves=COUNTED),
    stranger(
        "login",
        "wrong password",
        lambda _: {"phone": KNOWN, "password": "not it"},
        "WRONG_CREDENTIAL",
        "phone password",
        "tries are left",
        leaves=COUNTED,
    ),
    stranger(
        "login",
        "unknown phone",
        lambda t: {"phone": t.phone(), "password": "x"},
        "WRONG_CREDENTIAL",
        "phone password",
        "4 tries are left",
        leaves=COUNTED,
    ),
    stranger(
        "login",
        "not registered",
        lambda t: unregistered(t, "LOGIN"),
        "NOT_REGISTERED",
        "phone",
        "register first",
        leaves=COUNTED,
    ),
    stranger("login", "locked", locked, "LOGIN_LOCKED", "phone", "2026-02-20 10:15", leaves=COUNTED),
    # refreshSession
    stranger(
        "refreshSession", "no token", lambda _: {"refreshToken": "x"}, "SESSION_OVER", "refreshToken", "log in again"
    ),
    stranger("refreshSession", "nobody's token", lambda _: {"refreshToken": "A" * 64}, "SESSION_OVER", "refreshToken"),
    stranger(
        "refreshSession",
        "a spent token",
        spent_refresh_token,
        "SESSION_OVER",
        "refreshToken",
        leaves=frozenset({"borrower_sessions"}),
    ),
    # resetPassword
    stranger(
        "resetPassword",
        "wrong code",
        lambda t: with_password(wrongly(t, "RESET_PASSWORD")),
        "CODE_WRONG",
        "code",
        "4 tries",
        leaves=COUNTED,
    ),
    stranger(
        "resetPassword",
        "weak password",
        lambda t: with_password(wrongly(t, "RESET_PASSWORD"), "12345678"),
        "PASSWORD_TOO_WEAK",
        "password",
    ),
    stranger(
        "resetPassword",
        "code for logging in",
        lambda t: with_password(unregistered(t, "LOGIN")),
        "CODE_USELESS",
        "code",
        leaves=COUNTED,
    ),
    stranger(
        "resetPassword",
        "not registered",
        lambda t: with_password(unregistered(t, "RESET_PASSWORD")),
        "NOT_REGISTERED",
        "phone",
        leaves=COUNTED,
    ),
    # staff
    stranger(
        "staffLogin",
        "wrong password",
        lambda _: {"username": "reviewer", "password": "not it"},
        "STAFF_CREDENTIAL_WRONG",
        "username password",
        "tries are left",
        leaves=COUNTED | {"audit_records"},
    ),
    stranger(
        "staffLogin",
        "nobody",
        lambda _: {"username": "nobody", "password": "not it"},
        "STAFF_CREDENTIAL_WRONG",
        "username password",
        leaves=COUNTED,
    ),
    stranger("refreshStaffSession", "no token", lambda _: {"refreshToken": ""}, "SESSION_OVER", "refreshToken"),
]


async def with_password(given: object, password: str = "another good one") -> Json:
    return (await given) | {"password": password}  # type: ignore[misc]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)


async def test_a_phone_that_is_registered_registers_no_second_time(town: Town) -> None:
    given = await taken(town)
    town.api.hands.now = NOW + timedelta(minutes=3)
    before = await town.state(COUNTED)

    told = await town.api.do("register", given)

    assert (told["code"], told["field"]) == ("PHONE_TAKEN", ["phone"])
    assert await town.state(COUNTED) == before
