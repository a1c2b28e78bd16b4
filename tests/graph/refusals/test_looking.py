"""Questions that have no answer: pages, cursors and days, refused as errors of the query, never as a fault of ours."""

import json
from base64 import urlsafe_b64encode

import pytest
from graphql import GraphQLField, GraphQLList, GraphQLObjectType, get_named_type, get_nullable_type

from graph.access import Guard, Legible
from tests.graph.asking import TYPES
from tests.graph.town import Town

LISTS = {
    "banners": "admin",
    "borrowers": "reviewer",
    "changeRequests": "reviewer",
    "collectionCases": "collector",
    "creditApplications": "reviewer",
    "discrepancies": "finance",
    "loans": "reviewer",
    "paymentBatches": "cashier",
    "policyHistory": "finance",
    "reconciliationRuns": "finance",
    "refunds": "cashier",
    "remittances": "finance",
    "repaymentOrders": "cashier",
    "reviewQueue": "reviewer",
    "staffMembers": "admin",
    "unplacedPayments": "finance",
}
OF = {"policyHistory": 'name: "lending.cost_ceiling"'}
"""What else must be said of a list."""
PAGES = [
    "",
    "first: 0",
    "first: 101",
    "first: -1",
    "first: 1, last: 1",
    'first: 1, before: "x"',
    'last: 1, after: "x"',
]
SOMEBODY = "01a20340-0000-7000-8000-000000000000"


def cursor(*parts: object) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


CURSORS = [
    "x",
    "ÄÖ",
    cursor(),
    cursor(1, 2),
    cursor("2026-01-15T10:00:00+08:00"),
    cursor("2026-01-15T10:00:00+08:00", "nobody"),
    cursor("2026-13-15", SOMEBODY),
    cursor("0001-01-01T00:00:00+14:00", SOMEBODY),
    cursor("yesterday", SOMEBODY),
]


async def refused(town: Town, who: str, document: str, **given: object) -> tuple[str, list[str] | None, str]:
    """Code, field and Chinese sentence of the one error."""
    told = (await town.api.answer(document, given, token=await town.token(who), accept_language="zh")).json()
    (error,) = told["errors"]
    return error["extensions"]["code"], error["extensions"].get("field"), error["message"]


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_is_from_one_end_and_not_too_long(town: Town, page: str) -> None:
    for name, who in LISTS.items():
        said = f"({asked})" if (asked := f"{OF.get(name, '')} {page}".strip()) else ""
        code, field, message = await refused(town, who, f"{{ {name}{said} {{ totalCount }} }}")
        assert (code, field) == ("BAD_PAGE", ["first", "last"]), name
        assert "1 至 100" in message


async def test_who_may_not_see_a_list_is_told_nothing_of_its_pages(town: Town) -> None:
    for name in LISTS:
        asked = f"({OF[name]})" if name in OF else ""
        assert (await refused(town, "debtor", f"{{ {name}{asked} {{ totalCount }} }}"))[0] == "FORBIDDEN", name


@pytest.mark.parametrize("after", CURSORS, ids=range(len(CURSORS)))
async def test_what_is_no_cursor_of_a_list_is_none(town: Town, after: str) -> None:
    for name, who in LISTS.items():
        document = f"query($after: String) {{ {name}({OF.get(name, '')} first: 2, after: $after) {{ totalCount }} }}"
        code, field, message = await refused(town, who, document, after=after)
        assert (code, field) == ("BAD_CURSOR", ["after", "before"]), name
        assert "游标" in message


WHOLE = {
    *("Borrower.bankCards", "Borrower.consents", "Borrower.identityChecks"),
    "Borrower.creditApplications",
    *("CollectionCase.attempts", "CollectionCase.decisions", "CollectionCase.locatingContacts"),
    *("CollectionCase.promises", "CollectionCase.tasks"),
    "DecisionAgain.policies",
    "HomeFeed.banners",
    *("Loan.refunds", "Loan.repaymentOrders", "Loan.repayments", "PaymentAttempt.refunds"),
    *("Query.failedJobs", "Query.loanProducts", "Query.nodes", "Query.policies", "Query.productVersions"),
}
"""Lists of things with an id that are told whole: what one person, loan or case has of them, or no more than so many."""


def test_every_other_list_of_things_is_paged() -> None:
    whole = {
        f"{kind.name}.{name}"
        for kind in TYPES.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.endswith("Connection")
        for name, field in kind.fields.items()
        if isinstance(get_nullable_type(field.type), GraphQLList)
        if "id" in getattr(get_named_type(field.type), "fields", {})
    }

    assert whole == WHOLE


def test_every_paged_list_takes_a_page_from_either_end() -> None:
    for kind in TYPES.values():
        for name, field in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
            if get_named_type(field.type).name.endswith("Connection"):
                assert {"first", "after", "last", "before"} <= set(field.args), f"{kind.name}.{name}"


async def test_every_list_of_the_schema_is_tried_here(town: Town) -> None:
    told = await town.api.ask('{ __type(name: "Query") { fields { name type { ofType { name } } } } }')
    answers = {field["name"]: field["type"]["ofType"] for field in told["__type"]["fields"]}

    assert {name for name, of in answers.items() if of and (of["name"] or "").endswith("Connection")} == set(LISTS)


@pytest.mark.parametrize("day", ["0001-01-01", "2026-01-14", "2036-02-22", "9999-12-31"])
async def test_a_loan_is_looked_at_from_its_beginning_to_ten_years_ahead(town: Town, day: str) -> None:
    for part in ("balance", "plan", "payoff"):
        document = f'query($id: ID!) {{ loan(id: $id) {{ {part}(asOf: "{day}") {{ __typename }} }} }}'
        code, field, message = await refused(town, "debtor", document, id=town.ids["debtor's running"])
        assert (code, field) == ("DAY_NOT_ASKABLE", ["asOf"])
        assert "2036-02-21" in message


@pytest.mark.parametrize("moment", ["2026-02-20T10:00:01+08:00", "9998-12-31T23:59:59Z"])
async def test_what_will_be_known_is_not_asked(town: Town, moment: str) -> None:
    for part in ("balance", "plan"):
        document = f'query($id: ID!) {{ loan(id: $id) {{ {part}(knownAt: "{moment}") {{ __typename }} }} }}'
        code, field, message = await refused(town, "debtor", document, id=town.ids["debtor's running"])
        assert (code, field) == ("NOT_KNOWN_YET", ["knownAt"])
        assert "请查询不晚于当前时间" in message


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("asOf", "2026-02-30"),
        ("asOf", "today"),
        ("knownAt", "2026-02-20T10:00:00"),
        ("knownAt", "9999-12-31T23:59:59Z"),
    ],
)
async def test_what_is_no_day_or_moment_is_said_to_be_none(town: Town, argument: str, text: str) -> None:
    for part in ("balance", "plan"):
        document = f'query($id: ID!) {{ loan(id: $id) {{ {part}({argument}: "{text}") {{ __typename }} }} }}'
        code, field, message = await refused(town, "debtor", document, id=town.ids["debtor's running"])
        assert (code, field) == ("UNREADABLE_INPUT", [argument])
        assert text in message


def _may_be_unreadable(field: GraphQLField) -> bool:
    return any(
        get_named_type(given.type).name in {"Date", "DateTime", "Money", "Rate"} for given in field.args.values()
    )


def test_every_field_that_takes_what_may_be_unreadable_looks() -> None:
    unlooked = [
        f"{kind.name}.{name}"
        for kind in TYPES.values()
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if _may_be_unreadable(field)
        if not any(isinstance(each, Guard | Legible) for each in field.extensions["strawberry-definition"].extensions)
    ]

    assert unlooked == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_the_books_answer_for_any_day(town: Town, day: str) -> None:
    told = await town.api.ask(
        f'{{ trialBalance(asOf: "{day}") {{ debit credit }} }}', token=await town.token("finance")
    )

    assert told["trialBalance"]["debit"] == told["trialBalance"]["credit"]


async def test_only_so_many_things_are_looked_up_at_once(town: Town) -> None:
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    assert (await refused(town, "debtor", document, ids=["x"] * 101))[:2] == ("TOO_MANY_IDS", ["ids"])
