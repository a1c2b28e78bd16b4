"""The wire: one signed form out, one signed node back, verified over its very bytes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlencode

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from domain.payments.ports import ChannelError, ErrorCode, ErrorKind
from domain.shared.days import SHANGHAI
from plugins.channels.alipay import signing
from plugins.channels.alipay.certificates import PlatformKeys
from plugins.channels.alipay.states import error_of
from plugins.outcome import channel_error

# Sums are strings in Alipay's answers; a number that comes all the same must not become a float.
_SCANNER = json.JSONDecoder(parse_float=Decimal)
_SPACE = " \t\r\n"

Fields = Mapping[str, Any]


class _Malformed(ValueError):
    """The answer is not one JSON object with names that occur once."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Alipay's gateway as one app sees it."""

    url: str
    app_id: str
    key: RSAPrivateKey
    platform: PlatformKeys
    serials: Mapping[str, str]
    http: httpx.AsyncClient
    clock: Callable[[], datetime]

    def signed(
        self, method: str, biz: Fields, *, notify_url: str = "", return_url: str | None = None
    ) -> dict[str, str]:
        """The parameters of a call, with their signature."""
        params = {
            **self.serials,
            "app_id": self.app_id,
            "method": method,
            "format": "json",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": beijing(self.clock()),
            "version": "1.0",
            "notify_url": notify_url,
            "return_url": return_url or "",
            "biz_content": json.dumps(biz, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        }
        params = {name: value for name, value in params.items() if value}
        return {**params, "sign": signing.sign(signing.string_to_sign(params), self.key)}

    async def call(self, method: str, biz: Fields, *, notify_url: str = "") -> Fields | ChannelError:
        """The verified node of an answer with code 10000, or why there is none. Never raises for what happens outside."""
        params = self.signed(method, biz, notify_url=notify_url)
        try:
            # Alipay reads the charset of the form from the address.
            response = await self.http.post(
                self.url,
                params={"charset": "utf-8"},
                content=urlencode(params),
                headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
            )
        except httpx.HTTPError as failure:
            return channel_error(failure)
        if response.status_code != 200:
            return _unknown(ErrorCode.SYSTEM_ERROR, f"HTTP {response.status_code}")
        return self.read(method, response.content, order_no=biz.get("out_trade_no"))

    def read(self, method: str, content: bytes, *, order_no: str | None) -> Fields | ChannelError:
        """Verify and judge an answer. What is not signed by Alipay, or is about another order, says nothing."""
        try:
            parts = cut(content.decode("utf-8"))
            signature = _value(parts, "sign")
            node = method.replace(".", "_") + "_response"
            fields, signed_text = parts[node if node in parts else "error_response"]
        except (UnicodeDecodeError, _Malformed, KeyError):
            return _unknown(ErrorCode.MALFORMED_ANSWER, "the answer has no node to read")
        if not isinstance(fields, dict):
            return _unknown(ErrorCode.MALFORMED_ANSWER, "the answer's node is not an object")
        answer = cast("dict[str, Any]", fields)
        if not self.platform.prove(signature, signed_text, _value(parts, "alipay_cert_sn")):
            # A gateway that rejects our own signature answers without one: its words help a person, and decide nothing.
            said = f"unproven: {answer.get('code')} {answer.get('sub_code')} {answer.get('sub_msg')}"
            return _unknown(ErrorCode.BAD_SIGNATURE_ON_ANSWER, "the answer is not signed by Alipay", said)
        if answer.get("out_trade_no", order_no) != order_no:
            return _unknown(ErrorCode.MALFORMED_ANSWER, "the answer is about another order")
        return answer if answer.get("code") == "10000" else error_of(answer)


def cut(text: str) -> dict[str, tuple[Any, str]]:
    """The members of a JSON object, each as its value and as the very text it was written in.

    Signatures are over that text: reading and writing it again would lose `\\/` and the order of names.
    """
    members: dict[str, tuple[Any, str]] = {}
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise _Malformed
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        name, _, at = _scan(text, at)
        at = _skip(text, at)
        if not isinstance(name, str) or name in members or text[at : at + 1] != ":":
            raise _Malformed
        value, written, at = _scan(text, _skip(text, at + 1))
        members[name] = value, written
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
            if text[at : at + 1] != '"':
                raise _Malformed
        elif text[at : at + 1] != "}":
            raise _Malformed
    if text[at + 1 :].strip(_SPACE):
        raise _Malformed
    return members


def beijing(at: datetime) -> str:
    """An instant as Alipay writes it."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _scan(text: str, at: int) -> tuple[Any, str, int]:
    try:
        value, end = _SCANNER.raw_decode(text, at)
    except (ValueError, ArithmeticError, RecursionError):
        # Also a number of more digits, or with a larger exponent, than can be read.
        raise _Malformed from None
    return value, text[at:end], end


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at


def _value(parts: Mapping[str, tuple[Any, str]], name: str) -> str:
    value = parts.get(name, ("", ""))[0]
    return value if isinstance(value, str) else ""


def _unknown(code: ErrorCode, message: str, said: str = "") -> ChannelError:
    return ChannelError(ErrorKind.UNKNOWN, code, message, provider_message=said)
