"""The text message service of the sandbox; what it delivers can be read on its handsets."""

from domain.messaging.ports import Sms, SmsResult, SmsSender, SmsState
from domain.shared.parties import PartyError
from domain.shared.wire import Callback, RawRequest
from plugins.providers.sandbox_party import Fields, Party, PartyConfig, moment, segment, text
from plugins.spec import ChannelRuntime


class SandboxSms(SmsSender):
    code = "sandbox"

    def __init__(self, config: PartyConfig, runtime: ChannelRuntime) -> None:
        self._party = Party(config, runtime)
        self._notify_url = runtime.notify_url("sms")

    async def send(self, request: Sms) -> SmsResult:
        body = {
            "to": request.to.reveal(),
            "template": request.template,
            "params": dict(request.params),
            "text": request.text,
            "notify_url": self._notify_url,
        }
        return _result(await self._party.tell(request.ref, "/messages", body))

    async def query(self, ref: str) -> SmsResult:
        return _result(await self._party.ask(ref, f"/messages/{segment(ref)}"))

    async def parse_receipt(self, request: RawRequest) -> Callback[SmsResult]:
        content = self._party.callback(request)
        result = _result(content)
        return Callback(content["ref"], f"{content['ref']}:{result.state}", result, content)


def _result(answer: Fields | PartyError) -> SmsResult:
    if isinstance(answer, PartyError):
        return SmsResult(SmsState.UNKNOWN, error=answer)
    return SmsResult(
        SmsState(answer.get("state")),
        permanent=answer.get("permanent") is True,
        provider_ref=text(answer, "provider_ref"),
        delivered_at=moment(answer, "delivered_at"),
        reason=text(answer, "reason") or "",
        raw=answer,
    )
