"""A change that takes two people: seen, decided by another than who asked, true at once."""

from datetime import date
from uuid import UUID

import pytest

from domain.credit.models import CreditLine, CreditLineStatus
from domain.credit.services import limits
from domain.shared.actors import Actor
from domain.staff import queries
from graph.ids import global_id
from tests.domain.borrowers.builders import NOW
from tests.domain.credit import builders as credit
from tests.graph.api import Api

CHANGE = (
    "... on ChangeRequest { id kind subjectId state reason decisionReason decidedAt askedBy { username } "
    "decidedBy { username } values { name before after } }"
)


async def actor(api: Api, username: str) -> Actor:
    async with api.house.sessions() as session:
        member = await queries.by_username(session, username)
    assert member is not None
    return member.actor()


@pytest.fixture
async def line(api: Api) -> UUID:
    """A credit line of 50,000 yuan."""
    async with api.house.sessions.begin() as session:
        borrower_id = await credit.ready_borrower(session)
        return (await credit.granted_line(session, borrower_id, expires_on=date(2027, 1, 14))).id


@pytest.fixture
async def change(api: Api, line: UUID) -> str:
    """The reviewer asks for 60,000 yuan and no new loans."""
    by = await actor(api, "reviewer")
    async with api.house.sessions.begin() as session:
        row = await limits.ask(
            session, line_id=line, limit_fen=60_000_00, freeze=True, reason="a better income", by=by, at=NOW
        )
    return global_id("ChangeRequest", row.id)


async def now(api: Api, line: UUID) -> tuple[int, CreditLineStatus]:
    async with api.house.sessions() as session:
        row = await session.get_one(CreditLine, line)
    return row.limit_fen, row.status


async def test_a_second_person_approves_and_it_is_true_at_once(api: Api, line: UUID, change: str) -> None:
    given = {"changeId": change, "approve": True, "reason": "seen the slips"}

    decided = await api.do("decideChange", given, CHANGE, token=await api.staff("admin"))

    assert decided.pop("decidedAt") is not None
    assert decided == {
        "__typename": "ChangeRequest",
        "id": change,
        "kind": "credit.line",
        "subjectId": global_id("CreditLine", line),
        "state": "APPROVED",
        "reason": "a better income",
        "decisionReason": "seen the slips",
        "askedBy": {"username": "reviewer"},
        "decidedBy": {"username": "admin"},
        "values": [
            {"name": "limit", "before": "50000.00", "after": "60000.00"},
            {"name": "status", "before": "ACTIVE", "after": "FROZEN"},
        ],
    }
    assert await now(api, line) == (60_000_00, CreditLineStatus.FROZEN)


async def test_a_refused_change_changes_nothing_and_is_decided_for_good(api: Api, line: UUID, change: str) -> None:
    admin = await api.staff("admin")
    given = {"changeId": change, "approve": False, "reason": "no slips"}

    assert (await api.do("decideChange", given, CHANGE, token=admin))["state"] == "REFUSED"

    assert await api.problem("decideChange", {**given, "approve": True}, token=admin) == "CHANGE_DECIDED"
    assert await now(api, line) == (50_000_00, CreditLineStatus.ACTIVE)


async def test_whoever_asked_does_not_decide(api: Api, line: UUID, change: str) -> None:
    given = {"changeId": change, "approve": True, "reason": "I say so"}

    assert await api.problem("decideChange", given, token=await api.staff("reviewer")) == "OWN_CHANGE"
    assert await api.problem("decideChange", given, token=await api.staff("collector")) == "FORBIDDEN"
    assert await api.problem("decideChange", given) == "NOT_LOGGED_IN"
    assert await now(api, line) == (50_000_00, CreditLineStatus.ACTIVE)


async def test_a_decision_has_a_reason_and_a_change(api: Api, line: UUID, change: str) -> None:
    admin = await api.staff("admin")
    given = {"changeId": change, "approve": True, "reason": "x"}

    assert await api.problem("decideChange", given, token=admin) == "REASON_MISSING"
    missing = {"changeId": global_id("ChangeRequest", UUID(int=1)), "approve": True, "reason": "why not"}
    assert await api.problem("decideChange", missing, token=admin) == "CHANGE_NOT_FOUND"
    wrong = {**missing, "changeId": global_id("CreditLine", line)}
    assert await api.problem("decideChange", wrong, token=admin) == "WRONG_ID"
    assert await now(api, line) == (50_000_00, CreditLineStatus.ACTIVE)


async def test_what_waits_is_listed_for_those_who_decide(api: Api, change: str) -> None:
    document = (
        "query($where: ChangeRequestWhere) "
        "{ changeRequests(first: 5, where: $where) { nodes { id state askedBy { name } decidedBy { name } } totalCount } }"
    )
    admin = await api.staff("admin")

    waiting = (await api.ask(document, {"where": {"state": "ASKED"}}, token=admin))["changeRequests"]
    decided = (await api.ask(document, {"where": {"state": "APPROVED"}}, token=admin))["changeRequests"]

    assert waiting["totalCount"] == 1
    assert waiting["nodes"][0]["id"] == change
    assert waiting["nodes"][0]["decidedBy"] is None
    assert decided == {"nodes": [], "totalCount": 0}
    assert await api.refusal(document, token=await api.staff("cashier")) == "FORBIDDEN"
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert (await api.ask(node, {"id": change}, token=admin))["node"] == {"id": change}
    assert (await api.ask(node, {"id": change}, token=await api.staff("cashier")))["node"] is None


async def test_colleagues_are_listed_page_by_page(api: Api) -> None:
    document = (
        "query($first: Int, $last: Int) "
        "{ staffMembers(first: $first, last: $last) { nodes { username roles } totalCount pageInfo { hasNextPage } } }"
    )
    token = await api.staff("collector")

    everybody = (await api.ask(document, {"first": 10}, token=token))["staffMembers"]
    oldest = (await api.ask(document, {"last": 2}, token=token))["staffMembers"]

    assert everybody["totalCount"] == 5
    assert {one["username"]: one["roles"] for one in everybody["nodes"]}["cashier"] == ["CASHIER"]
    assert oldest["nodes"] == everybody["nodes"][-2:]
    assert await api.refusal(document, {"first": 10}) == "NOT_LOGGED_IN"
