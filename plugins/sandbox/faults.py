"""Scripted faults: what a party of the sandbox is told to do wrong, so many times, for one order or for any."""

from collections.abc import Iterator, Mapping, Set
from enum import StrEnum
from typing import Any, Self

from plugins.sandbox.store import Store

_KIND = "fault"


class Fault(StrEnum):
    """What goes wrong, and a sentence of it. A party that cannot do one of these refuses to be told to."""

    sentence: str

    def __new__(cls, word: str, sentence: str) -> Self:
        self = str.__new__(cls, word)
        self._value_ = word
        self.sentence = sentence
        return self

    BREAK = "BREAK", "Nothing is done, and the answer is HTTP 500."
    LOSE_ANSWER = "LOSE_ANSWER", "What was asked is done, and the answer is HTTP 504."
    DROP_CONNECTION = "DROP_CONNECTION", "What was asked is done, and the connection breaks off within the answer."
    SLOW = "SLOW", "What was asked is done at once, and the answer comes 20 seconds later (or --seconds)."
    BAD_SIGNATURE = "BAD_SIGNATURE", "What was asked is done, and the answer is signed with nobody's key."

    LOSE_NOTICE = "LOSE_NOTICE", "It happens, and nobody is told."
    REPEAT_NOTICE = "REPEAT_NOTICE", "A notice comes three times."
    DELAY_NOTICE = "DELAY_NOTICE", "A notice comes 30 seconds late (or --seconds)."
    REORDER_NOTICES = (
        "REORDER_NOTICES",
        "A notice waits until the party's next one has gone out, for 60 seconds at most (or --seconds).",
    )
    FORGED_NOTICE = (
        "FORGED_NOTICE",
        "A notice comes with nobody's signature, and a step of the ladder later with the proper one.",
    )
    WRONG_NOTICE = "WRONG_NOTICE", "The notice of a payment says one fen less than was taken; a query says the truth."

    WRONG_AMOUNT = "WRONG_AMOUNT", "One fen less is taken than was asked."
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS", "The payer's account is empty."
    LATE_SUCCESS = "LATE_SUCCESS", "An order is closed, and answered so; right after that its money comes all the same."
    REFUSE_REFUND = "REFUSE_REFUND", "A refund is refused: our own account at the party has not enough."

    BILL_NOT_READY = "BILL_NOT_READY", "The bill of a day is not there yet; the order is the day, such as 2026-11-21."
    BILL_MISSING_ROW = "BILL_MISSING_ROW", "A row is missing from the bill."
    BILL_EXTRA_ROW = "BILL_EXTRA_ROW", "After a row of the bill comes one more, of a number that we never gave."
    BILL_OTHER_AMOUNT = "BILL_OTHER_AMOUNT", "A row of the bill says one fen more."
    BILL_BAD_TOTAL = "BILL_BAD_TOTAL", "The bill's own totals are one fen more than its rows; the order is the day."


class Of(StrEnum):
    """What a fault is of, where it is not of everything that has the order's number."""

    PAYMENT = "payment"
    REFUND = "refund"
    MANDATE = "mandate"
    BATCH = "batch"
    BILL = "bill"


SECONDS: Mapping[Fault, float] = {Fault.DELAY_NOTICE: 30, Fault.REORDER_NOTICES: 60, Fault.SLOW: 20}
"""The faults that take time, and how much if it is not said: SLOW is past the time limit of every call of ours."""


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

    def plan(
        self,
        party: str,
        fault: Fault,
        *,
        order: str = "",
        times: int = 1,
        of: Of | None = None,
        seconds: float | None = None,
    ) -> None:
        """Let it go wrong this many times more, from now on with these seconds. Raises NotPlayed."""
        if fault not in (offered := self._known_to.get(party, frozenset[Fault]())):
            raise NotPlayed(f"{party} cannot {fault}; it can: {', '.join(sorted(offered)) or 'do nothing wrong'}")
        if seconds is not None and fault not in SECONDS:
            raise NotPlayed(f"{fault} takes no seconds; these do: {', '.join(sorted(SECONDS))}")
        key = _key(party, fault, order, of)
        plan = {"party": party, "fault": fault, "order": order, "left": self._left(key) + times}
        plan |= {"of": of} if of else {}
        plan |= {"seconds": SECONDS[fault] if seconds is None else seconds} if fault in SECONDS else {}
        self._store.put(_KIND, key, plan, key=_KIND)

    def take(self, party: str, fault: Fault, *numbers: str, of: Of = Of.PAYMENT) -> bool:
        """Whether it goes wrong now; said once for each time it was planned, for these numbers before any other."""
        return self._taken(party, fault, numbers, of) is not None

    def seconds(self, party: str, fault: Fault, *numbers: str, of: Of = Of.PAYMENT) -> float | None:
        """How long it takes if it goes wrong now, None if it does not."""
        taken = self._taken(party, fault, numbers, of)
        return float(taken["seconds"]) if taken else None

    def to_come(self) -> list[dict[str, Any]]:
        return [known for known in self._store.by_key(_KIND, _KIND) if known["left"]]

    def forget(self) -> None:
        for known in self.to_come():
            key = _key(known["party"], known["fault"], known["order"], known.get("of"))
            self._store.put(_KIND, key, {**known, "left": 0}, key=_KIND)

    def _taken(self, party: str, fault: Fault, numbers: tuple[str, ...], of: Of) -> dict[str, Any] | None:
        for key in dict.fromkeys(_keys(party, fault, numbers, of)):
            if left := self._left(key):
                self._store.put(_KIND, key, {**self._known(key), "left": left - 1}, key=_KIND)
                return self._known(key)
        return None

    def _left(self, key: str) -> int:
        return self._known(key).get("left", 0)

    def _known(self, key: str) -> dict[str, Any]:
        return self._store.get(_KIND, key) or {}


def _keys(party: str, fault: Fault, numbers: tuple[str, ...], of: Of) -> Iterator[str]:
    """Under what it may be planned: the closest first."""
    for number in (*numbers, ""):
        yield _key(party, fault, number, of)
        yield _key(party, fault, number, None)


def _key(party: str, fault: str, order: str, of: str | None) -> str:
    return f"{party}:{fault}:{order}:{of}" if of else f"{party}:{fault}:{order}"
