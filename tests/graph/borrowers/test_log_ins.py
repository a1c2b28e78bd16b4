"""Registering, logging in and out over GraphQL."""

from datetime import timedelta

from sqlalchemy import select

from domain.borrowers.models import Borrower
from domain.shared.clock import real_now
from domain.shared.ids import new_id
from tests.domain.borrowers.builders import PHONE, last_code, registered_in
from tests.graph.api import Api, Json

SESSION = (
    "... on Session { accessToken refreshToken expiresAt refreshExpiresAt "
    "borrower { id number phone status registeredAt contacts { name } identityChecks { id } } }"
)
DEVICE = {"fingerprint": "a-device", "model": "Pixel 9", "geohash": "wx4g0ec1"}
PASSWORD = "a good password"


async def code(api: Api, purpose: str, phone: str = PHONE) -> str:
    sent = await api.do(
        "requestLoginCode", {"phone": phone, "purpose": purpose}, "... on LoginCodeSent { expiresAt againAt }"
    )
    assert sent["__typename"] == "LoginCodeSent", sent
    async with api.house.sessions() as session:
        return await last_code(session)


async def registered(api: Api, phone: str = PHONE) -> Json:
    given = {"phone": phone, "code": await code(api, "REGISTER", phone), "password": PASSWORD, "device": DEVICE}
    return await api.do("register", given, SESSION)


async def test_a_stranger_registers_by_a_code_and_is_logged_in(api: Api) -> None:
    session = await registered(api)

    assert session["borrower"]["phone"] == "138****1234"
    assert session["borrower"]["status"] == "ACTIVE"
    me = await api.mine("id number", token=session["accessToken"])
    assert me == {"id": session["borrower"]["id"], "number": session["borrower"]["number"]}


async def test_a_code_tells_nobody_who_is_registered(api: Api) -> None:
    await registered(api)
    api.hands.wait(minutes=2)
    wanted = "... on LoginCodeSent { expiresAt againAt }"

    known = await api.do("requestLoginCode", {"phone": PHONE, "purpose": "LOGIN"}, wanted)
    unknown = await api.do("requestLoginCode", {"phone": "13911112222", "purpose": "LOGIN"}, wanted)

    assert known == unknown


async def test_a_wrong_code_opens_no_account(api: Api) -> None:
    right = await code(api, "REGISTER")
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    told = await api.do("register", {"phone": PHONE, "code": wrong})

    assert (told["code"], told["field"]) == ("CODE_WRONG", ["code"])
    async with api.house.sessions() as session:
        assert (await session.scalars(select(Borrower))).all() == []


async def test_wrong_codes_are_counted_and_the_sixth_try_is_in_vain(api: Api) -> None:
    right = await code(api, "REGISTER")
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    codes = [(await api.do("register", {"phone": PHONE, "code": wrong}))["code"] for _ in range(5)]

    assert codes == ["CODE_WRONG"] * 5
    assert (await api.do("register", {"phone": PHONE, "code": right}))["code"] == "CODE_USELESS"


async def test_what_cannot_be_is_refused_before_anything_is_done(api: Api) -> None:
    assert await api.problem("requestLoginCode", {"phone": "12345", "purpose": "REGISTER"}) == "NOT_A_MOBILE"
    assert await api.problem("register", {"phone": PHONE, "code": "12x456"}) == "BAD_CODE"
    assert await api.problem("login", {"phone": PHONE, "password": "x", "code": "123456"}) == "CREDENTIAL_NOT_CLEAR"
    assert await api.problem("login", {"phone": PHONE}) == "CREDENTIAL_NOT_CLEAR"
    weak = {"phone": PHONE, "code": "123456", "password": "12345678"}
    assert await api.problem("resetPassword", weak) == "PASSWORD_TOO_WEAK"
    device = {"phone": PHONE, "password": PASSWORD, "device": {"geohash": "äöü"}}
    assert await api.problem("login", device) == "BAD_GEOHASH"


async def test_a_phone_registers_once(api: Api) -> None:
    await registered(api)
    api.hands.wait(minutes=2)

    assert (await registered(api))["code"] == "PHONE_TAKEN"


async def test_a_log_in_by_password_is_on_record_with_a_coarse_trace(api: Api) -> None:
    await registered(api)
    wrong = await api.do("login", {"phone": PHONE, "password": "another one", "device": DEVICE})
    session = await api.do("login", {"phone": f"+86{PHONE}", "password": PASSWORD, "device": DEVICE}, SESSION)

    assert wrong["code"] == "WRONG_CREDENTIAL"
    records = await api.mine(
        "loginRecords(first: 2) { nodes { method outcome deviceModel place network } totalCount pageInfo { hasNextPage } }",
        token=session["accessToken"],
    )
    assert records["loginRecords"] == {
        "nodes": [
            {
                "method": "PASSWORD",
                "outcome": outcome,
                "deviceModel": "Pixel 9",
                "place": "wx4g0",
                "network": "203.0.113.0/24",
            }
            for outcome in ("SUCCEEDED", "WRONG_CREDENTIAL")
        ],
        "totalCount": 3,
        "pageInfo": {"hasNextPage": True},
    }


async def test_the_fifth_wrong_password_locks_even_a_phone_nobody_has(api: Api) -> None:
    told = [(await api.do("login", {"phone": PHONE, "password": "wrong one"}))["code"] for _ in range(6)]

    assert told == ["WRONG_CREDENTIAL"] * 5 + ["LOGIN_LOCKED"]


async def test_a_refresh_token_works_once_and_used_again_ends_the_session(api: Api) -> None:
    session = await registered(api)
    first = {"refreshToken": session["refreshToken"]}

    fresh = await api.do("refreshSession", first, SESSION)
    assert fresh["borrower"]["id"] == session["borrower"]["id"]
    assert fresh["refreshToken"] != session["refreshToken"]
    assert (await api.do("refreshSession", first))["code"] == "SESSION_OVER"
    # Whoever has the newer one is out too: two held the session.
    assert (await api.do("refreshSession", {"refreshToken": fresh["refreshToken"]}))["code"] == "SESSION_OVER"


async def test_a_session_that_was_logged_out_cannot_be_refreshed(api: Api) -> None:
    session = await registered(api)

    out = await api.do("logout", None, "... on LoggedOut { at }", token=session["accessToken"])

    assert out["__typename"] == "LoggedOut"
    assert (await api.do("refreshSession", {"refreshToken": session["refreshToken"]}))["code"] == "SESSION_OVER"


async def test_logging_out_takes_a_log_in(api: Api) -> None:
    assert (await api.do("logout", None))["code"] == "NOT_LOGGED_IN"
    assert (await api.do("logout", None, token=await api.staff("admin")))["code"] == "FORBIDDEN"


async def test_a_staff_token_does_not_refresh_a_borrowers_session(api: Api) -> None:
    given = {"username": "admin", "password": "suidai-development-only"}
    staff = await api.do("staffLogin", given, "... on StaffSession { refreshToken }")

    assert (await api.do("refreshSession", {"refreshToken": staff["refreshToken"]}))["code"] == "SESSION_OVER"
    assert (await api.do("refreshSession", {"refreshToken": "nonsense"}))["code"] == "SESSION_OVER"


async def test_a_new_password_ends_every_session(api: Api) -> None:
    session = await registered(api)
    reset = {"phone": PHONE, "code": await code(api, "RESET_PASSWORD"), "password": "quite another"}

    assert (await api.do("resetPassword", reset, "... on PasswordReset { at }"))["__typename"] == "PasswordReset"

    assert (await api.do("refreshSession", {"refreshToken": session["refreshToken"]}))["code"] == "SESSION_OVER"
    assert (await api.do("login", {"phone": PHONE, "password": PASSWORD}))["code"] == "WRONG_CREDENTIAL"
    again = await api.do("login", {"phone": PHONE, "password": "quite another"}, SESSION)
    assert again["__typename"] == "Session"


async def test_an_expired_token_opens_nothing_and_says_so(api: Api) -> None:
    person = await registered_in(api.house.sessions)
    old = api.speaks(person, at=real_now() - timedelta(minutes=16))

    assert await api.refusal("{ me { id } }", token=old) == "TOKEN_EXPIRED"
    assert await api.problem("grantConsent", {"purpose": "FACE"}, token=old) == "TOKEN_EXPIRED"
    assert await api.problem("grantConsent", {"purpose": "FACE"}, token="nonsense") == "TOKEN_INVALID"
    assert await api.problem("grantConsent", {"purpose": "FACE"}) == "NOT_LOGGED_IN"


async def test_a_token_of_somebody_who_does_not_exist_shows_nobody(api: Api) -> None:
    assert await api.refusal("{ me { id } }", token=api.speaks(new_id())) == "BORROWER_NOT_FOUND"


async def test_one_address_asks_for_codes_only_so_often(api: Api) -> None:
    phones = [f"138000012{number:02d}" for number in range(21)]
    told = [await api.do("requestLoginCode", {"phone": phone, "purpose": "LOGIN"}) for phone in phones]

    assert [each["__typename"] for each in told] == ["LoginCodeSent"] * 20 + ["Problem"]
    assert told[-1]["code"] == "TOO_MANY_REQUESTS"


async def test_text_no_database_can_hold_is_refused_as_any_other_wrong_input(api: Api) -> None:
    for text in ("\x00", "a\x00b", "\ud800"):
        told = await api.do("login", {"phone": PHONE, "password": text})
        assert told["__typename"] == "Problem", told
        told = await api.do("staffLogin", {"username": text, "password": "x"})
        assert told["__typename"] == "Problem", told
