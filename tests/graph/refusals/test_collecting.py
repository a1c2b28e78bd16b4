"""Collecting: cases that are not one's own, contacts the guard does not allow, promises nobody can keep."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from graph.ids import global_id
from tests.graph.conftest import Json
from tests.graph.town import Refusal, Town, key

NOWHERE = UUID(int=1)  # the same in every process: it is part of names of tests
NIGHT = datetime(2026, 2, 20, 14, 30, tzinfo=UTC)
DECIDED = frozenset({"contact_decisions"})


def named(town: Town, asked: Json) -> Json:
    """Things of the town by the names it gave them."""
    return {name: town.ids.get(value, value) if isinstance(value, str) else value for name, value in asked.items()}


def trying(
    what: str, code: str, field: str | None, says: str = "", leaves: frozenset[str] = frozenset(), **changes: object
) -> Refusal:
    def given(town: Town) -> Json:
        usual: Json = {"caseId": "debtor's case", "channel": "CALL", "party": "DEBTOR", "outcome": "ANSWERED"}
        return named(town, usual | changes) | {"idempotencyKey": key()}

    return Refusal("recordContact", what, given, code, field, says, who="collector", leaves=leaves)


def promising(what: str, code: str, field: str | None, says: str = "", **changes: object) -> Refusal:
    def given(town: Town) -> Json:
        usual: Json = {"caseId": "debtor's case", "amount": "1.00", "on": "2026-02-21"}
        return named(town, usual | changes) | {"idempotencyKey": key()}

    return Refusal("recordPromise", what, given, code, field, says, who="collector")


def assigning(what: str, code: str, field: str | None, says: str = "", **changes: str) -> Refusal:
    who = changes.pop("who", "collector")

    def given(town: Town) -> Json:
        return named(town, {"caseId": "neighbour's case", "staffId": "collector"} | changes)

    return Refusal("assignCase", what, given, code, field, says, who=who)


REFUSALS = [
    assigning("no id", "WRONG_ID", "caseId", caseId="x"),
    assigning("none such", "CASE_NOT_FOUND", "caseId", caseId=global_id("CollectionCase", NOWHERE)),
    assigning("a colleague's", "CASE_NOT_FOUND", "caseId", caseId="colleague's case"),
    assigning("one that is over", "CASE_CLOSED", "caseId", "CC20260216000004", caseId="closed case"),
    assigning("no member of staff", "WRONG_ID", "staffId", staffId="debtor's case"),
    assigning("for a colleague", "NOT_YOURS_TO_ASSIGN", "staffId", staffId="colleague"),
    assigning("to nobody", "NOT_A_COLLECTOR", "staffId", staffId=global_id("StaffMember", NOWHERE), who="admin"),
    trying("no id", "WRONG_ID", "caseId", caseId="x"),
    trying("none such", "CASE_NOT_FOUND", "caseId", caseId=global_id("CollectionCase", NOWHERE)),
    trying("a colleague's", "CASE_NOT_FOUND", "caseId", caseId="colleague's case"),
    trying("nobody's", "CASE_NOT_TAKEN", "caseId", "CC20260216000002", caseId="neighbour's case"),
    trying("one that is over", "CASE_CLOSED", "caseId", caseId="closed case"),
    trying("whom", "CONTACT_NEEDED", "contactId", party="CONTACT"),
    trying("the debtor is no contact", "CONTACT_NEEDED", "contactId", contactId="debtor's contact"),
    trying("no contact", "WRONG_ID", "contactId", party="CONTACT", contactId="debtor's case"),
    trying("a stranger", "CONTACT_NOT_FOUND", "contactId", party="CONTACT", contactId=global_id("Contact", NOWHERE)),
    trying("a call is not sent", "OUTCOME_NOT_POSSIBLE", "outcome", "ANSWERED, PROMISED, UNANSWERED", outcome="SENT"),
    trying("a novel", "BAD_TEXT", "note", note="x" * 501),
    trying("no text", "UNREADABLE_INPUT", "note", "NUL", note="\x00"),
    trying(
        "a contact, while the debtor was never tried",
        "CONTACT_NOT_ALLOWED",
        None,
        "cn_gbt_45251.third_person, GB/T 45251-2025",
        leaves=DECIDED,
        party="CONTACT",
        contactId="debtor's contact",
    ),
    promising("no id", "WRONG_ID", "caseId", caseId="x"),
    promising("a colleague's", "CASE_NOT_FOUND", "caseId", caseId="colleague's case"),
    promising("nobody's", "CASE_NOT_TAKEN", "caseId", caseId="neighbour's case"),
    promising("one that is over", "CASE_CLOSED", "caseId", caseId="closed case"),
    promising("nothing", "PROMISE_NOT_POSITIVE", "amount", "0.00 was given", amount="0.00"),
    promising("one decimal", "UNREADABLE_INPUT", "amount", amount="1.0"),
    promising("more than is due", "PROMISE_TOO_LARGE", "amount", "By 2026-02-21", amount="99999.00"),
    promising("yesterday", "PROMISE_DAY_NOT_POSSIBLE", "on", "from 2026-02-20 to 2026-03-06", on="2026-02-19"),
    promising("some day", "PROMISE_DAY_NOT_POSSIBLE", "on", on="2026-03-07"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)


async def test_at_half_past_ten_in_the_evening_nobody_is_contacted_and_that_it_was_tried_is_kept(town: Town) -> None:
    town.api.hands.now = NIGHT
    before = (await town.state())["contact_decisions"][0]

    await trying("at night", "CONTACT_NOT_ALLOWED", None, "again from 2026-02-21T08:00+08:00", leaves=DECIDED).holds(
        town
    )

    # Once in each language.
    assert (await town.state())["contact_decisions"][0] == before + 2
