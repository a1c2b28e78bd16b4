"""Collecting: cases that are not one's own, contacts the guard does not allow, promises nobody can keep."""

from datetime import UTC, datetime

import pytest

from tests.graph.refusals.refusal import Refusal, nowhere, refusing
from tests.graph.town import Town

NIGHT = datetime(2026, 2, 20, 14, 30, tzinfo=UTC)
DECIDED = frozenset({"contact_decisions"})

CALLED = {"caseId": "debtor's case", "channel": "CALL", "party": "DEBTOR", "outcome": "ANSWERED"}
trying = refusing("recordContact", "collector", CALLED)
promising = refusing("recordPromise", "collector", {"caseId": "debtor's case", "amount": "1.00", "on": "2026-02-21"})
assigning = refusing("assignCase", "collector", {"caseId": "neighbour's case", "staffId": "collector"}, once=False)

REFUSALS = [
    assigning("no id", "WRONG_ID", "caseId", caseId="x"),
    assigning("none such", "CASE_NOT_FOUND", "caseId", caseId=nowhere("CollectionCase")),
    assigning("a colleague's", "CASE_NOT_FOUND", "caseId", caseId="colleague's case"),
    assigning("one that is over", "CASE_CLOSED", "caseId", "CC20260216000004", caseId="closed case"),
    assigning("no member of staff", "WRONG_ID", "staffId", staffId="debtor's case"),
    assigning("for a colleague", "NOT_YOURS_TO_ASSIGN", "staffId", staffId="colleague"),
    assigning("to who collects not", "NOT_A_COLLECTOR", "staffId", staffId="finance", who="admin"),
    assigning("to nobody", "NOT_A_COLLECTOR", "staffId", staffId=nowhere("StaffMember"), who="admin"),
    trying("no id", "WRONG_ID", "caseId", caseId="x"),
    trying("none such", "CASE_NOT_FOUND", "caseId", caseId=nowhere("CollectionCase")),
    trying("a colleague's", "CASE_NOT_FOUND", "caseId", caseId="colleague's case"),
    trying("nobody's", "CASE_NOT_TAKEN", "caseId", "CC20260216000002", caseId="neighbour's case"),
    trying("one that is over", "CASE_CLOSED", "caseId", caseId="closed case"),
    trying("an empty id", "WRONG_ID", "contactId", contactId=""),
    trying("whom", "CONTACT_NEEDED", "contactId", party="CONTACT"),
    trying("the debtor is no contact", "CONTACT_NEEDED", "contactId", contactId="debtor's contact"),
    trying("no contact", "WRONG_ID", "contactId", party="CONTACT", contactId="debtor's case"),
    trying("a stranger", "CONTACT_NOT_FOUND", "contactId", party="CONTACT", contactId=nowhere("Contact")),
    trying("a call is not sent", "OUTCOME_NOT_POSSIBLE", "outcome", "ANSWERED, PROMISED, UNANSWERED", outcome="SENT"),
    trying("a novel", "BAD_TEXT", "note", note="x" * 501),
    trying("two lines", "BAD_TEXT", "note", note="one\ntwo"),
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
    promising("none such", "CASE_NOT_FOUND", "caseId", caseId=nowhere("CollectionCase")),
    promising("a colleague's", "CASE_NOT_FOUND", "caseId", caseId="colleague's case"),
    promising("nobody's", "CASE_NOT_TAKEN", "caseId", caseId="neighbour's case"),
    promising("one that is over", "CASE_CLOSED", "caseId", caseId="closed case"),
    promising("nothing", "PROMISE_NOT_POSITIVE", "amount", "0.00 was given", amount="0.00"),
    promising("below nothing", "PROMISE_NOT_POSITIVE", "amount", amount="-1.00"),
    promising("one decimal", "UNREADABLE_INPUT", "amount", amount="1.0"),
    promising("more than is due", "PROMISE_TOO_LARGE", "amount", "By 2026-02-21", amount="99999.00"),
    promising("yesterday", "PROMISE_DAY_NOT_POSSIBLE", "on", "from 2026-02-20 to 2026-03-06", on="2026-02-19"),
    promising("the end of time", "PROMISE_DAY_NOT_POSSIBLE", "on", on="9999-12-31"),
    promising("a week's day", "UNREADABLE_INPUT", "on", '"2026-W08-5"', on="2026-W08-5"),
    promising("some day", "PROMISE_DAY_NOT_POSSIBLE", "on", on="2026-03-07"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)


async def test_at_half_past_ten_in_the_evening_nobody_is_contacted_and_that_it_was_tried_is_kept(town: Town) -> None:
    town.api.hands.now = NIGHT
    before = (await town.state())["contact_decisions"][0]

    refusal = trying("at night", "CONTACT_NOT_ALLOWED", None, "again from 2026-02-21T08:00+08:00", leaves=DECIDED)
    await refusal.holds(town)

    # Once in each language.
    assert (await town.state())["contact_decisions"][0] == before + 2
