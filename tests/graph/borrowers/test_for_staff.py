"""What staff sees of borrowers: masked, by role, and in the clear only on record."""

from uuid import UUID

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.messaging import services as messaging
from domain.shared.audit import AuditRecord
from graph.ids import global_id
from tests.domain.borrowers.builders import (
    ID_NUMBER,
    NAME,
    NOW,
    OTHER_PHONE,
    PHONE,
    employed,
    proven_in,
    registered_in,
    with_contacts,
)
from tests.graph.api import Api

LIST = "query($where: BorrowerWhere) { borrowers(first: 10, where: $where) { nodes { id phone profile { name } } totalCount } }"


@pytest.fixture
async def person(api: Api) -> UUID:
    """A borrower who has told everything, beside another one."""
    person = await proven_in(api.house.sessions, api.hands)
    await registered_in(api.house.sessions, phone=OTHER_PHONE)
    async with api.house.sessions.begin() as session:
        await employed(session, person)
        await with_contacts(session, person)
    return person


async def test_staff_finds_a_borrower_by_a_whole_phone_only(api: Api, person: UUID) -> None:
    api.token = await api.staff("reviewer")

    everybody = (await api.ask(LIST))["borrowers"]
    found = (await api.ask(LIST, {"where": {"phone": PHONE}}))["borrowers"]

    assert everybody["totalCount"] == 2
    assert [one["phone"] for one in everybody["nodes"]] == ["139****5678", "138****1234"]
    mine = {"id": global_id("Borrower", person), "phone": "138****1234", "profile": {"name": "王**"}}
    assert found == {"nodes": [mine], "totalCount": 1}
    assert (await api.ask(LIST, {"where": {"number": "BR1"}}))["borrowers"]["nodes"] == []
    assert await api.refusal(LIST, {"where": {"phone": "138"}}) == "NOT_A_MOBILE"


async def test_pages_of_borrowers_follow_each_other_without_gap(api: Api, person: UUID) -> None:
    api.token = await api.staff("admin")
    page_info = "pageInfo { endCursor hasNextPage }"
    document = f"query($after: String) {{ borrowers(first: 1, after: $after) {{ nodes {{ id }} {page_info} }} }}"
    seen: list[str] = []
    page = (await api.ask(document))["borrowers"]
    while True:
        seen += [one["id"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        page = (await api.ask(document, {"after": page["pageInfo"]["endCursor"]}))["borrowers"]

    assert len(seen) == len(set(seen)) == 2
    assert await api.refusal("{ borrowers { nodes { id } } }") == "BAD_PAGE"
    assert await api.refusal("{ borrowers(first: 101) { nodes { id } } }") == "BAD_PAGE"
    assert await api.refusal('{ borrowers(first: 1, after: "x") { nodes { id } } }') == "BAD_CURSOR"


async def test_a_longer_list_takes_no_more_statements(api: Api, person: UUID, engine: AsyncEngine) -> None:
    statements: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    facts = "phone profile { name } employment { phone } contacts { name } bankCards { phone } consents { id }"

    async def taken(first: int) -> int:
        statements.clear()
        document = f"{{ borrowers(first: {first}) {{ nodes {{ {facts} identityChecks {{ id }} }} }} }}"
        told = await api.ask(document, token=await api.staff("reviewer"))
        assert len(told["borrowers"]["nodes"]) == first
        return len(statements)

    await taken(2)  # statements the driver makes once for itself
    assert await taken(1) == await taken(2)


async def test_who_may_list_borrowers(api: Api, person: UUID) -> None:
    assert await api.refusal(LIST, token=await api.staff("finance")) == "FORBIDDEN"
    assert await api.refusal(LIST, token=api.speaks(person)) == "FORBIDDEN"
    assert await api.refusal(LIST) == "NOT_LOGGED_IN"


async def test_a_role_sees_of_a_borrower_what_its_work_needs(api: Api, person: UUID) -> None:
    async def sees(username: str, field: str) -> bool:
        document = f"query($id: ID!) {{ node(id: $id) {{ ... on Borrower {{ number {field} }} }} }}"
        answer = await api.answer(document, {"id": global_id("Borrower", person)}, token=await api.staff(username))
        told = answer.json()
        assert told["data"]["node"]["number"]
        return "errors" not in told

    # A collector is shown contacts by the case, and only while the contact guard lets him ask them.
    assert not await sees("collector", "contacts { phone }")
    assert await sees("reviewer", "contacts { phone }")
    assert await sees("collector", "employment { employer }")
    assert not await sees("collector", "loginRecords(first: 1) { totalCount }")
    assert not await sees("cashier", "contacts { phone }")
    assert await sees("cashier", "bankCards { id }")
    assert not await sees("cashier", "identityChecks { id }")
    assert await sees("reviewer", "identityChecks { id }")
    assert await sees("admin", "loginRecords(first: 1) { totalCount }")
    document = "query($id: ID!) { node(id: $id) { id } }"
    unseen = await api.ask(document, {"id": global_id("Borrower", person)}, token=await api.staff("finance"))
    assert unseen["node"] is None


async def test_what_is_revealed_is_on_record(api: Api, person: UUID) -> None:
    given = {"id": global_id("Borrower", person), "field": "ID_NUMBER", "purpose": "to check the contract"}
    shown = await api.do(
        "revealPersonalData", given, "... on RevealedData { kind value }", token=await api.staff("reviewer")
    )

    assert (shown["kind"], shown["value"]) == ("ID_NUMBER", ID_NUMBER)
    async with api.house.sessions() as session:
        records = (await session.scalars(select(AuditRecord).where(AuditRecord.subject_id == person))).all()
    assert [record.action for record in records] == ["personal_data.revealed"]
    assert records[0].details == {"field": "ID_NUMBER", "purpose": "to check the contract"}


async def test_nothing_is_revealed_without_a_reason_a_role_or_a_person(api: Api, person: UUID) -> None:
    given = {"id": global_id("Borrower", person), "field": "NAME", "purpose": "to check the contract"}
    reviewer = await api.staff("reviewer")

    assert await api.problem("revealPersonalData", {**given, "purpose": "x"}, token=reviewer) == "BAD_TEXT"
    assert await api.problem("revealPersonalData", {**given, "field": "EMAIL"}, token=reviewer) == "NOTHING_TO_REVEAL"
    nobody = {**given, "id": global_id("Borrower", UUID(int=1))}
    assert await api.problem("revealPersonalData", nobody, token=reviewer) == "BORROWER_NOT_FOUND"
    wrong = {**given, "id": global_id("Loan", person)}
    assert await api.problem("revealPersonalData", wrong, token=reviewer) == "WRONG_ID"
    for token in (await api.staff("collector"), await api.staff("finance"), api.speaks(person)):
        assert await api.problem("revealPersonalData", given, token=token) == "FORBIDDEN"
    assert await api.problem("revealPersonalData", given) == "NOT_LOGGED_IN"


async def test_messages_show_what_they_said_but_never_a_code(api: Api, person: UUID) -> None:
    async with api.house.sessions.begin() as session:
        for template, params in (
            ("LOAN_SETTLED", {"number": "LN1"}),
            ("LOGIN_CODE", {"code": "987654", "minutes": "5"}),
        ):
            await messaging.queue(
                session,
                borrower_id=person,
                to_phone=f"+86{PHONE}",
                template=template,
                params=params,
                once_key=template,
                at=NOW,
            )
    fields = "messages(last: 2) { nodes { id template kind status to text sentAt } totalCount }"

    told = (await api.mine(fields, token=api.speaks(person)))["messages"]

    settled = next(message for message in told["nodes"] if message["template"] == "LOAN_SETTLED")
    code = next(message for message in told["nodes"] if message["template"] == "LOGIN_CODE")
    assert told["totalCount"] == 2
    assert "LN1" in settled["text"]
    assert (settled["status"], settled["kind"], settled["to"]) == ("QUEUED", "SERVICE", "138****1234")
    assert code["text"] is None
    document = "query($id: ID!) { node(id: $id) { ... on Message { template } } }"
    variables = {"id": settled["id"]}
    assert (await api.ask(document, variables, token=api.speaks(person)))["node"] == {"template": "LOAN_SETTLED"}
    other = api.speaks(await registered_in(api.house.sessions, phone="13700009999"))
    assert (await api.ask(document, variables, token=other))["node"] is None


async def test_a_node_is_found_by_its_id_or_not_at_all(api: Api, person: UUID) -> None:
    me = global_id("Borrower", person)
    foreign = global_id("Borrower", await registered_in(api.house.sessions, phone="13700009999"))
    broken = ["", "é", "rubbish", global_id("Nothing", person), global_id("BankCard", person), foreign]
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Borrower { number profile { name } } } }"

    found = (await api.ask(document, {"ids": [me, *broken]}, token=api.speaks(person)))["nodes"]

    assert (found[0]["id"], found[0]["profile"]["name"]) == (me, NAME[0] + "**")
    assert found[1:] == [None] * len(broken)
    assert await api.refusal(document, {"ids": [me] * 101}, token=api.speaks(person)) == "TOO_MANY_IDS"
    assert await api.refusal(document, {"ids": [me]}) == "NOT_LOGGED_IN"
