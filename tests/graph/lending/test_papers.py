"""A paper is asked for over GraphQL and fetched over plain HTTP, by a viewer that knows no log-in."""

from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from graph.limits import PAPERS_PER_ADDRESS
from tests.domain.lending.papers.reading import said
from tests.graph.town import NOW, Town

PAPER = "... on Paper { number kind sha256 url expiresAt }"
ISSUED = "query($id: ID!) { loan(id: $id) { papers { number kind since until sha256 stands } } }"


async def test_a_borrower_fetches_a_statement_of_his_loan(own_town: Town) -> None:
    town, http = own_town, own_town.api.http
    given = {"loanId": town.ids["debtor's running"], "kind": "STATEMENT"}
    token = await town.token("debtor")

    paper = await town.api.do("requestPaper", given, PAPER, token=token)
    answer = await http.get(urlsplit(paper["url"]).path)

    assert paper["__typename"] == "Paper", paper
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == f'inline; filename="{paper["number"]}.pdf"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert sha256(answer.content).hexdigest() == paper["sha256"]
    assert "放款10,000.00" in said(answer.content)
    issued = (await town.api.ask(ISSUED, {"id": given["loanId"]}, token=token))["loan"]["papers"]
    assert issued == [
        {
            "number": paper["number"],
            "kind": "STATEMENT",
            "since": "2026-01-15",
            "until": "2026-02-20",
            "sha256": paper["sha256"],
            "stands": True,
        }
    ]


async def test_the_address_is_worth_nothing_five_minutes_later_or_changed_by_a_letter(own_town: Town) -> None:
    town, http = own_town, own_town.api.http
    given = {"loanId": town.ids["debtor's running"], "kind": "STATEMENT", "purpose": "his question"}
    paper = await town.api.do("requestPaper", given, PAPER, token=await town.token("reviewer"))
    path = urlsplit(paper["url"]).path
    guessed = await http.get(path[:-1] + ("A" if path[-1] != "A" else "B"))
    assert (await http.get(path)).status_code == 200

    town.api.hands.now = NOW + timedelta(minutes=5)
    late = await http.get(path, headers={"accept-language": "zh-CN"})

    assert (guessed.status_code, late.status_code) == (404, 404)
    assert guessed.json()["code"] == late.json()["code"] == "PAPER_NOT_FOUND"
    assert late.json()["message"].endswith("。")
    assert late.headers["cache-control"] == "private, no-store"


async def test_an_address_is_not_tried_without_end(town: Town) -> None:
    await town.api.http.get("/papers/x")
    answers = [await town.api.http.get("/papers/x") for _ in range(PAPERS_PER_ADDRESS.amount)]

    assert (answers[0].status_code, answers[-1].status_code) == (404, 429)
    assert answers[-1].json()["code"] == "TOO_MANY_REQUESTS"
