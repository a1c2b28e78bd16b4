"""The sender for a lender without a provider: a line in the log, in which neither a phone nor a word of the text stands."""

from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.messaging.ports import Sms, SmsSender, SmsState
from domain.shared.secret import SecretStr
from domain.shared.wire import Headers, RawRequest, SignatureError
from plugins.registry import Registry, Status, Unavailable

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CODE = Sms("0123abcd", SecretStr("+8613800138000"), "LOGIN_CODE", {"code": "482913"}, "【随贷】验证码 482913")


def registry(settings: dict[str, Any] | None, *, production: bool = True) -> Registry:
    return Registry.discover(
        {},
        {"sms": settings} if settings is not None else {},
        clock=lambda: NOW,
        notify_base_url="http://api.test",
        allow_sandbox=not production,
    )


@pytest.fixture
def sender() -> SmsSender:
    return registry({"name": "log"}).provider("sms")


async def test_a_message_is_a_line_that_says_that_and_not_what(sender: SmsSender) -> None:
    with capture_logs() as lines:
        result = await sender.send(CODE)

    assert (sender.code, result.state) == ("log", SmsState.SENT)
    (line,) = lines
    assert line == {
        "event": "sms.logged",
        "log_level": "info",
        "to": "138****8000",
        "template": "LOGIN_CODE",
        "ref": "0123abcd",
    }


async def test_it_remembers_nothing_so_what_may_be_lost_is_written_again(sender: SmsSender) -> None:
    await sender.send(CODE)

    assert (await sender.query(CODE.ref)).state is SmsState.NOT_FOUND


async def test_no_receipt_proves_anything_to_it(sender: SmsSender) -> None:
    raw = RawRequest("POST", "/notify/sms/log", "", Headers(), b"{}", NOW)

    with pytest.raises(SignatureError):
        await sender.parse_receipt(raw)


@pytest.mark.parametrize("production", [True, False], ids=["production", "development"])
def test_it_is_used_only_where_it_is_named(production: bool) -> None:
    assert registry({"name": "log"}, production=production).provider("sms").code == "log"
    for settings in (None, {"name": "sandbox"}) if production else (None,):
        with pytest.raises(Unavailable):
            registry(settings, production=production).provider("sms")


def test_there_is_nothing_to_set() -> None:
    listing = next(each for each in registry({"name": "log", "colour": "red"}).providers() if each.kind == "sms")

    assert listing.status is Status.DISABLED_BROKEN
