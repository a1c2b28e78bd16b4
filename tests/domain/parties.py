"""Outside parties in a few lines: they answer what the test tells them to, and sign what they send."""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar

from domain.shared.wire import Headers, RawRequest, SignatureError

ResultT = TypeVar("ResultT")
KEY = b"the party's own key"


def signed(body: Mapping[str, Any], at: datetime, key: bytes = KEY) -> RawRequest:
    """A callback as it comes over HTTP."""
    content = json.dumps(body).encode()
    headers = Headers({"X-Signature": hmac.digest(key, content, "sha256").hex()})
    return RawRequest("POST", "/notify", "", headers, content, at)


def proven(raw: RawRequest) -> dict[str, Any]:
    if not hmac.compare_digest(hmac.digest(KEY, raw.body, sha256).hex(), raw.headers.get("x-signature", "")):
        raise SignatureError("the signature does not match the body")
    return json.loads(raw.body)


class Answers(Generic[ResultT]):
    """Answers `send` and `query` with what the test put there; an exception is raised. Remembers what it was asked."""

    code = "fake"

    def __init__(self, answer: ResultT | BaseException, told: ResultT | BaseException) -> None:
        self.answer, self.told = answer, told
        self.sent: list[Any] = []
        self.asked: list[str] = []

    def take(self, request: Any) -> ResultT:
        self.sent.append(request)
        return self._give(self.answer)

    async def query(self, ref: str) -> ResultT:
        self.asked.append(ref)
        return self._give(self.told)

    @staticmethod
    def _give(answer: ResultT | BaseException) -> ResultT:
        if isinstance(answer, BaseException):
            raise answer
        return answer
