"""What a forger does to a message: changes it, cuts it, takes its proof off, or sends one that was signed for another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from plugins.testing.town import Line

_SPOTS = 5
_NAME = r"[A-Za-z0-9_.-]*(?:sign|hmac)[A-Za-z0-9_.-]*"
_IS_PROOF = re.compile(_NAME, re.IGNORECASE)
_FIELDS = tuple(
    re.compile(pattern.encode(), re.IGNORECASE)
    for pattern in (
        rf"&{_NAME}=[^&]*|^{_NAME}=[^&]*&",  # a form's
        rf',\s*"{_NAME}"\s*:\s*"[^"]*"|(?<={{)\s*"{_NAME}"\s*:\s*"[^"]*"\s*,?',  # of a JSON object
        rf"<(?P<tag>{_NAME})(?:\s[^<>]*)?>[^<]*</(?P=tag)>",  # of XML
    )
)


def unsigned(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], bytes] | None:
    """The message without all that is called a signature; None where nothing is."""
    kept = {name: value for name, value in headers.items() if not _IS_PROOF.fullmatch(name)}
    bare = body
    for proof in _FIELDS:
        bare = proof.sub(b"", bare)
    return None if (len(kept), bare) == (len(headers), body) else (kept, bare)


def forgeries() -> list[tuple[str, Line]]:
    """What may become of an answer on its way, and how."""
    changed = [(f"its answer is changed at {spot} of {_SPOTS}", _changed(spot)) for spot in range(_SPOTS)]
    return [*changed, ("its answer has lost its proof", _bare), ("its answer is cut in half", _half)]


@dataclass(slots=True)
class Unsigned:
    """Takes the signature off each answer, and knows whether there was one to take."""

    found: bool = False

    def __call__(self, _: int, response: httpx.Response) -> httpx.Response:
        bare = unsigned(dict(response.headers), response.content)
        if bare is None:
            return response
        self.found = True
        headers, content = bare
        headers.pop("content-length", None)
        return httpx.Response(response.status_code, headers=headers, content=content)


@dataclass(slots=True)
class Kept:
    """Keeps the answers to one call, and gives them as the answers to another."""

    answers: dict[int, httpx.Response] = field(default_factory=dict[int, httpx.Response])

    def keep(self, number: int, response: httpx.Response) -> httpx.Response:
        self.answers[number] = response
        return response

    def give(self, number: int, response: httpx.Response) -> httpx.Response:
        return self.answers.get(number, response)


def _changed(spot: int) -> Line:
    def line(_: int, response: httpx.Response) -> httpx.Response:
        content = bytearray(response.content)
        if content:
            content[len(content) * (2 * spot + 1) // (2 * _SPOTS)] ^= 1
        return _answer(response, bytes(content))

    return line


def _half(_: int, response: httpx.Response) -> httpx.Response:
    return _answer(response, response.content[: len(response.content) // 2])


def _bare(_: int, response: httpx.Response) -> httpx.Response:
    """Without its headers, and in its body without a letter of what looks like a signature."""
    return httpx.Response(response.status_code, content=response.content.replace(b"a", b"b"))


def _answer(response: httpx.Response, content: bytes) -> httpx.Response:
    headers = [(name, value) for name, value in response.headers.multi_items() if name != "content-length"]
    return httpx.Response(response.status_code, headers=headers, content=content)
