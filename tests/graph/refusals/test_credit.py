"""Applying for credit, and what reviewers may not decide."""

import pytest

from tests.graph.refusals.refusal import Refusal, nowhere, refusing
from tests.graph.town import Town

READY = "identity face profile employment contacts consents bankCard"


applying = refusing("applyForCredit", "debtor", {})
claiming = refusing("claimReview", "reviewer", {}, once=False)
releasing = refusing("releaseReview", "reviewer", {}, once=False)
DECIDED = {"applicationId": "application", "verdict": "APPROVED", "reason": "complete"}
decision = refusing("reviewCreditApplication", "reviewer", DECIDED, once=False)
RAISED = {"creditLineId": "debtor's line", "limit": "60000.00", "freeze": False, "reason": "a better income"}
change = refusing("requestCreditLineChange", "reviewer", RAISED, once=False)
deciding = refusing(
    "decideChange", "admin", {"changeId": "change", "approve": True, "reason": "seen the slips"}, once=False
)

REFUSALS = [
    applying("nothing told yet", "NOT_READY_FOR_CREDIT", READY, "identity", who="newcomer"),
    applying("one is open", "CREDIT_APPLICATION_OPEN", None, "wait for its outcome", who="applicant"),
    applying("a line already", "CREDIT_LINE_EXISTS", None, "CL2026"),
    applying("a short key", "BAD_IDEMPOTENCY_KEY", "idempotencyKey", "8 to 100", idempotencyKey="short"),
    applying("a long key", "BAD_IDEMPOTENCY_KEY", "idempotencyKey", idempotencyKey="x" * 101),
    claiming("no id", "WRONG_ID", "taskId", "'1' is not the id of a ReviewTask", taskId="1"),
    claiming("none such", "REVIEW_TASK_NOT_FOUND", "taskId", taskId=nowhere("ReviewTask")),
    claiming("a colleague has it", "REVIEW_TASK_TAKEN", "taskId", "Another reviewer", taskId="taken task"),
    claiming("decided", "REVIEW_TASK_CLOSED", "taskId", "DONE", taskId="done task"),
    releasing("not taken", "REVIEW_TASK_NOT_CLAIMED", "taskId", "Claim the task first", taskId="free task"),
    releasing("a colleague has it", "REVIEW_TASK_TAKEN", "taskId", taskId="taken task"),
    decision("no id", "WRONG_ID", "applicationId", applicationId="x"),
    decision("a loan's id", "WRONG_ID", "applicationId", applicationId="debtor's pending"),
    decision("none such", "CREDIT_APPLICATION_NOT_FOUND", "applicationId", applicationId=nowhere("CreditApplication")),
    decision("a colleague has it", "REVIEW_TASK_TAKEN", None, "Another reviewer"),
    decision("not claimed", "REVIEW_TASK_NOT_CLAIMED", None, "Claim the task first", applicationId="open application"),
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
    decision(
        "returned with a novel",
        "REASON_MISSING",
        "fieldReasons",
        verdict="RETURNED",
        fieldReasons=[{"field": "employment", "reason": "x" * 501}],
    ),
    change("no id", "WRONG_ID", "creditLineId", creditLineId="x"),
    change("none such", "CREDIT_LINE_NOT_FOUND", "creditLineId", creditLineId=nowhere("CreditLine")),
    change("no change", "LIMIT_NOT_SENSIBLE", "limit", "50000.00", limit="50000.00"),
    change("below nothing", "LIMIT_NOT_SENSIBLE", "limit", limit="-1.00"),
    change("below what is used", "LIMIT_BELOW_USED", "limit", "20000.00", limit="19999.99"),
    change("no reason", "REASON_MISSING", "reason", "2 to 500", reason=" "),
    change("one waits already", "CHANGE_PENDING", None, "have it decided first", creditLineId="neighbour's line"),
    deciding("his own", "OWN_CHANGE", "changeId", "another person", who="reviewer"),
    deciding("none such", "CHANGE_NOT_FOUND", "changeId", changeId=nowhere("ChangeRequest")),
    deciding("no reason", "REASON_MISSING", "reason", reason="x"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
