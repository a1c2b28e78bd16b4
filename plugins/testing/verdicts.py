"""Every check of the kit on one subject: what holds, what is broken and in which way, and what there was nothing to try."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from inspect import isawaitable
from typing import Any

from plugins.testing import answered, calls, posted, shown
from plugins.testing.announcing import imports_quickly, settings_are_read, spec_is_valid
from plugins.testing.bills import bills_are_fetched, bills_are_read
from plugins.testing.clocks import it_asks_the_runtimes_clock
from plugins.testing.mishaps import (
    a_new_word_is_doubt,
    another_sum_is_told,
    no_money_is_declined,
    what_waits_has_not_ended,
)
from plugins.testing.notices import notices_are_answered, notices_are_proven, probes_are_recognised
from plugins.testing.pace import nobody_waits_for_it
from plugins.testing.subject import NothingToTry, Subject
from plugins.testing.town import CARD, ID_NUMBER, PHONE, pays, signs

Check = Callable[[Subject], Awaitable[None] | None]

_DRY: frozenset[Check] = frozenset({spec_is_valid, settings_are_read, imports_quickly})
"""What is tried without a channel, too."""


class Outcome(StrEnum):
    """What a check found."""

    OK = "ok"
    BROKEN = "broken"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the table. `sentence` is the promise of the check that holds, else what is wrong, or why it was not made."""

    check: str
    outcome: Outcome
    sentence: str


async def judged(subject: Subject) -> list[Verdict]:
    """The verdict of every check, in the order in which an author mends them."""
    # What keeps the channel from being made breaks the first line, and is not told twenty times.
    why = _unmakable(subject)
    verdicts = [await _judged(subject, check, needs if not why or check in _DRY else why) for check, needs in _checks()]
    hidden = _hidden(subject)
    return _told_once(replace(one, sentence=_without(hidden, one.sentence)) for one in verdicts)


def _hidden(subject: Subject) -> list[str]:
    """What an exception may name, and a table must not."""
    with suppress(Exception):  # settings that cannot be; the check of them says so
        return [CARD, ID_NUMBER, PHONE, *filter(None, subject.secrets())]
    return [str(value) for value in subject.settings.values() if value]


def _without(hidden: list[str], sentence: str) -> str:
    for secret in hidden:
        sentence = sentence.replace(secret, "***")
    return sentence


def _told_once(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """One cause is one broken line: what a story stumbles over, every check stumbles over that tells one."""
    first: dict[str, str] = {}
    told: list[Verdict] = []
    for one in verdicts:
        where = first.setdefault(one.sentence, one.check) if one.outcome is Outcome.BROKEN else one.check
        again = replace(one, outcome=Outcome.NOT_APPLICABLE, sentence=f"not tried: stopped by what breaks {where!r}")
        told.append(one if where == one.check else again)
    return told


def _unmakable(subject: Subject) -> Callable[[Subject], str] | None:
    try:
        subject.channel()
    except Exception:  # noqa: BLE001 - a stranger's code; the check of its spec says what it raised
        return lambda _: "not tried: the channel cannot be made"
    return None


async def _judged(subject: Subject, check: Check, needs: Callable[[Subject], str]) -> Verdict:
    name, promise = check.__name__.replace("_", " "), (check.__doc__ or "").strip().split("\n")[0]
    try:
        if missing := needs(subject):
            return Verdict(name, Outcome.NOT_APPLICABLE, missing)
        waiting = check(subject)
        if isawaitable(waiting):
            await waiting
    except NothingToTry as why:
        return Verdict(name, Outcome.NOT_APPLICABLE, str(why))
    except AssertionError as broken:
        return Verdict(name, Outcome.BROKEN, str(broken))
    except Exception as error:  # noqa: BLE001 - a stranger's code, and its author reads what it raised
        return Verdict(name, Outcome.BROKEN, f"it raises {type(error).__name__}: {error}")
    return Verdict(name, Outcome.OK, promise)


def _checks() -> Iterator[tuple[Check, Callable[[Subject], str]]]:
    yield spec_is_valid, _nothing
    yield settings_are_read, _nothing
    yield imports_quickly, lambda subject: "" if subject.module else "the subject names no module"
    yield calls.offers_what_it_says, _nothing
    yield calls.doubt_is_unknown, _nothing
    yield calls.what_was_not_sent_is_known, _nothing
    yield calls.secrets_stay_secret, _nothing
    yield nobody_waits_for_it, _nothing
    yield answered.payments_are_made_once, _of("products", "it has no product: nobody pays by himself")
    yield answered.mandates_are_kept, lambda subject: _gateway(subject) or ("" if signs(subject) else _NO_MANDATE)
    yield answered.debits_are_made_once, lambda subject: _gateway(subject) or _debits(subject)
    yield answered.batches_are_kept, _of("batch_autodebit", "it takes no batches")
    yield answered.refunds_are_made_once, _of("refund", "it gives nothing back")
    yield answered.nobodys_number_is_not_found, _gateway
    yield no_money_is_declined, lambda subject: _gateway(subject) or _debits(subject)
    yield another_sum_is_told, _gateway
    yield what_waits_has_not_ended, _gateway
    yield a_new_word_is_doubt, _gateway
    yield answered.forged_answers_are_doubt, _gateway
    yield answered.what_was_done_is_not_denied, _gateway
    yield shown.nothing_personal_shows, _gateway
    yield shown.states_are_small, _gateway
    yield it_asks_the_runtimes_clock, _gateway
    yield notices_are_answered, lambda subject: "" if subject.capabilities().notify else _TELLS_NOBODY
    yield _notices_are_proven, lambda subject: "" if subject.notices else "the subject has no sample of a notice"
    yield posted.what_it_posts_is_proven, lambda subject: _gateway(subject) or _posts(subject)
    yield posted.foreign_notices_move_nothing, _tells
    yield _probes_are_recognised, lambda subject: "" if subject.probes else "the subject has no sample of a probe"
    yield calls.a_bill_in_doubt_is_not_ready, _of("bill", "it has no bills", gateway=False)
    yield bills_are_fetched, _of("bill", "it has no bills")
    yield _bills_are_read, lambda subject: "" if subject.bill else "the subject has no sample of a bill"


async def _notices_are_proven(subject: Subject) -> None:
    for notice in subject.notices:
        await notices_are_proven(subject, notice)


async def _probes_are_recognised(subject: Subject) -> None:
    await probes_are_recognised(subject, *subject.probes)


def _bills_are_read(subject: Subject) -> None:
    if subject.bill:
        bills_are_read(subject, subject.bill, empty=subject.empty_bill)


for _check, _of_many in (
    (_notices_are_proven, notices_are_proven),
    (_probes_are_recognised, probes_are_recognised),
    (_bills_are_read, bills_are_read),
):
    _check.__name__, _check.__doc__ = _of_many.__name__, _of_many.__doc__

_NO_MANDATE = "no mandate can be signed"
_TELLS_NOBODY = "it tells nobody"


def _nothing(_: Subject) -> str:
    return ""


def _gateway(subject: Subject) -> str:
    return "" if subject.gateway else "the subject has no gateway"


def _of(flag: str, why: str, *, gateway: bool = True) -> Callable[[Subject], str]:
    def missing(subject: Subject) -> str:
        offered: Any = getattr(subject.capabilities(), flag)
        return ("" if offered else why) or (_gateway(subject) if gateway else "")

    return missing


def _debits(subject: Subject) -> str:
    if not subject.capabilities().autodebit:
        return "it debits nobody"
    return "" if signs(subject) else _NO_MANDATE


def _tells(subject: Subject) -> str:
    return "" if subject.notices else _gateway(subject) or _posts(subject)


def _posts(subject: Subject) -> str:
    if not subject.capabilities().notify:
        return _TELLS_NOBODY
    return "" if pays(subject) else _NO_MANDATE
