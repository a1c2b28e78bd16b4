"""Whoever asks for all there is is shown no phone, name or number in full; nothing of it lies or is logged in the clear."""

import re

import pytest
from graphql import get_named_type
from sqlalchemy import text
from structlog.testing import capture_logs

from domain.shared.db import Base
from graph.documents import MAX_TOKENS
from graph.ids import global_id, read_any
from graph.nodes import NODES
from tests.domain.borrowers.builders import CARD_NUMBER
from tests.graph.asking import TYPES, everything, given, required
from tests.graph.town import OTHER_CARD, SPEAKERS, STAFF, Town, key

NOTE = "他说周五发工资后还款"
PERSONAL = {
    "phone": "13800000001",
    "another's phone": "13800000006",
    "name": "王小明",
    "identity number": "110101199001010001",
    "contact's phone": "13900000001",
    "contact's name": "联系人",
    "card": CARD_NUMBER,
    "another card": OTHER_CARD,
    "code": "123456",
}


@pytest.fixture(scope="module")
async def town(town: Town) -> Town:
    """The town after the collector has called."""
    called = {"caseId": town.ids["debtor's case"], "channel": "CALL", "party": "DEBTOR", "outcome": "ANSWERED"}
    called |= {"note": NOTE, "idempotencyKey": key()}
    with capture_logs() as events:
        told = await town.api.do("recordContact", called, token=await town.token("collector"))
    assert told["__typename"] == "ContactAttempt"
    assert NOTE not in str(events)
    return town


def all_of(kind: str) -> str:
    """All fields of a type, and of what they lead to, two steps at most."""
    for depth in (2, 1):
        wanted = everything(TYPES[kind], depth)
        if len(re.findall(r"\w+|[^\w\s]", wanted)) < MAX_TOKENS - 50:
            return wanted
    raise AssertionError(f"too much hangs on {kind}")


def questions(town: Town) -> list[str]:
    """Every root field that can be asked without knowing anything, and one thing of each kind by its id."""
    fields = TYPES["Query"].fields  # type: ignore[attr-defined]  # an object type
    lists = {name: of for name, of in fields.items() if not any(required(part) for part in of.args.values())}
    things = {read_any(thing)[0]: thing for thing in [*town.ids.values(), global_id("Borrower", town.who["debtor"])]}
    return [
        *[f"{{ {name}{given(of)} {all_of(str(get_named_type(of.type)))} }}" for name, of in lists.items()],
        *[
            f'{{ node(id: "{thing}") {{ ... on {kind} {all_of(kind)} }} }}'
            for kind, thing in things.items()
            if kind in NODES
        ],
    ]


@pytest.mark.parametrize("letter", STAFF + "B")
async def test_all_that_one_is_shown_is_masked(town: Town, letter: str) -> None:
    token = await town.token(SPEAKERS[letter])
    with capture_logs() as events:
        shown = [(await town.api.answer(question, token=token)).text for question in questions(town)]

    assert "BAD_REQUEST" not in str(shown)
    assert "INTERNAL" not in str(shown), events
    assert ("138****0001" in str(shown)) == (letter != "F")
    for what, secret in PERSONAL.items():
        assert secret not in str(shown), what
        assert secret not in str(events), what


async def test_nothing_of_it_lies_in_the_clear(town: Town) -> None:
    async with town.api.house.sessions() as session:
        kept = [
            row
            for table in Base.metadata.sorted_tables
            for row in await session.scalars(text(f'SELECT row_to_json(t)::text FROM "{table.name}" t'))
        ]

    for what, secret in (PERSONAL | {"note": NOTE}).items():
        assert secret not in str(kept), what
        assert secret.encode().hex() not in str(kept), what
