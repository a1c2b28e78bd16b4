"""Members of staff log in and out over GraphQL."""

from domain.staff import queries
from domain.staff.models import StaffStatus
from suidai.log_ins import PASSWORD
from tests.domain.borrowers.builders import registered_in
from tests.graph.api import Api, Json

SESSION = (
    "... on StaffSession { accessToken refreshToken expiresAt refreshExpiresAt member { id username roles status } }"
)


async def logged_in(api: Api, username: str = "reviewer") -> Json:
    return await api.do("staffLogin", {"username": username, "password": PASSWORD}, SESSION)


async def test_a_member_of_staff_logs_in_and_is_known(api: Api) -> None:
    session = await logged_in(api, "Reviewer ")

    member = session["member"]
    assert (member["username"], member["roles"], member["status"]) == ("reviewer", ["REVIEWER"], "ACTIVE")
    told = await api.ask("{ staffMe { id username } }", token=session["accessToken"])
    assert told["staffMe"] == {"id": member["id"], "username": "reviewer"}


async def test_a_wrong_password_and_an_unknown_name_are_told_alike_and_locked_alike(api: Api) -> None:
    for username in ("reviewer", "nobody"):
        told = [await api.do("staffLogin", {"username": username, "password": "wrong one"}) for _ in range(6)]
        assert [each["code"] for each in told] == ["STAFF_CREDENTIAL_WRONG"] * 5 + ["LOGIN_LOCKED"]
    assert (await logged_in(api))["__typename"] == "Problem"


async def test_who_was_disabled_gets_in_no_more(api: Api) -> None:
    session = await logged_in(api)
    async with api.house.sessions.begin() as database:
        member = await queries.by_username(database, "reviewer")
        assert member is not None
        member.status = StaffStatus.DISABLED

    assert (await api.do("staffLogin", {"username": "reviewer", "password": PASSWORD}))["code"] == "STAFF_DISABLED"
    assert (await api.do("refreshStaffSession", {"refreshToken": session["refreshToken"]}))["code"] == "STAFF_DISABLED"


async def test_a_refresh_token_of_staff_works_once(api: Api) -> None:
    session = await logged_in(api)
    first = {"refreshToken": session["refreshToken"]}

    fresh = await api.do("refreshStaffSession", first, SESSION)

    assert fresh["member"]["username"] == "reviewer"
    assert (await api.do("refreshStaffSession", first))["code"] == "SESSION_OVER"
    assert (await api.do("refreshStaffSession", {"refreshToken": fresh["refreshToken"]}))["code"] == "SESSION_OVER"


async def test_a_session_that_was_logged_out_cannot_be_refreshed(api: Api) -> None:
    session = await logged_in(api)

    out = await api.do("staffLogout", None, "... on LoggedOut { at }", token=session["accessToken"])

    assert out["__typename"] == "LoggedOut"
    assert (await api.do("refreshStaffSession", {"refreshToken": session["refreshToken"]}))["code"] == "SESSION_OVER"


async def test_a_borrower_is_no_member_of_staff(api: Api) -> None:
    token = api.speaks(await registered_in(api.house.sessions))

    assert await api.refusal("{ staffMe { id } }", token=token) == "FORBIDDEN"
    assert await api.refusal("{ staffMembers(first: 5) { nodes { id } } }", token=token) == "FORBIDDEN"
    assert (await api.do("staffLogout", None, token=token))["code"] == "FORBIDDEN"
    assert (await api.do("staffLogout", None))["code"] == "NOT_LOGGED_IN"


async def test_refusals_are_told_in_the_language_of_the_asker(api: Api) -> None:
    given = {"username": "nobody", "password": "wrong one"}

    chinese = await api.do("staffLogin", given, accept_language="zh-CN,zh;q=0.9")
    english = await api.do("staffLogin", given, accept_language="en-GB")

    assert "用户名" in chinese["message"]
    assert "user name" in english["message"]
