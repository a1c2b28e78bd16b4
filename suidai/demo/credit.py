"""Act two: a credit application is returned, mended, approved by a person and scored by the risk engine."""

from suidai.demo.api import expect
from suidai.demo.stage import Stage, fen, key

APPLICATION = "... on CreditApplication { id number status }"
LINE = "creditLine { limit used reserved available status }"


def applies(stage: Stage) -> str:
    made = stage.door.do("applyForCredit", {"idempotencyKey": key()}, APPLICATION, token=stage.borrower)
    expect(made["status"] == "SUBMITTED", f"it is {made['status']}")
    stage.known["application"] = made["id"]
    return made["number"]


def is_returned(stage: Stage) -> str:
    mend = [{"field": "employment.position", "reason": "职位与工资单不符 the pay slip says another position"}]
    status = _review(stage, "RETURNED", "请修改后重新提交 please mend and resubmit", mend)
    expect(status == "RETURNED", f"it is {status}")
    told = stage.mine("creditApplications { id status review { verdict fieldReasons { field reason } } }")
    reasons = told["creditApplications"][0]["review"]["fieldReasons"]
    expect(
        reasons and reasons[0]["field"] == "employment.position", f"the borrower is not told what to mend: {reasons}"
    )
    return f"to mend: {reasons[0]['field']}"


def resubmits(stage: Stage) -> str:
    stage.door.do(
        "saveEmployment",
        {"employer": "沙盒科技有限公司", "position": "高级工程师", "monthlyPay": "18000.00", "startedOn": "2019-03-01"},
        "... on Employment { position }",
        token=stage.borrower,
    )
    made = stage.door.do("applyForCredit", {"idempotencyKey": key()}, APPLICATION, token=stage.borrower)
    stage.known["application"] = made["id"]
    return f"{made['number']} takes the returned one's place"


def is_approved(stage: Stage) -> str:
    status = _review(stage, "APPROVED", "资料齐全 complete", [])
    expect(status in ("RISK_PENDING", "APPROVED"), f"it is {status}")
    return "by a reviewer; the risk engine is asked"


def gets_a_line(stage: Stage) -> str:
    line = stage.until(lambda: stage.mine(LINE)["creditLine"], "the risk engine's callback")
    expect(fen(line["available"]) == fen(line["limit"]), f"the new line is not whole: {line}")
    stage.known["limit"] = fen(line["limit"])
    return f"limit {line['limit']}, by the risk engine's signed callback"


def _review(stage: Stage, verdict: str, reason: str, field_reasons: list[dict[str, str]]) -> str:
    reviewer = stage.staff("reviewer")
    claim(stage, "CREDIT_APPLICATION", stage.known["application"])
    decided = stage.door.do(
        "reviewCreditApplication",
        {
            "applicationId": stage.known["application"],
            "verdict": verdict,
            "reason": reason,
            "fieldReasons": field_reasons,
        },
        APPLICATION,
        token=reviewer,
    )
    return decided["status"]


def claim(stage: Stage, kind: str, subject: str) -> None:
    """Take the review task of an application or a loan."""
    reviewer = stage.staff("reviewer")

    def look() -> str | None:
        queue = stage.door.ask(
            f"{{ reviewQueue(last: 50, where: {{kind: {kind}}}) {{ nodes {{ id subjectId }} }} }}", token=reviewer
        )
        return next((task["id"] for task in queue["reviewQueue"]["nodes"] if task["subjectId"] == subject), None)

    task = stage.until(look, "the task in the review queue")
    stage.door.do("claimReview", {"taskId": task}, "... on ReviewTask { id status }", token=reviewer)
