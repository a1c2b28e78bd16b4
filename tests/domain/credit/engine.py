"""A risk engine that says what the test tells it to."""

from dataclasses import replace
from datetime import date
from typing import Any

from domain.credit.ports import RiskResult, RiskState, RiskSubmission
from domain.shared.wire import Callback, RawRequest
from tests.domain.parties import Answers, proven

PENDING = RiskResult(RiskState.PENDING)
APPROVED = RiskResult(
    RiskState.APPROVED,
    score=720,
    limit_fen=50_000_00,
    expires_on=date(2027, 1, 14),
    decision_no="D1",
    raw={"score": 720},
)
REJECTED = RiskResult(RiskState.REJECTED, score=430, reasons=("score below 600",), decision_no="D1")


class Engine(Answers[RiskResult]):
    def __init__(
        self, answer: RiskResult | BaseException = PENDING, told: RiskResult | BaseException = PENDING
    ) -> None:
        super().__init__(answer, told)

    async def submit(self, request: RiskSubmission) -> RiskResult:
        return self.take(request)

    async def parse_callback(self, request: RawRequest) -> Callback[RiskResult]:
        said = proven(request)
        result = {"APPROVED": APPROVED, "REJECTED": REJECTED, "PENDING": PENDING}[said["state"]]
        return Callback(said["ref"], said["decision_no"], replace(result, decision_no=said["decision_no"]))


def letter(ref: str, state: str = "APPROVED", decision_no: str = "D1") -> dict[str, Any]:
    return {"ref": ref, "state": state, "decision_no": decision_no}
