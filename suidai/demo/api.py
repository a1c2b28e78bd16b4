"""A client of the public doors: GraphQL over HTTP, upload addresses, and what the outside parties show a person."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import httpx

PATIENCE = 30.0
"""Seconds a door may be shut, because its process was killed and is being started again."""

Json = dict[str, Any]


class StepFailed(Exception):
    """What was expected did not come; the sentence says what came instead."""


class Refused(StepFailed):
    """The business refused, with a Problem."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{problem['code']}: {problem['message']}")
        self.code: str = problem["code"]


@dataclass(slots=True)
class Door:
    """One HTTP client; `token` is whoever speaks at the moment."""

    url: str
    sandbox: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=15.0))

    def ask(self, document: str, variables: Json | None = None, *, token: str | None = None) -> Json:
        """The data of an operation. A door that is shut for a while is tried again: keys make that harmless."""
        body = {"query": document, "variables": variables or {}}
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = self._patiently("POST", self.url, json=body, headers=headers)
        told: Json = answer.json()
        if told.get("errors"):
            first = told["errors"][0]
            raise StepFailed(f"{first.get('extensions', {}).get('code', 'ERROR')}: {first['message']}")
        return told["data"]

    def do(self, mutation: str, input: Json, selection: str, *, token: str | None = None) -> Json:
        """The object a mutation changed. Raises Refused when it answered with a Problem."""
        name = mutation[0].upper() + mutation[1:]
        document = (
            f"mutation($input: {name}Input!) {{ {mutation}(input: $input) "
            f"{{ __typename ... on Problem {{ code message field }} {selection} }} }}"
        )
        result: Json = self.ask(document, {"input": input}, token=token)[mutation]
        if result["__typename"] == "Problem":
            raise Refused(result)
        return result

    def put(self, url: str, content: bytes) -> None:
        answer = self._patiently("PUT", url, content=content)
        if answer.status_code != 201:
            raise StepFailed(f"the upload was answered {answer.status_code}: {answer.text[:200]}")

    def outside(self, method: str, url: str, **request: Any) -> httpx.Response:
        """What a person does or sees at an outside party; a path is taken at the sandbox."""
        answer = self._patiently(method, url if url.startswith("http") else self.sandbox + url, **request)
        if answer.status_code >= 400:
            raise StepFailed(f"{url} answered {answer.status_code}: {answer.text[:200]}")
        return answer

    def _patiently(self, method: str, url: str, **request: Any) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.http.request(method, url, follow_redirects=True, **request)
            except httpx.TransportError as trouble:
                if time.monotonic() > deadline:
                    raise StepFailed(f"{url} does not answer: {type(trouble).__name__}") from trouble
                time.sleep(0.2)


def expect(condition: object, otherwise: str) -> None:
    """Raises StepFailed with the sentence unless the condition holds."""
    if not condition:
        fail(otherwise)


def fail(sentence: str) -> NoReturn:
    raise StepFailed(sentence)
