"""What the acts of the story share: the doors, the people, the clock, and what has been learnt so far."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from domain.shared.days import SHANGHAI
from suidai.demo.api import Door, Json, StepFailed, expect, fail
from suidai.demo.person import Person
from suidai.log_ins import PASSWORD

FoundT = TypeVar("FoundT")

CODE_DIGITS = 6
PATIENCE = 150.0
"""Seconds until something that does not come is held to be lost."""


@dataclass(slots=True)
class Stage:
    """The state of one telling."""

    door: Door
    person: Person
    tokens: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    known: dict[str, Any] = field(default_factory=dict[str, Any])
    before: dict[str, int] = field(default_factory=dict[str, int])
    """The trial balance when the story began, in fen by account: a suidai that has lived has history."""

    # Who speaks

    @property
    def borrower(self) -> str:
        return self.tokens["borrower"]

    def staff(self, username: str) -> str:
        if username not in self.tokens:
            session = self.door.do(
                "staffLogin", {"username": username, "password": PASSWORD}, "... on StaffSession { accessToken }"
            )
            self.tokens[username] = session["accessToken"]
        return self.tokens[username]

    # Time

    def now(self) -> datetime:
        return datetime.fromisoformat(self.door.ask("{ businessClock { now } }")["businessClock"]["now"])

    def clock_to(self, moment: datetime) -> None:
        """Move the business clock there, and wait until everything it crossed is done."""
        selection = "... on BusinessClock { now }"
        self.door.do("advanceClock", {"to": moment.isoformat()}, selection, token=self.staff("admin"))
        self.settle()

    def settle(self) -> None:
        """Wait until no work is due."""
        self.until(lambda: self.door.ask("{ businessClock { pending } }")["businessClock"]["pending"] == 0, "quiet")

    def until(self, look: Callable[[], FoundT | None], what: str, patience: float = PATIENCE) -> FoundT:
        """What `look` finds; it looks again until it finds something that is not empty."""
        deadline = time.monotonic() + patience
        while not (found := look()):
            if time.monotonic() > deadline:
                fail(f"waited {patience:.0f} s for: {what}")
            time.sleep(0.05)
        return found

    # What a person sees

    def codes(self) -> list[str]:
        """The codes on the person's handset, oldest first."""
        messages = self.door.outside("GET", f"/sms/handset/{self.person.phone}").json()["messages"]
        return [code for note in messages if (code := _code_in(note["text"]))]

    def next_code(self, seen: int) -> str:
        """The code that comes after the first `seen` ones."""
        return self.until(lambda: (self.codes()[seen:] or [None])[0], "a code on the handset")

    def mine(self, selection: str) -> Json:
        return self.door.ask(f"{{ me {{ {selection} }} }}", token=self.borrower)["me"]

    def loan(self, selection: str) -> Json:
        found = self.door.ask(
            f"query($id: ID!) {{ loan(id: $id) {{ {selection} }} }}", {"id": self.known["loan"]}, token=self.borrower
        )["loan"]
        return found or fail("the borrower does not see the loan")

    def until_loan(self, selection: str, holds: Callable[[Json], bool], what: str) -> Json:
        def look() -> Json | None:
            loan = self.loan(selection)
            return loan if holds(loan) else None

        return self.until(look, what)

    def balances(self) -> dict[str, int]:
        """The trial balance in fen by account, each on the side on which it grows."""
        told = self.door.ask("{ trialBalance { accounts { code balance } } }", token=self.staff("finance"))[
            "trialBalance"
        ]
        return {account["code"]: fen(account["balance"]) for account in told["accounts"]}

    def moved(self) -> dict[str, int]:
        """How the accounts have moved since the story began."""
        now = self.balances()
        return {code: now[code] - self.before.get(code, 0) for code in now}


def fen(text: str) -> int:
    """Fen of an amount as the API writes it."""
    return int(text.replace(".", ""))


def key() -> str:
    """A fresh idempotency key."""
    return uuid4().hex


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def _code_in(text: str) -> str | None:
    found = "".join(letter if letter.isdigit() else " " for letter in text).split()
    return next((run for run in found if len(run) == CODE_DIGITS), None)


__all__ = ["Json", "Stage", "StepFailed", "at", "days", "expect", "fail", "fen", "key"]
