"""Finance sees what was passed on to funding parties."""

from datetime import date

from domain.lending.services.remittance import gather
from tests.domain.lending.rows import noon, running_loan
from tests.domain.lending.services.paying import pay
from tests.graph.api import Api


async def test_what_was_passed_on_is_listed_with_its_loans(api: Api) -> None:
    api.token = await api.staff("finance")
    async with api.house.sessions.begin() as session:
        loan = await running_loan(session)
        await pay(session, loan, 1079_71, date(2026, 2, 15))
        await gather(session, at=noon(date(2026, 2, 15)))

    told = await api.ask(
        "{ remittances(first: 1) { nodes { number funder day amount state "
        "lines(first: 1) { totalCount nodes { principal loan { number } } } } } }"
    )

    (row,) = told["remittances"]["nodes"]
    assert row == {
        "number": "RM20260215000001",
        "funder": "own",
        "day": "2026-02-15",
        "amount": "935.71",
        "state": "REQUESTED",
        "lines": {"totalCount": 1, "nodes": [{"principal": "935.71", "loan": {"number": loan.number}}]},
    }
