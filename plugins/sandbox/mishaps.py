"""Where a channel goes wrong when it is told to: in its answers, in its notices, in its bills."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from plugins.sandbox.faults import Fault, Of
from plugins.sandbox.house import House
from plugins.sandbox.post import FORGED

RowT = TypeVar("RowT")

ANSWERS = frozenset({Fault.BREAK, Fault.LOSE_ANSWER, Fault.DROP_CONNECTION, Fault.SLOW, Fault.BAD_SIGNATURE})
NOTICES = frozenset(
    {
        Fault.LOSE_NOTICE,
        Fault.REPEAT_NOTICE,
        Fault.DELAY_NOTICE,
        Fault.REORDER_NOTICES,
        Fault.FORGED_NOTICE,
        Fault.WRONG_NOTICE,
    }
)
BILLS = frozenset({Fault.BILL_NOT_READY, Fault.BILL_MISSING_ROW, Fault.BILL_EXTRA_ROW, Fault.BILL_OTHER_AMOUNT})
ALWAYS = ANSWERS | NOTICES | BILLS | {Fault.WRONG_AMOUNT, Fault.REFUSE_REFUND}
"""What every channel of the sandbox can do wrong."""


@dataclass(frozen=True, slots=True)
class About:
    """What a call or a notice is about: its numbers, its own first, and what they are numbers of."""

    numbers: tuple[str, ...] = ()
    of: Of = Of.PAYMENT


NOTHING = About()


def of_day(day: date) -> About:
    """A bill as a whole is about its day."""
    return About((day.isoformat(),), Of.BILL)


def strange(number: str) -> str:
    """A number as long as this one, which we never gave."""
    return f"X{number[1:]}"


@dataclass(frozen=True, slots=True)
class Typesetting(Generic[RowT]):
    """What can be done to a row of a party's bill: one fen more on it, or the same row of a number nobody gave."""

    about: Callable[[RowT], About]
    dearer: Callable[[RowT], RowT]
    stranger: Callable[[RowT], RowT]


@dataclass(frozen=True, slots=True)
class Telling:
    """A notice as it goes out. `forged` is the same without a proof; where a body proves nothing, the same."""

    url: str
    body: bytes = field(repr=False)
    forged: bytes = field(repr=False)
    content_type: str


class Broken(Response):
    """An answer that breaks off: it promises a byte that does not come, so the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the protocol's words
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


class Mishaps:
    """What one channel does wrong."""

    def __init__(self, house: House, party: str) -> None:
        self._house = house
        self._party = party

    def happens(self, fault: Fault, about: About) -> bool:
        """Whether it goes wrong now. What is about no number always goes well."""
        return any(about.numbers) and self._house.faults.take(self._party, fault, *about.numbers, of=about.of)

    async def answered(self, about: About) -> Response | bool:
        """What comes instead of an answer, when all is done; else, perhaps late, whether the answer proves nothing."""
        if self.happens(Fault.LOSE_ANSWER, about):
            return PlainTextResponse("", 504)
        if self.happens(Fault.DROP_CONNECTION, about):
            return Broken()
        # All of it is decided now: who waited in vain has long been asking something else.
        seconds, forged = self._seconds(Fault.SLOW, about), self.happens(Fault.BAD_SIGNATURE, about)
        await asyncio.sleep(seconds or 0)
        return forged

    def tell(self, notice: Telling, about: About, *, times: int = 1, delay: float = 0) -> None:
        """Post a notice after a delay in real seconds. Within `store.together()` it goes with the change it tells of."""
        if not times or self.happens(Fault.LOSE_NOTICE, about):
            return
        if self.happens(Fault.REPEAT_NOTICE, about):
            times = 3
        if self.happens(Fault.FORGED_NOTICE, about):
            self._write(notice, self._party + FORGED, notice.forged, delay)
            delay += self._house.postman.first_step(self._party)
        delay += self._seconds(Fault.DELAY_NOTICE, about) or 0
        if held := self._seconds(Fault.REORDER_NOTICES, about):
            delay += held
        for _ in range(times):
            self._write(notice, self._party, notice.body, delay, held=bool(held))

    def printed(self, rows: Iterable[RowT], typesetting: Typesetting[RowT]) -> list[RowT]:
        """The rows of a bill as they come out."""
        out: list[RowT] = []
        for row in rows:
            about = typesetting.about(row)
            if self.happens(Fault.BILL_MISSING_ROW, about):
                continue
            out.append(typesetting.dearer(row) if self.happens(Fault.BILL_OTHER_AMOUNT, about) else row)
            if self.happens(Fault.BILL_EXTRA_ROW, about):
                out.append(typesetting.stranger(row))
        return out

    def _write(self, notice: Telling, party: str, body: bytes, delay: float, *, held: bool = False) -> None:
        self._house.write(party, notice.url, body, notice.content_type, delay=delay, held=held)

    def _seconds(self, fault: Fault, about: About) -> float | None:
        if not any(about.numbers):
            return None
        return self._house.faults.seconds(self._party, fault, *about.numbers, of=about.of)
