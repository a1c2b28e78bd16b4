"""The risk engine of the sandbox: takes an application, decides later, calls back."""

from domain.credit.ports import RiskEngine, RiskResult, RiskState, RiskSubmission
from domain.shared.parties import PartyError
from domain.shared.wire import Callback, RawRequest
from plugins.providers.sandbox_party import Fields, Party, PartyConfig, day, moment, number, segment, text, texts
from plugins.spec import ChannelRuntime


class SandboxRisk(RiskEngine):
    code = "sandbox"

    def __init__(self, config: PartyConfig, runtime: ChannelRuntime) -> None:
        self._party = Party(config, runtime)
        self._notify_url = runtime.notify_url("risk")

    async def submit(self, request: RiskSubmission) -> RiskResult:
        body = {
            "name": request.subject.name.reveal(),
            "id_number": request.subject.id_number.reveal(),
            "phone": request.subject.phone.reveal(),
            "facts": dict(request.facts),
            "notify_url": self._notify_url,
        }
        return _result(await self._party.tell(request.ref, "/applications", body))

    async def query(self, ref: str) -> RiskResult:
        return _result(await self._party.ask(ref, f"/applications/{segment(ref)}"))

    async def parse_callback(self, request: RawRequest) -> Callback[RiskResult]:
        content = self._party.callback(request)
        result = _result(content)
        return Callback(content["ref"], f"{content['ref']}:{result.decision_no}", result, content)


def _result(answer: Fields | PartyError) -> RiskResult:
    if isinstance(answer, PartyError):
        return RiskResult(RiskState.UNKNOWN, error=answer)
    return RiskResult(
        RiskState(answer.get("state")),
        score=number(answer, "score"),
        limit_fen=number(answer, "limit_fen"),
        expires_on=day(answer, "expires_on"),
        reasons=texts(answer, "reasons"),
        decision_no=text(answer, "decision_no"),
        decided_at=moment(answer, "decided_at"),
        raw=answer,
    )
