"""GraphQL over HTTP as any client of another make expects it; the doors beside it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from graph.accepting import JSON, RESPONSE, language_of
from tests.graph.bare import bare_house, calling

NAME = '{"query": "{ __typename }"}'
WRONG = {
    "syntax": "{ __typename",
    "validation": "{ nothingOfTheKind }",
    "variables": "query($id: ID!) { loan(id: $id) { id } }",
}


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with calling(bare_house()) as http:
        yield http


async def post(http: httpx.AsyncClient, content: str | bytes = NAME, **headers: str) -> httpx.Response:
    named = {"content-type": JSON} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.post("/graphql", content=content, headers=named)


def told(answer: httpx.Response) -> list[dict[str, Any]]:
    """The errors of a request that never ran, which has no data."""
    body = answer.json()
    assert list(body) == ["errors"], body
    return body["errors"]


# What is answered


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", JSON),
        ("", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (RESPONSE, RESPONSE),
        (RESPONSE.upper(), RESPONSE),
        (f"{RESPONSE}, {JSON};q=0.9", RESPONSE),
        (f"{JSON};q=0.5, {RESPONSE};q=0.8", RESPONSE),
        (f"{JSON}, {RESPONSE}", JSON),
        (f"text/html, {RESPONSE};q=0.1", RESPONSE),
        (f"{RESPONSE};q=0, */*", JSON),
    ],
)
async def test_the_answer_has_the_media_type_the_client_likes_best(
    http: httpx.AsyncClient, accept: str, media_type: str
) -> None:
    answer = await post(http, accept=accept)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("accept", ["text/html", "text/plain, image/png", f"{JSON};q=0", f"{RESPONSE};q=0.0"])
async def test_a_client_that_can_read_nothing_we_write_is_told_so(http: httpx.AsyncClient, accept: str) -> None:
    answer = await post(http, accept=accept)

    assert answer.status_code == 406
    assert RESPONSE in told(answer)[0]["message"]


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize(
    ("accept", "status"), [(RESPONSE, 400), ("*/*", 400), (f"{RESPONSE}, {JSON}", 400), (JSON, 200)]
)
async def test_a_document_that_cannot_run_is_the_clients_fault(
    http: httpx.AsyncClient, what: str, accept: str, status: int
) -> None:
    """Only one that names plain JSON and nothing else is an old client, which looks for errors in a 200."""
    answer = await post(http, json.dumps({"query": WRONG[what]}), accept=accept)

    assert answer.status_code == status
    assert told(answer)[0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_document_that_ran_is_200_whatever_came_of_it(http: httpx.AsyncClient) -> None:
    answer = await post(http, '{"query": "{ me { id } }"}', accept=RESPONSE)

    assert answer.status_code == 200
    assert answer.json()["data"] == {"me": None}
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_LOGGED_IN"


# What is asked


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""]
)
async def test_a_request_of_another_content_type_is_not_read(http: httpx.AsyncClient, content_type: str) -> None:
    """Not even JSON under the name of plain text: a web page elsewhere could send that without asking."""
    answer = await post(http, content_type=content_type)

    assert answer.status_code == 415
    assert JSON in told(answer)[0]["message"]


async def test_json_with_a_charset_is_json(http: httpx.AsyncClient) -> None:
    assert (await post(http, content_type=f"{JSON}; charset=utf-8")).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'"text"',
        b"5",
        b"null",
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b'{"query": "\xff"}',
        b"[" * 90_000,
        b'{"query": ' + b"1" * 5000 + b"}",
        b"{}",
        b'{"query": ""}',
        b'{"query": 5}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "extensions": 5}',
        b'{"query": "{ __typename }", "operationName": {}}',
        b'{"query": "{ __typename }", "operationName": "Another"}',
    ],
    ids=lambda content: content[:60].decode(errors="replace"),
)
async def test_what_is_no_request_is_refused_in_json(http: httpx.AsyncClient, content: bytes) -> None:
    answer = await post(http, content, accept=RESPONSE)

    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith(RESPONSE)
    assert told(answer)[0]["extensions"]["code"] == "BAD_REQUEST"


async def test_of_several_operations_one_is_named(http: httpx.AsyncClient) -> None:
    document = "query one { businessClock { pending } } query other { __typename }"

    named = await post(http, json.dumps({"query": document, "operationName": "other"}))
    unnamed = await post(http, json.dumps({"query": document}))

    assert named.json() == {"data": {"__typename": "Query"}}
    assert unnamed.status_code == 400
    assert "operationName" in told(unnamed)[0]["message"]


async def test_a_query_may_be_asked_by_get(http: httpx.AsyncClient) -> None:
    document = (
        "query($code: String!) { paymentChannels { code } "
        "quoteLoan(input: {productCode: $code, principal: 1, terms: 3}) { terms } }"
    )
    given = {"query": document, "variables": '{"code": "X"}'}

    answer = await http.get("/graphql", params=given, headers={"accept": RESPONSE})

    assert answer.status_code == 200
    assert {"code": "alipay"} in answer.json()["data"]["paymentChannels"]
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNREADABLE_INPUT", "field": ["principal"]}
    unreadable = await http.get("/graphql", params={**given, "variables": "{"}, headers={"accept": RESPONSE})
    assert unreadable.status_code == 400


async def test_a_mutation_is_not_done_by_get(http: httpx.AsyncClient) -> None:
    for given in (
        {"query": "mutation { logout { __typename } }"},
        {"query": "query q { __typename } mutation m { logout { __typename } }", "operationName": "m"},
    ):
        answer = await http.get("/graphql", params=given, headers={"accept": RESPONSE})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert told(answer)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
async def test_other_methods_are_not_allowed(http: httpx.AsyncClient, method: str) -> None:
    answer = await http.request(method, "/graphql", content=NAME, headers={"content-type": JSON})

    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


# In which language


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("ZH", "zh-CN"),
        ("en-GB", "en"),
        ("fr-FR, de;q=0.5", "en"),
        ("fr, zh;q=0.3, en;q=0.2", "zh-CN"),
        ("zh;q=0.1, en", "en"),
        ("zh;q=0", "en"),
        (";;;,=", "en"),
    ],
)
def test_the_language_is_the_one_the_asker_likes_better(accept: str, language: str) -> None:
    assert language_of(accept) == language


# The doors beside it


@pytest.mark.parametrize(
    "path", ["/notify/x/y", "/notify/payments", "/notify/crawler/alipay", "/uploads", "/elsewhere"]
)
async def test_where_there_is_no_door_there_is_none(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.post(path, content=b"{}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/notify/payments/alipay"), ("POST", "/uploads/x"), ("GET", "/uploads/x")]
)
async def test_each_door_has_its_one_method(http: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await http.request(method, path)).status_code == 405


async def test_a_party_that_is_not_set_up_is_asked_to_come_again(http: httpx.AsyncClient) -> None:
    assert (await http.post("/notify/payments/alipay", content=b"{}")).status_code == 503


async def test_the_process_says_that_it_lives(http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz")).json() == {"ok": True}
