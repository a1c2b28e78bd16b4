"""Whose things one sees: a borrower his own, staff what its role sees, a stranger none."""

import pytest
from sqlalchemy import select

from domain.borrowers.models import DataKind
from domain.credit.ports import ReportResult, ReportState
from domain.credit.services import reports
from domain.shared.db import Base
from graph.ids import global_id, read_id
from graph.nodes import NODES
from tests.graph.town import NOW, SPEAKERS, STAFF, Town

NODE = {
    "BankCard": "RCKA",
    "Borrower": "RCKA",
    "ChangeRequest": "RA",
    "CollectionCase": "CA",
    "Consent": "RCKA",
    "CreditApplication": "RCKA",
    "CreditLine": "RCKA",
    "IdentityCheck": "RA",
    "Image": "RA",
    "Loan": STAFF,
    "Mandate": "RCKA",
    "Message": "RCKA",
    "Refund": STAFF,
    "RepaymentOrder": STAFF,
    "StaffMember": STAFF,
}
"""Who of the staff finds a thing by its id; its borrower does, no other borrower does."""


def test_every_kind_of_thing_has_a_row() -> None:
    assert set(NODE) == set(NODES)


TABLES = {
    "BankCard": "bank_cards",
    "Consent": "consents",
    "CreditApplication": "credit_applications",
    "CreditLine": "credit_lines",
    "IdentityCheck": "identity_checks",
    "Image": "images",
    "Loan": "loans",
    "Mandate": "mandates",
    "Message": "messages",
    "Refund": "refunds",
    "RepaymentOrder": "payment_orders",
}


async def things_of(town: Town, who: str) -> dict[str, str]:
    """One thing of each kind that a borrower has, by global id."""
    found = {"Borrower": global_id("Borrower", town.who[who])}
    async with town.api.house.sessions() as session:
        for kind, name in TABLES.items():
            table = Base.metadata.tables[name]
            if key := await session.scalar(select(table.c.id).where(table.c.borrower_id == town.who[who]).limit(1)):
                found[kind] = global_id(kind, key)
    return found


@pytest.fixture
async def things(town: Town) -> dict[str, tuple[str, str]]:
    """A thing of each kind, and whose it is."""
    found = {
        kind: (thing, who) for who in ("proven", "neighbour") for kind, thing in (await things_of(town, who)).items()
    }
    assert {*found, "ChangeRequest", "CollectionCase", "StaffMember"} == set(NODES)
    return found


async def test_a_borrower_finds_what_is_his_and_nothing_of_anybody_else(
    town: Town, things: dict[str, tuple[str, str]]
) -> None:
    document = "query($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }"
    ids = [thing for thing, _ in things.values()]
    stranger = await town.token("debtor")
    for kind, (thing, owner) in things.items():
        asked = {"id": thing, "ids": ids}
        own = await town.api.ask(document, asked, token=await town.token(owner))
        other = await town.api.ask(document, asked, token=stranger)
        nobody = (await town.api.answer(document, asked)).json()

        assert own["node"] == {"id": thing}, kind
        assert own["nodes"] == [{"id": one} if whose == owner else None for one, whose in things.values()]
        assert other == {"node": None, "nodes": [None] * len(ids)}, kind
        assert nobody["data"] is None
        assert {error["extensions"]["code"] for error in nobody["errors"]} == {"NOT_LOGGED_IN"}


async def test_staff_finds_by_id_what_its_role_sees(town: Town, things: dict[str, tuple[str, str]]) -> None:
    document = "query($id: ID!) { node(id: $id) { id } }"
    ids = {kind: thing for kind, (thing, _) in things.items()} | {"ChangeRequest": town.ids["change"]}
    ids["StaffMember"], ids["CollectionCase"] = await colleague(town), town.ids["debtor's case"]
    for kind, letters in NODE.items():
        for letter in STAFF:
            found = await town.api.ask(document, {"id": ids[kind]}, token=await town.token(SPEAKERS[letter]))
            assert found["node"] == ({"id": ids[kind]} if letter in letters else None), (kind, letter)


async def test_a_borrower_finds_no_colleague_no_change_and_no_case_about_himself(town: Town) -> None:
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    ids = [town.ids["change"], await colleague(town), town.ids["debtor's case"]]

    assert await town.api.ask(document, {"ids": ids}, token=await town.token("debtor")) == {"nodes": [None] * 3}


async def colleague(town: Town) -> str:
    """The id of a member of staff."""
    return (await town.api.ask("{ staffMe { id } }", token=await town.token("admin")))["staffMe"]["id"]


async def test_a_loan_of_another_is_no_loan(town: Town) -> None:
    document = "query($id: ID!) { loan(id: $id) { id } }"
    asked = {"id": town.ids["neighbour's running"]}

    assert (await town.api.ask(document, asked, token=await town.token("neighbour")))["loan"] is not None
    assert (await town.api.ask(document, asked, token=await town.token("debtor"))) == {"loan": None}
    assert await town.api.refusal(document, {"id": "x"}, token=await town.token("debtor")) == "WRONG_ID"
    card = {"id": town.ids["debtor's card"]}
    assert await town.api.refusal(document, card, token=await town.token("debtor")) == "WRONG_ID"


@pytest.mark.parametrize("broken", ["", "x", "TG9hbg", "TG9hbjo", "Ojo6", "=", "ÄÖ", "TG9hbjoxMjM0NTY3ODkwMTIzNDU2Nw"])
async def test_a_broken_id_is_no_id_and_no_fault(town: Town, broken: str) -> None:
    document = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }"

    assert await town.api.ask(document, {"id": broken}, token=await town.token("debtor")) == {
        "node": None,
        "nodes": [None],
    }


async def test_what_finance_alone_sees_of_a_loan_is_empty_to_others(town: Town) -> None:
    document = "query($id: ID!) { loan(id: $id) { accountShares { code } } }"
    asked = {"id": town.ids["debtor's running"]}
    for letter in "B" + STAFF:
        shares = (await town.api.ask(document, asked, token=await town.token(SPEAKERS[letter])))["loan"][
            "accountShares"
        ]
        assert bool(shares) == (letter == "F"), letter


async def test_the_risk_engine_s_words_are_not_for_the_borrower(town: Town) -> None:
    document = "{ me { creditApplications { id risk { status } } } }"

    told = await town.api.ask(document, token=await town.token("applicant"))

    assert [each["risk"] for each in told["me"]["creditApplications"]] == [None]


async def test_the_figures_of_a_report_are_for_reviewers_alone(town: Town) -> None:
    key = read_id("CreditApplication", town.ids["application"], "id")
    async with town.api.house.sessions.begin() as session:
        asked = {DataKind.CREDIT_REPORT: "fake"}
        ((record_id, _),) = await reports.open_records(session, application_id=key, asked=asked, at=NOW)
        said = ReportResult(ReportState.READY, report={"score": 640, "owed_fen": 12_00})
        await reports.record(session, record_id=record_id, result=said, at=NOW)
    document = """query($id: ID!) { node(id: $id) { ... on CreditApplication {
        reports { kind status figures { name value } } } } }"""
    for letter in "RCKA":
        told = await town.api.ask(document, {"id": town.ids["application"]}, token=await town.token(SPEAKERS[letter]))
        (report,) = told["node"]["reports"]
        assert (report["kind"], report["status"]) == ("CREDIT_REPORT", "READY")
        assert ({"name": "score", "value": "640"} in report["figures"]) == bool(report["figures"]) == (letter == "R")
    mine = await town.api.ask(
        "{ me { creditApplications { reports { figures { value } } } } }", token=await town.token("applicant")
    )
    assert mine["me"]["creditApplications"] == [{"reports": [{"figures": []}]}]
