"""`Loan.explain`: the borrower and the staff read why an amount is what it is, and it is what `plan` and `balance` say."""

from collections.abc import Mapping
from datetime import date

import pytest

from domain.lending.queries.loans import lock_loan
from domain.lending.rules.events import Paid
from domain.lending.services import journal
from domain.shared.ids import new_id
from tests.graph.api import Json
from tests.graph.town import NOW, Town

ROW = "what n on result asked paid waived filled formula { zh en }"
ALL = (
    f"{ROW} days inputs {{ name symbol label {{ zh en }} value unit }} "
    "segments { start end days balance interestInBalance rate years yearsFraction exact exactFen rounding endedBy "
    "event { kind sequence } forecast } "
    "roundings { on reason rule carried exact exactFen rounded event { kind } } "
    "changes { on event { kind } before after spread installments place balance level levelKept interest given tail stays } "
    "addends { what n amount } "
    "parts { kind on amount event { sequence kind } reversal { kind } } notes { zh en }"
)


async def explained(town: Town, asked: str, selection: str = ALL, who: str = "debtor", loan: str = "running") -> Json:
    document = f"query($id: ID!) {{ loan(id: $id) {{ explain{asked} {{ {selection} }} }} }}"
    told = await town.api.ask(document, {"id": town.ids[f"debtor's {loan}"]}, token=await town.token(who))
    return told["loan"]["explain"]


@pytest.fixture(scope="module")
async def paid(town: Town) -> Town:
    """50.00 for the row that is five days late, told of at noon."""
    async with town.api.house.sessions.begin() as session:
        loan = await lock_loan(session, town.keys["debtor's running"])
        event = Paid(new_id(), date(2026, 2, 20), loan.last_sequence + 1, 50_00)
        await journal.record(session, loan, event, source="test", at=NOW)
    return town


async def test_every_amount_of_a_row_is_told_with_all_that_led_to_it(paid: Town) -> None:
    penalty, interest, principal = await explained(paid, "(n: 1)")

    assert [each["what"] for each in (penalty, interest, principal)] == ["PENALTY", "INTEREST", "PRINCIPAL"]
    (segment,) = penalty["segments"]
    assert (segment["start"], segment["end"], segment["days"]) == ("2026-02-15", "2026-02-20", 5)
    assert (segment["endedBy"], segment["event"]) == ("PAID", {"kind": "PAID", "sequence": 1})
    (rounding,) = penalty["roundings"]
    assert (rounding["rule"], rounding["rounded"], rounding["exactFen"]) == (
        "HALF_UP",
        penalty["asked"],
        segment["exactFen"],
    )
    assert [(part["kind"], part["amount"], part["event"]["kind"]) for part in penalty["parts"]] == [
        ("PAID", penalty["paid"], "PAID")
    ]
    assert penalty["result"] == "0.00"
    assert principal["changes"][0]["after"] == principal["asked"]
    assert {value["name"] for value in interest["inputs"]} == {"annual_rate", "day_count", "due_date"}
    assert "罚息 = 四舍五入" in penalty["formula"]["zh"]


async def test_what_is_explained_is_what_the_plan_and_the_balance_say(paid: Town) -> None:
    rows = " ".join(f"r{n}: explain(n: {n}) {{ what result asked paid waived }}" for n in range(1, 13))
    document = (
        f"query($id: ID!) {{ loan(id: $id) {{ {rows} explain {{ what result days }} daysPastDue "
        "balance { due accrued undue payoff excess daysPastDue } "
        "plan { installments { n principal interest penalty outstanding paid } } } }"
    )
    given = {"id": paid.ids["debtor's running"]}
    loan = (await paid.api.ask(document, given, token=await paid.token("reviewer")))["loan"]

    for row in loan["plan"]["installments"]:
        told = {each["what"]: each for each in loan[f"r{row['n']}"]}
        assert [told[what]["asked"] for what in ("PENALTY", "INTEREST", "PRINCIPAL")] == [
            row["penalty"],
            row["interest"],
            row["principal"],
        ]
        assert sum(fen(each["result"]) for each in told.values()) == fen(row["outstanding"])
        assert sum(fen(each["paid"]) for each in told.values()) == fen(row["paid"])
    whole = {each["what"]: each for each in loan["explain"]}
    balance: Mapping[str, str] = loan["balance"]
    for name in ("due", "accrued", "undue", "payoff", "excess"):
        assert whole[name.upper()]["result"] == balance[name]
    assert whole["DAYS_PAST_DUE"]["result"] is None
    assert whole["DAYS_PAST_DUE"]["days"] == loan["daysPastDue"] == loan["balance"]["daysPastDue"] > 0


def fen(yuan: str) -> int:
    return int(yuan.replace(".", ""))


async def test_as_it_was_known_before_the_payment_was_told_of(paid: Town) -> None:
    (before, *_) = await explained(paid, '(n: 1, asOf: "2026-02-20", knownAt: "2026-02-20T09:59:59+08:00")', ROW)

    assert (before["paid"], before["result"]) == ("0.00", before["asked"])


async def test_of_a_loan_whose_money_has_not_come_there_is_nothing_to_explain(town: Town) -> None:
    assert await explained(town, "(n: 1)", loan="pending") is None


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ("(n: 0)", "INSTALLMENT_NOT_FOUND", "n"),
        ("(n: 13)", "INSTALLMENT_NOT_FOUND", "n"),
        ('(asOf: "2026-01-14")', "DAY_NOT_ASKABLE", "asOf"),
        ('(asOf: "2026-02-30")', "UNREADABLE_INPUT", "asOf"),
        ('(knownAt: "2026-02-20T10:00:01+08:00")', "NOT_KNOWN_YET", "knownAt"),
    ],
)
async def test_what_cannot_be_explained_is_refused(town: Town, asked: str, code: str, field: str) -> None:
    document = f"query($id: ID!) {{ loan(id: $id) {{ explain{asked} {{ what }} }} }}"
    given = {"id": town.ids["debtor's running"]}
    told = (await town.api.answer(document, given, token=await town.token("debtor"))).json()

    (error,) = told["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == (code, [field])
