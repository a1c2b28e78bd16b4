"""The sandbox's credit bureau and its licensed source of data."""

from typing import Any, cast

from domain.credit.ports import CreditBureau, DataSource, ReportRequest, ReportResult, ReportState
from domain.shared.parties import PartyError
from domain.shared.wire import Callback, RawRequest
from plugins.providers.sandbox_party import Fields, Party, PartyConfig, moment, segment, text, texts
from plugins.spec import ChannelRuntime


class _Reporter:
    code = "sandbox"

    def __init__(self, config: PartyConfig, runtime: ChannelRuntime, kind: str) -> None:
        self._party = Party(config, runtime)
        self._notify_url = runtime.notify_url(kind)

    async def request(self, request: ReportRequest) -> ReportResult:
        body = {
            "name": request.subject.name.reveal(),
            "id_number": request.subject.id_number.reveal(),
            "phone": request.subject.phone.reveal(),
            "kind": request.kind,
            "consent_ref": request.consent_ref,
            "reason": request.reason,
            "notify_url": self._notify_url,
        }
        return _result(await self._party.tell(request.ref, "/reports", body))

    async def query(self, ref: str) -> ReportResult:
        return _result(await self._party.ask(ref, f"/reports/{segment(ref)}"))

    async def parse_callback(self, request: RawRequest) -> Callback[ReportResult]:
        content = self._party.callback(request)
        result = _result(content)
        return Callback(content["ref"], f"{content['ref']}:{result.report_no}", result, content)


class SandboxBureau(_Reporter, CreditBureau):
    """人行征信, played."""

    def __init__(self, config: PartyConfig, runtime: ChannelRuntime) -> None:
        super().__init__(config, runtime, "bureau")


class SandboxData(_Reporter, DataSource):
    """Social security, carrier, housing fund and card bills, played by one."""

    kinds = frozenset({"social_security", "carrier", "housing_fund", "credit_card_bill"})

    def __init__(self, config: PartyConfig, runtime: ChannelRuntime) -> None:
        super().__init__(config, runtime, "data")


def _result(answer: Fields | PartyError) -> ReportResult:
    if isinstance(answer, PartyError):
        return ReportResult(ReportState.UNKNOWN, error=answer)
    report = answer.get("report")
    return ReportResult(
        ReportState(answer.get("state")),
        report=cast("dict[str, Any]", report) if isinstance(report, dict) else {},
        report_no=text(answer, "report_no"),
        reported_at=moment(answer, "reported_at"),
        reasons=texts(answer, "reasons"),
        raw=answer,
    )
