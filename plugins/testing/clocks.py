"""The check that a channel asks the runtime's clock: in development it runs ahead, and a computer's is not to be trusted."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

from domain.shared.days import SHANGHAI
from plugins.testing.subject import NothingToTry, Subject, must
from plugins.testing.town import acts, town

_ASKED = timedelta(days=2)
"""What is asked of the subject's now may name its day, the one before and the one after."""


async def it_asks_the_runtimes_clock(subject: Subject) -> None:
    """Where a request says in plain letters when it was made, that is the runtime's time and not the computer's."""
    if abs(_computers() - subject.now) < _ASKED:
        raise NothingToTry("the subject's now is the computer's, too: neither can be told from the other")
    for name, prepare in acts(subject):
        began = _computers()
        async with town(subject) as here:
            await here.disturbed(name, await prepare(here))
        dates = [re.compile(pattern) for at in (began, _computers()) for pattern in _written(at)]
        for sent in (text for raw in here.wire.sent for text in (raw, unquote_plus(raw))):
            for date in dates:
                found = date.search(sent)
                must(not found, f"{name} sends {found and found[0]}, the computer's time: ask runtime.clock()")


def _computers() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - to be found in what a channel sends


def _written(at: datetime) -> Iterator[str]:
    """This day and hour, as providers write them, and its seconds since 1970."""
    for there in (at, at.astimezone(SHANGHAI)):
        yield f"{there:%Y-%m-%d}"
        yield f"{there:%Y/%m/%d}"
        yield rf"(?<![0-9A-Za-z]){there:%Y%m%d}(?:{there:%H}\d{{4}}\d{{0,3}})?(?![0-9A-Za-z])"
    yield rf"(?<![0-9A-Za-z]){int(at.timestamp()) // 100}\d{{2}}(?:\d{{3}})?(?![0-9A-Za-z])"
