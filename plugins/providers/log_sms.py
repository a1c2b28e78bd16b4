"""A text message sender that sends nothing: that a message would have gone out is written to the log. Named `log`.

For a lender who has no provider yet. It has to be named in the settings, in production as anywhere.
"""

from dataclasses import dataclass

import structlog

from domain.messaging.ports import Sms, SmsResult, SmsSender, SmsState
from domain.shared.wire import Callback, RawRequest, SignatureError
from plugins.hookspecs import hookimpl
from plugins.spec import ChannelRuntime, ProviderSpec

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LogConfig:
    """There is nothing to set."""


class LogSms(SmsSender):
    """Says SENT of every message. What it says and to whom is not written down."""

    code = "log"

    async def send(self, request: Sms) -> SmsResult:
        log.info("sms.logged", to=_masked(request.to.reveal()), template=request.template, ref=request.ref)
        return SmsResult(SmsState.SENT)

    async def query(self, ref: str) -> SmsResult:  # noqa: ARG002 - it remembers none
        """A line written twice disturbs nobody: what is not known to be written is written again."""
        return SmsResult(SmsState.NOT_FOUND)

    async def parse_receipt(self, request: RawRequest) -> Callback[SmsResult]:
        raise SignatureError(f"nobody delivers what is only written to the log: {request.path}")


@hookimpl
def sms_senders() -> list[ProviderSpec]:
    return [
        ProviderSpec(
            code=LogSms.code,
            name_zh="仅记日志的短信",
            name_en="Text messages to the log",
            config_model=LogConfig,
            factory=_make,
            package="suidai",
        )
    ]


def _make(_config: LogConfig, _runtime: ChannelRuntime) -> LogSms:
    return LogSms()


def _masked(phone: str) -> str:
    """138****1234"""
    local = phone.removeprefix("+86")
    return f"{local[:3]}****{local[-4:]}"
