"""What the borrower has to do next to pay, one type per way of doing it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class RedirectUrl:
    """Open this address in a browser."""

    kind: ClassVar[str] = "redirect"
    url: str


@dataclass(frozen=True, slots=True)
class HtmlForm:
    """Show this page; it posts itself."""

    kind: ClassVar[str] = "html_form"
    html: str


@dataclass(frozen=True, slots=True)
class QrCode:
    """Show `code_url` as a QR code to be scanned with the channel's app."""

    kind: ClassVar[str] = "qr_code"
    code_url: str


@dataclass(frozen=True, slots=True)
class AppOrderString:
    """Hand this to the channel's SDK inside our app."""

    kind: ClassVar[str] = "app_order_string"
    order_string: str


@dataclass(frozen=True, slots=True)
class JsapiParams:
    """Hand these to the channel's script inside its own browser."""

    kind: ClassVar[str] = "jsapi"
    params: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class SmsSent:
    """A code was sent to the borrower's phone; ask for it."""

    kind: ClassVar[str] = "sms_sent"
    phone_masked: str = ""


Action = RedirectUrl | HtmlForm | QrCode | AppOrderString | JsapiParams
MandateAction = RedirectUrl | HtmlForm | SmsSent

_ACTIONS: Mapping[str, type[Action]] = {
    kind.kind: kind for kind in (RedirectUrl, HtmlForm, QrCode, AppOrderString, JsapiParams)
}
_MANDATE_ACTIONS: Mapping[str, type[MandateAction]] = {kind.kind: kind for kind in (RedirectUrl, HtmlForm, SmsSent)}


def action_to_json(action: Action | MandateAction) -> dict[str, Any]:
    """The action as plain data, with its kind, to be kept beside the attempt and shown again."""
    return {"kind": action.kind, **asdict(action)}


def action_from_json(data: Mapping[str, Any]) -> Action:
    """The inverse of `action_to_json`."""
    fields = dict(data)
    return _ACTIONS[fields.pop("kind")](**fields)


def mandate_action_from_json(data: Mapping[str, Any]) -> MandateAction:
    """The same for what a borrower does to sign a mandate."""
    fields = dict(data)
    return _MANDATE_ACTIONS[fields.pop("kind")](**fields)
