"""Whatever a cost disclosure holds stands on the contract, what later sheets add too."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.lending.papers.contract import contract_on_paper
from domain.lending.papers.disclosure import sheet_on_paper
from domain.lending.papers.typesetting import typeset
from tests.domain.lending.papers.builders import AT, contract
from tests.domain.lending.papers.reading import said

words = st.text("甲乙丙丁戊己庚辛", min_size=1, max_size=30)
texts = st.fixed_dictionaries({"zh": words, "en": st.just("in English")})
plain = st.one_of(words, st.integers(0, 10**6), texts)
groups = st.dictionaries(st.sampled_from(["newRate", "when", "limit of it", "x"]), plain, min_size=1)
items = st.lists(groups | st.dictionaries(st.sampled_from(["name", "deeper"]), groups, min_size=1), min_size=1)
sheets = st.dictionaries(
    st.sampled_from(["version", "items", "worstCase", "neverSeen", "nothingElse"]), plain | groups | items, min_size=1
)


def test_every_item_and_every_contingent_cost_is_printed() -> None:
    facts = contract()
    told = said(contract_on_paper(facts))
    sheet = facts.sheet

    assert "附件二综合融资成本明示表" in told
    for each in (*sheet["items"], *sheet["contingent"]):
        for key in ("name", "standard", "payee"):
            assert flat(each[key]["zh"]) in told
    for fact in ("12,956.45", "956.45", "14.4%", "21.6%", "24%", "theguideline", sheet["nothingElse"]["zh"]):
        assert flat(fact) in told
    assert flat(sheet["annualisedCost"]["worstCase"]["when"]["zh"]) in told
    assert facts.sheet_hash.hex() in told


@given(sheets)
def test_nothing_a_sheet_holds_is_left_out(sheet: dict[str, Any]) -> None:
    printed = repr(sheet_on_paper(sheet))

    for leaf in leaves(sheet):
        assert str(leaf) in printed


@settings(max_examples=15)
@given(sheets)
def test_any_sheet_can_be_set(sheet: dict[str, Any]) -> None:
    laid = {"lender": "x", "title": "x", "number": "x", "numbered": "x", "day": "x", "particulars": [], "articles": []}
    plan = {"columns": [{"label": "x", "figure": True, "wide": False}], "rows": [], "total": []}
    more = {"plan": plan, "plan_note": "x", "sheet_hash": "x", "signatures": [{"party": "x", "name": "x"}]}
    told = said(typeset("contract", laid | more | {"sheet": sheet_on_paper(sheet)}, at=AT))

    for leaf in leaves(sheet):
        assert str(leaf) in told


def leaves(value: Any, key: str = "") -> list[Any]:
    """Everything said in a sheet; of words in several languages the Chinese."""
    if isinstance(value, dict) and "zh" in value:
        return [value["zh"]]
    if isinstance(value, dict):
        return [leaf for name, each in value.items() for leaf in leaves(each, name)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]


def flat(text: str) -> str:
    return re.sub(r"\s", "", text)
