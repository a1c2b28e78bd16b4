"""Scripted faults: what a party of the sandbox is told to do wrong, so many times, for one order or for any.

`POST /faults {"party": "alipay", "fault": "LOSE_NOTICE", "order": "PO...", "times": 1}`; without `order` it is for the
next orders that come. `GET /faults` shows what each party can do wrong and what is still to come, `DELETE /faults`
forgets it.
"""

import json
from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from plugins.sandbox.store import Store

_KIND = "fault"
_MOST = 1000


class Fault(StrEnum):
    """What goes wrong. A party that cannot do one of these refuses to be told to."""

    LOSE_NOTICE = "LOSE_NOTICE"
    """The money moves, and nobody is told."""
    REPEAT_NOTICE = "REPEAT_NOTICE"
    """A notice comes three times."""
    BAD_SIGNATURE = "BAD_SIGNATURE"
    """The answer is signed with nobody's key."""
    LOSE_ANSWER = "LOSE_ANSWER"
    """What was asked is done, and the answer is HTTP 504."""
    BREAK = "BREAK"
    """Nothing is done, and the answer is HTTP 500."""
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    """The payer's account is empty."""
    WRONG_AMOUNT = "WRONG_AMOUNT"
    """One fen less is taken than was asked."""


class NotPlayed(ValueError):
    """A party was to do wrong what it cannot do."""


class Faults:
    """What is still to go wrong."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known_to: dict[str, Set[Fault]] = {}

    def know(self, party: str, faults: Set[Fault]) -> None:
        """A party says what it can do wrong. Until it does, it can do nothing wrong."""
        self._known_to[party] = faults

    def known(self) -> Mapping[str, list[Fault]]:
        """What each party can do wrong."""
        return {party: sorted(faults) for party, faults in sorted(self._known_to.items())}

    def plan(self, party: str, fault: Fault, *, order: str = "", times: int = 1) -> None:
        """Let it go wrong this many times more. Raises NotPlayed."""
        if fault not in (offered := self._known_to.get(party, frozenset[Fault]())):
            raise NotPlayed(f"{party} cannot {fault}; it can: {', '.join(sorted(offered)) or 'do nothing wrong'}")
        key = _key(party, fault, order)
        left = self._left(key) + times
        self._store.put(_KIND, key, {"party": party, "fault": fault, "order": order, "left": left}, key=_KIND)

    def take(self, party: str, fault: Fault, order: str = "") -> bool:
        """Whether it goes wrong now; said once for each time it was planned, for this order before any other."""
        for key in dict.fromkeys((_key(party, fault, order), _key(party, fault, ""))):
            if left := self._left(key):
                self._store.put(_KIND, key, {**self._known(key), "left": left - 1}, key=_KIND)
                return True
        return False

    def to_come(self) -> list[dict[str, Any]]:
        return [known for known in self._store.by_key(_KIND, _KIND) if known["left"]]

    def forget(self) -> None:
        for known in self.to_come():
            key = _key(known["party"], known["fault"], known["order"])
            self._store.put(_KIND, key, {**known, "left": 0}, key=_KIND)

    def _left(self, key: str) -> int:
        return self._known(key).get("left", 0)

    def _known(self, key: str) -> dict[str, Any]:
        return self._store.get(_KIND, key) or {}


def routes(faults: Faults) -> list[Route]:
    """The door for scripts."""

    async def plan(request: Request) -> Response:
        try:
            asked = json.loads(await request.body())
            times = int(asked.get("times", 1))
            if not 1 <= times <= _MOST:
                raise ValueError(f"times is from 1 to {_MOST}")
            faults.plan(str(asked["party"]), Fault(asked["fault"]), order=str(asked.get("order", "")), times=times)
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            offered = ", ".join(Fault)
            return JSONResponse({"message": f"{wrong}: write party, fault ({offered}), order and times"}, 422)
        return JSONResponse({"to_come": faults.to_come()}, 201)

    async def show(_: Request) -> Response:
        return JSONResponse({"known": faults.known(), "to_come": faults.to_come()})

    async def forget(_: Request) -> Response:
        faults.forget()
        return JSONResponse({"to_come": []})

    return [
        Route("/faults", plan, methods=["POST"]),
        Route("/faults", show, methods=["GET"]),
        Route("/faults", forget, methods=["DELETE"]),
    ]


def _key(party: str, fault: str, order: str) -> str:
    return f"{party}:{fault}:{order}"
