"""Applying for credit, and what reviewers may not decide."""

import pytest

from domain.shared.ids import new_id
from graph.ids import global_id
from tests.graph.conftest import Json
from tests.graph.town import Given, Refusal, Town, key

READY = "identity face profile employment contacts consents bankCard"


def reviewer(act: str, what: str, given: Given, code: str, field: str | None = None, says: str = "") -> Refusal:
    return Refusal(act, what, given, code, field, says, who="reviewer")


def decision(what: str, code: str, field: str | None = None, says: str = "", **changes: object) -> Refusal:
    def given(town: Town) -> Json:
        return {"applicationId": town.ids["application"], "verdict": "APPROVED", "reason": "complete"} | {
            name: value(town) if callable(value) else value for name, value in changes.items()
        }

    return reviewer("reviewCreditApplication", what, given, code, field, says)


def change(what: str, code: str, field: str | None, says: str = "", **changes: object) -> Refusal:
    def given(town: Town) -> Json:
        usual = {
            "creditLineId": town.ids["debtor's line"],
            "limit": "60000.00",
            "freeze": False,
            "reason": "a better income",
        }
        return usual | changes

    return reviewer("requestCreditLineChange", what, given, code, field, says)


def nowhere(kind: str) -> str:
    return global_id(kind, new_id())


def deciding(town: Town, **changes: str) -> Json:
    return {"changeId": town.ids["change"], "approve": True, "reason": "seen the slips"} | changes


REFUSALS = [
    Refusal(
        "applyForCredit",
        "nothing told yet",
        lambda _: {"idempotencyKey": key()},
        "NOT_READY_FOR_CREDIT",
        READY,
        "identity",
        who="newcomer",
    ),
    Refusal(
        "applyForCredit",
        "one is open",
        lambda _: {"idempotencyKey": key()},
        "CREDIT_APPLICATION_OPEN",
        None,
        "wait for its outcome",
        who="applicant",
    ),
    Refusal(
        "applyForCredit", "a line already", lambda _: {"idempotencyKey": key()}, "CREDIT_LINE_EXISTS", None, "CL2026"
    ),
    Refusal(
        "applyForCredit",
        "a short key",
        lambda _: {"idempotencyKey": "short"},
        "BAD_IDEMPOTENCY_KEY",
        "idempotencyKey",
        "8 to 100",
    ),
    Refusal(
        "applyForCredit", "a long key", lambda _: {"idempotencyKey": "x" * 101}, "BAD_IDEMPOTENCY_KEY", "idempotencyKey"
    ),
    reviewer(
        "claimReview", "no id", lambda _: {"taskId": "1"}, "WRONG_ID", "taskId", "'1' is not the id of a ReviewTask"
    ),
    reviewer(
        "claimReview", "none such", lambda _: {"taskId": nowhere("ReviewTask")}, "REVIEW_TASK_NOT_FOUND", "taskId"
    ),
    reviewer(
        "claimReview",
        "a colleague has it",
        lambda t: {"taskId": t.ids["taken task"]},
        "REVIEW_TASK_TAKEN",
        "taskId",
        "Another reviewer",
    ),
    reviewer(
        "claimReview", "decided", lambda t: {"taskId": t.ids["done task"]}, "REVIEW_TASK_CLOSED", "taskId", "DONE"
    ),
    reviewer(
        "releaseReview",
        "not taken",
        lambda t: {"taskId": t.ids["free task"]},
        "REVIEW_TASK_NOT_CLAIMED",
        "taskId",
        "Claim the task first",
    ),
    reviewer(
        "releaseReview", "a colleague has it", lambda t: {"taskId": t.ids["taken task"]}, "REVIEW_TASK_TAKEN", "taskId"
    ),
    decision("no id", "WRONG_ID", "applicationId", applicationId="x"),
    decision("a loan's id", "WRONG_ID", "applicationId", applicationId=lambda t: t.ids["debtor's pending"]),
    decision(
        "none such",
        "CREDIT_APPLICATION_NOT_FOUND",
        "applicationId",
        applicationId=lambda _: nowhere("CreditApplication"),
    ),
    decision("a colleague has it", "REVIEW_TASK_TAKEN", None, "Another reviewer"),
    decision(
        "not claimed",
        "REVIEW_TASK_NOT_CLAIMED",
        None,
        "Claim the task first",
        applicationId=lambda t: t.ids["open application"],
    ),
    decision(
        "returned without a reason", "FIELD_REASONS_MISSING", "fieldReasons", "field by field", verdict="RETURNED"
    ),
    decision(
        "returned for what is no part",
        "UNKNOWN_REVIEW_FIELD",
        "fieldReasons",
        "'shoeSize'",
        verdict="RETURNED",
        fieldReasons=[{"field": "shoeSize", "reason": "too big"}],
    ),
    change("no id", "WRONG_ID", "creditLineId", creditLineId="x"),
    change("none such", "CREDIT_LINE_NOT_FOUND", "creditLineId", creditLineId=nowhere("CreditLine")),
    change("no change", "LIMIT_NOT_SENSIBLE", "limit", "50000.00", limit="50000.00"),
    change("below nothing", "LIMIT_NOT_SENSIBLE", "limit", limit="-1.00"),
    change("below what is used", "LIMIT_BELOW_USED", "limit", "20000.00", limit="19999.99"),
    change("no reason", "REASON_MISSING", "reason", "2 to 500", reason=" "),
    reviewer(
        "requestCreditLineChange",
        "one waits already",
        lambda t: {"creditLineId": t.ids["neighbour's line"], "limit": "70000.00", "reason": "once more"},
        "CHANGE_PENDING",
        None,
        "have it decided first",
    ),
    reviewer("decideChange", "his own", deciding, "OWN_CHANGE", "changeId", "another person"),
    Refusal(
        "decideChange",
        "none such",
        lambda t: deciding(t, changeId=nowhere("ChangeRequest")),
        "CHANGE_NOT_FOUND",
        "changeId",
        who="admin",
    ),
    Refusal("decideChange", "no reason", lambda t: deciding(t, reason="x"), "REASON_MISSING", "reason", who="admin"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
