"""What one asker can take: how large a document, how large a body, how often; and what he is not told."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from graphql import get_introspection_query
from pydantic import SecretStr
from structlog.testing import capture_logs

from domain.shared.actors import Role
from domain.shared.clock import real_now
from domain.shared.ids import new_id
from domain.shared.settings import Environment, Settings
from graph.app import _limits_url
from graph.body_limit import GRAPHQL, NOTICE, UPLOAD
from graph.context import House
from graph.ids import global_id
from graph.limits import CODES_PER_ADDRESS, LOGINS_PER_ADDRESS, MUTATIONS_PER_ACTOR, Limits, TooManyRequests
from tests.graph.bare import ADDRESS, asked, bare_house, calling, speaking

CODE = (
    'mutation { requestLoginCode(input: {phone: "12", purpose: LOGIN}) { __typename ... on Problem { code message } } }'
)
REVIEW = (
    'mutation { reviewCreditApplication(input: {applicationId: "x", verdict: APPROVED, reason: "good"}) '
    "{ __typename ... on Problem { code } } }"
)


@pytest.fixture
def house() -> House:
    return bare_house()


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(house) as http:
        yield http


# Documents


def nested(depth: int) -> str:
    """A document as deep as said; loans have orders, which have a loan."""
    middle = "".join(" loan { repaymentOrders {" if n % 2 else "" for n in range(1, depth - 4))
    fields = middle.count("{")
    rest = depth - 4 - fields
    assert rest in (0, 1)
    inner = "loan { id }" if rest else "id"
    return f"{{ me {{ repaymentOrders(first: 1) {{ nodes {{ {middle} {inner} {'}' * fields} }} }} }} }}"


@pytest.mark.parametrize("depth", [5, 11, 12])
async def test_a_document_may_be_twelve_fields_deep(http: httpx.AsyncClient, depth: int) -> None:
    status, told = await asked(http, nested(depth))

    assert status == 200
    assert told["errors"][0]["extensions"]["code"] == "NOT_LOGGED_IN"


async def test_a_deeper_one_is_refused(http: httpx.AsyncClient) -> None:
    status, told = await asked(http, nested(13))

    assert status == 400
    assert [error["extensions"]["code"] for error in told["errors"]] == ["TOO_DEEP"]
    assert "13" in told["errors"][0]["message"]
    assert "12" in told["errors"][0]["message"]


async def test_fragments_do_not_hide_depth(http: httpx.AsyncClient) -> None:
    document = (
        "{ me { repaymentOrders(first: 1) { nodes { ...a } } } } "
        "fragment a on RepaymentOrder { loan { repaymentOrders { loan { repaymentOrders { ...b } } } } } "
        "fragment b on RepaymentOrder { loan { repaymentOrders { loan { ...c } } } } "
        "fragment c on Loan { ... on Node { ... on Loan { plan { installments { n } } } } }"
    )
    _, told = await asked(http, document)

    assert [error["extensions"]["code"] for error in told["errors"]] == ["TOO_DEEP"]


async def test_the_schema_can_be_asked_for_by_the_usual_document(http: httpx.AsyncClient) -> None:
    status, told = await asked(http, get_introspection_query())

    assert status == 200
    assert told["data"]["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}


@pytest.mark.parametrize(("count", "status"), [(30, 200), (31, 400)])
async def test_thirty_fields_may_be_renamed(http: httpx.AsyncClient, count: int, status: int) -> None:
    answered, told = await asked(http, "{" + " ".join(f"a{n}: __typename" for n in range(count)) + "}")

    assert answered == status
    if status == 400:
        assert [error["extensions"]["code"] for error in told["errors"]] == ["TOO_MANY_ALIASES"]


async def test_aliases_count_as_often_as_they_are_spread(http: httpx.AsyncClient) -> None:
    fragment = " fragment f on Query { " + " ".join(f"a{n}: __typename" for n in range(11)) + "}"

    fine, _ = await asked(http, "{ ...f ...f }" + fragment)
    refused, _ = await asked(http, "{ ...f ...f ...f }" + fragment)

    assert (fine, refused) == (200, 400)


async def test_fragments_that_spread_each_other_twice_keep_nobody_busy(http: httpx.AsyncClient) -> None:
    """Followed one by one these would be 2 to the 180th."""
    bomb = "{ ...f0 }" + "".join(f" fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(180))
    began = time.monotonic()

    async with asyncio.timeout(10):
        status, told = await asked(http, bomb + " fragment f180 on Query { a: __typename }")

    assert status == 400
    assert told["errors"][0]["extensions"]["code"] == "TOO_MANY_ALIASES"
    assert time.monotonic() - began < 2


async def test_a_fragment_within_itself_is_refused(http: httpx.AsyncClient) -> None:
    status, told = await asked(http, "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }")

    assert status == 400
    assert "itself" in told["errors"][0]["message"]


@pytest.mark.parametrize(
    "document",
    [
        "{" + "__typename " * 2000 + "}",
        "{ a" * 600 + "}" * 600,
        "{ loan(id: " + "[" * 600 + "]" * 600 + ") { id } }",
        "{ ...f0 }"
        + "".join(f" fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(245))
        + " fragment f245 on Query { __typename }",
    ],
    ids=["words", "braces", "brackets", "a chain of fragments"],
)
async def test_a_document_too_large_to_be_read_is_refused(http: httpx.AsyncClient, document: str) -> None:
    status, told = await asked(http, document)

    assert status == 400
    assert {error["extensions"]["code"] for error in told["errors"]} <= {"BAD_REQUEST", "TOO_DEEP"}


# Bodies


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [("POST", "/graphql", GRAPHQL), ("POST", "/notify/payments/alipay", NOTICE), ("PUT", "/uploads/x", UPLOAD)],
)
async def test_a_longer_body_is_not_taken_whatever_its_headers_claim(
    http: httpx.AsyncClient, method: str, path: str, limit: int
) -> None:
    async def streamed() -> AsyncIterator[bytes]:
        for _ in range(limit // 1000):
            yield b"x" * 1000
        yield b"x"

    headers = {"content-type": "application/json"}
    assert limit in (100_000, 256_000, 5_000_000)
    assert (await http.request(method, path, content=b"x" * (limit + 1), headers=headers)).status_code == 413
    assert (await http.request(method, path, content=streamed(), headers=headers)).status_code == 413


async def test_a_body_of_just_that_length_is_taken(http: httpx.AsyncClient) -> None:
    document = '{"query": "{ __typename }"}'
    answer = await http.post(
        "/graphql", content=document + " " * (GRAPHQL - len(document)), headers={"content-type": "application/json"}
    )

    assert answer.status_code == 200


# In production


@pytest.fixture(scope="module")
async def strict() -> AsyncIterator[httpx.AsyncClient]:
    async with calling(bare_house(Environment.PRODUCTION)) as http:
        yield http


@pytest.mark.parametrize("document", ["{ __schema { queryType { name } } }", '{ __type(name: "Loan") { name } }'])
async def test_production_does_not_show_its_schema(strict: httpx.AsyncClient, document: str) -> None:
    status, told = await asked(strict, document)

    assert status == 400
    assert "data" not in told


@pytest.mark.parametrize(
    "document",
    [
        "{ loann(id: 1) { id } }",
        "{ loan(idd: 1) { id } }",
        "{ loan(id: 1) { ... on Loann { id } } }",
        "{ quoteLoan(input: {productCod: 1}) { terms } }",
        'mutation { requestLoginCode(input: {phone: "1", purpose: LOGINN}) { __typename } }',
        "query($a: Moneyy) { __typename }",
        "{ me { phon } }",
    ],
)
async def test_production_suggests_nothing(strict: httpx.AsyncClient, http: httpx.AsyncClient, document: str) -> None:
    _, told = await asked(strict, document)
    _, helpful = await asked(http, document)

    assert "Did you mean" in str(helpful["errors"])
    assert "Did you mean" not in str(told["errors"])


async def test_production_suggests_nothing_about_variables(strict: httpx.AsyncClient) -> None:
    document = "mutation($input: RequestLoginCodeInput!) { requestLoginCode(input: $input) { __typename } }"
    given = {"input": {"phone": "1", "purpose": "LOGINN", "phon": "1"}}

    answer = await strict.post("/graphql", json={"query": document, "variables": given})

    assert answer.status_code == 400
    assert "Did you mean" not in answer.text


async def test_the_page_to_try_queries_is_for_development(http: httpx.AsyncClient, strict: httpx.AsyncClient) -> None:
    for accept in ("text/html", "*/*"):
        page = await http.get("/graphql", headers={"accept": accept})
        assert "graphiql" in page.text.lower()
        none = await strict.get("/graphql", headers={"accept": accept})
        assert none.status_code >= 400
        assert "graphiql" not in none.text.lower()


# How often


async def test_processes_count_together(redis_url: str) -> None:
    one, other = Limits.on(_there(redis_url)), Limits.on(_there(redis_url))
    for limits in [one, other] * (CODES_PER_ADDRESS.amount // 2):
        await limits.count(CODES_PER_ADDRESS, "codes", ADDRESS)

    for limits in (one, other):
        with pytest.raises(TooManyRequests):
            await limits.count(CODES_PER_ADDRESS, "codes", ADDRESS)
    await one.count(CODES_PER_ADDRESS, "codes", "203.0.113.78")
    await one.close()
    await other.close()


async def test_an_address_that_asks_for_too_many_codes_is_told_to_wait(redis_url: str) -> None:
    house = bare_house(limits=Limits.on(_there(redis_url)))
    async with calling(house) as http:
        for _ in range(CODES_PER_ADDRESS.amount):
            await house.limits.count(CODES_PER_ADDRESS, "codes", ADDRESS)
        status, told = await asked(http, CODE, **{"accept-language": "zh-CN"})
    await house.limits.close()

    assert status == 200
    assert told["data"]["requestLoginCode"]["code"] == "TOO_MANY_REQUESTS"
    assert "频繁" in told["data"]["requestLoginCode"]["message"]


@pytest.mark.parametrize(
    "mutation",
    [
        'login(input: {phone: "12", password: "x"})',
        'register(input: {phone: "12", code: "1"})',
        'resetPassword(input: {phone: "12", code: "1", password: "x"})',
        'refreshSession(input: {refreshToken: "x"})',
        'staffLogin(input: {username: "x", password: "x"})',
        'refreshStaffSession(input: {refreshToken: "x"})',
    ],
)
async def test_whoever_guesses_is_slowed_down(house: House, http: httpx.AsyncClient, mutation: str) -> None:
    for _ in range(LOGINS_PER_ADDRESS.amount):
        await house.limits.count(LOGINS_PER_ADDRESS, "logins", ADDRESS)

    _, told = await asked(http, f"mutation {{ {mutation} {{ ... on Problem {{ code }} }} }}")

    assert list(told["data"].values()) == [{"code": "TOO_MANY_REQUESTS"}]


async def test_whoever_is_logged_in_does_only_so_much_a_minute(house: House, http: httpx.AsyncClient) -> None:
    busy, calm = speaking(house, Role.REVIEWER), speaking(house, Role.REVIEWER)
    claim = 'mutation { claimReview(input: {taskId: "\\u0000"}) { ... on Problem { code } } }'
    actor = house.tokens.read(busy["authorization"].split()[1], now=real_now()).actor
    for _ in range(MUTATIONS_PER_ACTOR.amount):
        await house.limits.count(MUTATIONS_PER_ACTOR, "mutations", actor.name)

    assert (await asked(http, claim, **busy))[1]["data"] == {"claimReview": {"code": "TOO_MANY_REQUESTS"}}
    assert (await asked(http, claim, **calm))[1]["data"] == {"claimReview": {"code": "UNREADABLE_INPUT"}}


async def test_where_nothing_can_be_counted_nobody_is_kept_out() -> None:
    limits = Limits.on("async+redis://127.0.0.1:1/0")

    with capture_logs() as logs:
        for _ in range(CODES_PER_ADDRESS.amount + 1):
            await limits.count(CODES_PER_ADDRESS, "codes", ADDRESS)

    assert {log["event"] for log in logs} == {"limits.uncounted"}


def _there(redis_url: str) -> str:
    return _limits_url(Settings(env=Environment.TEST, redis_url=SecretStr(redis_url)))


# Our faults


async def test_a_fault_of_ours_is_masked_and_can_be_found_again(house: House, http: httpx.AsyncClient) -> None:
    """There is no database in this house: whoever set it up is at fault, not who asks."""
    review = REVIEW.replace('"x"', f'"{global_id("CreditApplication", new_id())}"')
    with capture_logs() as logs:
        status, told = await asked(http, review, **speaking(house, Role.REVIEWER))

    assert status == 200
    assert told["data"] is None
    (error,) = told["errors"]
    assert error["message"] == "Something went wrong on our side."
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["path"] == ["reviewCreditApplication"]
    assert "Connect call failed" not in str(told)
    (logged,) = [log for log in logs if log["event"] == "graphql.fault"]
    assert logged["error_id"] == error["extensions"]["errorId"]
    assert "Connect call failed" in str(logged["exc_info"])


async def test_a_database_that_is_away_is_our_fault_too(http: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        status, told = await asked(http, "{ loanProducts { code } }")

    assert status == 200
    assert told["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert [log["event"] for log in logs] == ["graphql.fault"]


async def test_what_people_write_into_a_wrong_document_is_not_logged(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as logs:
        await asked(http, 'mutation { login(input: {phone: "13800001234", pasword: "my secret"}) { __typename } }')

    assert logs == []
    assert "13800001234" not in caplog.text + "".join(capsys.readouterr())
