"""The contact guard: whether somebody may be contacted now. A contact must be allowed by every pack, and by the strategy."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.collections.rules.contact import Channel, Party, Tally
from domain.collections.rules.packs import Pack, Packs, ThirdPerson
from domain.messaging.rules.quiet import next_allowed
from domain.shared.days import business_day, end_of

STRATEGY = "strategy"
STRATEGY_SOURCE = "The lender's collection strategy"


class Why(StrEnum):
    """What a refusal goes by, in the order one would ask."""

    CONTACT_REFUSED = "contact_refused"
    THIRD_PERSON = "third_person"
    NOT_LOCATING = "not_locating"
    REST_HOURS = "rest_hours"
    EFFECTIVE_CALLS = "effective_calls"
    UNANSWERED_CALLS = "unanswered_calls"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The contact one would like to make. `refused`: this person said that he is not to be approached."""

    channel: Channel
    party: Party
    at: datetime
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What the strategy says of the case: whether the debtor is being located, how often a day the party may be called."""

    locating: bool = False
    calls_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """ALLOW, or DENY with the rule, its source, and from when the same would be allowed; None: nobody can say."""

    allowed: bool
    why: Why | None = None
    rule: str | None = None
    source: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Denial:
    """`until` None: time alone does not end it."""

    why: Why
    pack: str
    source: str
    until: datetime | None = None


ALLOW = Decision(True)


def decide(packs: Packs, wanted: Wanted, tally: Tally, plan: Plan) -> Decision:
    """Whether every pack and the strategy allow it."""
    denial = next(_denials(packs, wanted, tally, plan), None)
    if denial is None:
        return ALLOW
    until = _allowed_from(packs, wanted, tally, plan)
    return Decision(False, denial.why, f"{denial.pack}.{denial.why}", denial.source, until)


def unreachable(packs: Packs, tally: Tally) -> bool:
    """Whether the debtor provably cannot be reached, by every pack."""
    return all(pack.third_person is not None and _proves(pack.third_person, tally) for pack in packs)


def _denials(packs: Packs, wanted: Wanted, tally: Tally, plan: Plan) -> Iterator[_Denial]:
    if wanted.party is Party.CONTACT:
        yield from _of_third_person(packs, wanted, tally, plan)
    for pack in packs:
        yield from _of_pack(pack, wanted, tally)
    if wanted.channel is Channel.CALL and plan.calls_per_day is not None and tally.dials >= plan.calls_per_day:
        yield _Denial(Why.CALLS, STRATEGY, STRATEGY_SOURCE, _next_day(wanted))


def _of_third_person(packs: Packs, wanted: Wanted, tally: Tally, plan: Plan) -> Iterator[_Denial]:
    if wanted.refused:
        yield _Denial(Why.CONTACT_REFUSED, packs[0].code, packs[0].source)
    for pack in packs:
        if pack.third_person is None or not _proves(pack.third_person, tally):
            yield _Denial(Why.THIRD_PERSON, pack.code, pack.source)
    if not plan.locating:
        yield _Denial(Why.NOT_LOCATING, STRATEGY, STRATEGY_SOURCE)


def _of_pack(pack: Pack, wanted: Wanted, tally: Tally) -> Iterator[_Denial]:
    morning = next_allowed(wanted.at, pack.resting)
    if morning > wanted.at:
        yield _Denial(Why.REST_HOURS, pack.code, pack.source, morning)
    if wanted.channel is not Channel.CALL:
        return
    most = pack.effective_calls_per_day
    if wanted.party is Party.DEBTOR and most is not None and tally.effective >= most:
        yield _Denial(Why.EFFECTIVE_CALLS, pack.code, pack.source, _next_day(wanted))
    if pack.unanswered_per_day is not None and tally.unanswered >= pack.unanswered_per_day:
        yield _Denial(Why.UNANSWERED_CALLS, pack.code, pack.source, _next_day(wanted))


def _proves(third_person: ThirdPerson, tally: Tally) -> bool:
    return len(tally.failed) >= third_person.failed_in_a_row or (third_person.invalid_number and tally.invalid)


def _next_day(wanted: Wanted) -> datetime:
    return end_of(business_day(wanted.at))


def _allowed_from(packs: Packs, wanted: Wanted, tally: Tally, plan: Plan) -> datetime | None:
    """The first moment at which nothing forbids it any more; None if time alone does not bring it."""
    moment = wanted
    # Each pack's night and one midnight: more steps than these only where packs leave no hour of the day.
    for _ in range(2 * len(packs) + 2):
        later = tally if business_day(moment.at) == business_day(wanted.at) else tally.tomorrow()
        denials = list(_denials(packs, moment, later, plan))
        if not denials:
            return moment.at
        ends = [denial.until for denial in denials if denial.until is not None]
        if len(ends) < len(denials):
            return None
        moment = Wanted(wanted.channel, wanted.party, max(ends), wanted.refused)
    return None
