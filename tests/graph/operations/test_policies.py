"""Policy over the API: what holds on a day, another value asked for and approved, and decisions made once more by it."""

from typing import Any
from uuid import UUID

from graph.ids import global_id
from tests.graph.api import Api, Json
from tests.graph.town import Town

CEILING = "lending.cost_ceiling"
LOWER = {"measure": "NOMINAL", "limit": "0.12"}
VALUES = "{ name value source effectiveFrom effectiveTo unit shape usedIn }"
DAYS = ("2025-12-31", "2026-01-01")
DAY = "2026-02-20"
CHANGE = "... on ChangeRequest { id kind state values { name before after } }"


def asked(since: str, **changes: Any) -> Json:
    return {
        "name": CEILING,
        "value": LOWER,
        "source": "four times LPR",
        "effectiveFrom": since,
        "reason": "the guideline's next step",
    } | changes


async def approved(api: Api, since: str, **changes: Any) -> Json:
    change = await api.do("setPolicy", asked(since, **changes), CHANGE, token=await api.staff("admin"))
    given = {"changeId": change["id"], "approve": True, "reason": "read it"}
    assert (await api.do("decideChange", given, CHANGE, token=await api.staff("reviewer")))["state"] == "APPROVED"
    return change


async def policies(api: Api, **given: Any) -> list[Json]:
    document = f"query($name: String, $on: Date) {{ policies(name: $name, on: $on) {VALUES} }}"
    return (await api.ask(document, given, token=await api.staff("collector")))["policies"]


async def test_every_policy_says_what_it_is_where_it_comes_from_and_what_it_is_for(api: Api) -> None:
    listed = await policies(api)

    assert [row["name"] for row in listed] == sorted(row["name"] for row in listed)
    assert all(row["shape"] and row["unit"] and row["usedIn"] and row["source"] for row in listed)
    cap = next(row for row in listed if row["name"] == "lending.exposure_cap_fen")
    assert (cap["value"], cap["effectiveFrom"], cap["effectiveTo"]) == (20_000_000, "2020-01-01", None)
    packs = {on: len((await policies(api, name="collections.contact_packs", on=on))[0]["value"]) for on in DAYS}
    assert packs == {"2025-12-31": 1, "2026-01-01": 2}
    assert await policies(api, on="2019-12-31") == []


async def test_a_value_is_asked_for_by_one_and_approved_by_another_and_holds_from_its_day(api: Api) -> None:
    change = await approved(api, "2026-01-16")

    assert (change["kind"], change["state"]) == ("policy.value", "ASKED")
    named = {value["name"]: (value["before"], value["after"]) for value in change["values"]}
    assert named["value"][1] == '{"limit": "0.12", "measure": "NOMINAL"}'
    assert named["effective_from"] == ("2020-01-01", "2026-01-16")
    (today,), (tomorrow,) = [await policies(api, name=CEILING, on=day) for day in ("2026-01-15", "2026-01-16")]
    assert (today["value"]["limit"], today["effectiveTo"]) == ("0.24", "2026-01-16")
    assert (tomorrow["value"], tomorrow["source"]) == (LOWER, "four times LPR")
    finance = await api.staff("finance")
    document = f'{{ policyHistory(name: "{CEILING}", %s) {{ totalCount pageInfo {{ endCursor }} nodes {VALUES} }} }}'
    whole, newest, oldest = [
        (await api.ask(document % page, token=finance))["policyHistory"] for page in ("first: 9", "first: 1", "last: 1")
    ]
    assert (whole["nodes"], newest["nodes"], oldest["nodes"]) == ([tomorrow, today], [tomorrow], [today])
    after = f'first: 1, after: "{newest["pageInfo"]["endCursor"]}"'
    assert (await api.ask(document % after, token=finance))["policyHistory"] == oldest


async def test_whoever_asked_for_a_policy_does_not_approve_it(api: Api) -> None:
    admin = await api.staff("admin")
    change = await api.do("setPolicy", asked("2026-01-16"), CHANGE, token=admin)

    given = {"changeId": change["id"], "approve": True, "reason": "I say so"}
    assert await api.problem("decideChange", given, token=admin) == "OWN_CHANGE"
    assert await api.problem("setPolicy", asked("2026-01-16"), token=admin) == "CHANGE_PENDING"
    assert [row["value"]["limit"] for row in await policies(api, name=CEILING, on="2026-01-16")] == ["0.24"]


async def test_a_policy_nobody_knows_is_said_to_be_none(api: Api) -> None:
    document = '{ policyHistory(name: "lending.luck", first: 1) { totalCount } }'

    assert await api.refusal(document, token=await api.staff("admin")) == "POLICY_UNKNOWN"


async def test_a_loan_is_decided_again_as_it_was_and_refused_under_what_came_later(own_town: Town) -> None:
    api, loan_id = own_town.api, own_town.ids["debtor's running"]
    await approved(api, "2026-02-21")
    document = (
        "query($loanId: ID!, $under: Date, $on: Date) { decisionsAgain(loanId: $loanId, under: $under, on: $on) "
        "{ decision under verdict verdictThen same code message figures { name value } policies { name source } } }"
    )

    async def decided(**given: Any) -> dict[str, Json]:
        told = await api.ask(document, {"loanId": loan_id} | given, token=await api.staff("reviewer"))
        return {each["decision"]: each for each in told["decisionsAgain"]}

    then = await decided()
    assert {name: each["same"] for name, each in then.items()} == {
        "COST_CEILING": True,
        "PURPOSE": True,
        "EXPOSURE_CAP": True,
    }
    now = (await decided(under="2026-02-21"))["COST_CEILING"]
    assert (now["verdictThen"], now["verdict"], now["same"], now["code"]) == (
        "PASSED",
        "REFUSED",
        False,
        "COST_ABOVE_CEILING",
    )
    assert "above the ceiling of 0.12" in now["message"]
    assert now["policies"] == [{"name": CEILING, "source": "four times LPR"}]
    on_a_day = await decided(on="2026-02-20")
    assert (on_a_day["SEVERITY"]["verdict"], on_a_day["REMINDERS"]["verdict"]) == ("RED", "NOTHING")
    nobody = {"loanId": own_town.ids["debtor's card"]}
    assert await api.refusal(document, nobody, token=await api.staff("reviewer")) == "WRONG_ID"
    nowhere = {"loanId": global_id("Loan", UUID(int=1))}
    assert await api.refusal(document, nowhere, token=await api.staff("reviewer")) == "LOAN_NOT_FOUND"
    for loan, day in (
        ("debtor's running", "2026-02-21"),
        ("debtor's running", "2026-01-14"),
        ("debtor's pending", DAY),
    ):
        given = {"loanId": own_town.ids[loan], "on": day}
        assert await api.refusal(document, given, token=await api.staff("reviewer")) == "DAY_NOT_ASKABLE"
