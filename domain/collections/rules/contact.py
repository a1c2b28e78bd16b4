"""Ways to reach people, what can come of it, and what the earlier attempts say about the next one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Channel(StrEnum):
    CALL = "CALL"
    SMS = "SMS"
    VISIT = "VISIT"


class Party(StrEnum):
    """DEBTOR: who owes. CONTACT: somebody he named, of whom nothing may be asked but where he is."""

    DEBTOR = "DEBTOR"
    CONTACT = "CONTACT"


class Outcome(StrEnum):
    """What came of an attempt."""

    ANSWERED = "ANSWERED"
    PROMISED = "PROMISED"
    UNANSWERED = "UNANSWERED"
    INVALID_NUMBER = "INVALID_NUMBER"
    REFUSED_BY_CONTACT = "REFUSED_BY_CONTACT"
    SENT = "SENT"


REACHED = frozenset({Outcome.ANSWERED, Outcome.PROMISED})
FAILED = frozenset({Outcome.UNANSWERED, Outcome.INVALID_NUMBER})

_OF_CHANNEL = {
    Channel.CALL: REACHED | FAILED | {Outcome.REFUSED_BY_CONTACT},
    Channel.SMS: REACHED | {Outcome.SENT, Outcome.INVALID_NUMBER, Outcome.REFUSED_BY_CONTACT},
    Channel.VISIT: REACHED | {Outcome.UNANSWERED, Outcome.REFUSED_BY_CONTACT},
}
# A contact is not told of the debt, so he cannot promise; a debtor cannot refuse to be a contact.
_NOT_OF_PARTY = {Party.DEBTOR: Outcome.REFUSED_BY_CONTACT, Party.CONTACT: Outcome.PROMISED}


def outcomes(channel: Channel, party: Party) -> list[Outcome]:
    """What can come of trying this party this way."""
    possible = _OF_CHANNEL[channel] - {_NOT_OF_PARTY[party]}
    return [outcome for outcome in Outcome if outcome in possible]


@dataclass(frozen=True, slots=True)
class Made:
    """An attempt that was made; `number` stands for the phone that was tried, and is not it."""

    id: UUID
    on: date
    channel: Channel
    party: Party
    number: bytes
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Tally:
    """What the earlier attempts of a debtor's cases say about one more.

    Today's calls: `effective` ones spoke with him, `unanswered` were to the number that is to be tried, `dials` to the
    party. `failed` are the calls to his own number that failed in a row since he was last reached, the newest first.
    """

    effective: int = 0
    unanswered: int = 0
    dials: int = 0
    failed: tuple[UUID, ...] = ()
    invalid: bool = False

    def tomorrow(self) -> "Tally":
        """The same on a later day, when nothing more has happened."""
        return Tally(failed=self.failed, invalid=self.invalid)


def tally(made: Iterable[Made], *, today: date, party: Party, number: bytes | None, own_number: bytes) -> Tally:
    """Count what was made, the newest first, before trying a number of a party; None: before it is known which."""
    made = list(made)
    calls = [each for each in made if each.on == today and each.channel is Channel.CALL]
    failed = _failed_in_a_row(made, own_number)
    return Tally(
        effective=sum(each.party is Party.DEBTOR and each.outcome in REACHED for each in calls),
        unanswered=sum(each.number == number and each.outcome is Outcome.UNANSWERED for each in calls),
        dials=sum(each.party is party for each in calls),
        failed=tuple(each.id for each in failed),
        invalid=any(each.outcome is Outcome.INVALID_NUMBER for each in failed),
    )


def _failed_in_a_row(made: Iterable[Made], own_number: bytes) -> list[Made]:
    failed: list[Made] = []
    for each in made:
        if each.party is not Party.DEBTOR:
            continue
        if each.outcome in REACHED:
            break
        if each.channel is Channel.CALL and each.number == own_number and each.outcome in FAILED:
            failed.append(each)
    return failed
