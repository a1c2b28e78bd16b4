"""Checks of what shows of a whole story, and of what it leaves to be kept: no person, no secret, and little."""

import json
from typing import Any
from urllib.parse import unquote_plus

from domain.payments.ports import MandateResult, action_to_json
from plugins.testing.overhearing import overheard
from plugins.testing.subject import Subject, must
from plugins.testing.town import CARD, ID_NUMBER, PHONE, acts, begin, town

MOST_STATE = 4096
"""Bytes of `channel_state`, as JSON."""


async def nothing_personal_shows(subject: Subject) -> None:
    """Through a whole story no secret, card, identity number, phone or token shows in repr, log or audit, or is printed."""
    for name, prepare in acts(subject):
        with overheard(subject.spec.code) as shown:
            async with town(subject) as here:
                await here.disturbed(name, await prepare(here))
        tokens = {result.token for result in here.said if isinstance(result, MandateResult) and result.token}
        shown += [*map(repr, here.said), *map(_shown_to_the_borrower, here.said)]
        shown += [f"{one!r}{one.url}{one.request}{one.response}" for one in here.heard]
        # A token that is our own number of the mandate gives nobody away.
        hidden = {CARD, ID_NUMBER, PHONE, *subject.secrets(), *(tokens - {begin().mandate_no})}
        for text in (*shown, *map(unquote_plus, shown)):
            must(not any(secret in text for secret in hidden if secret), f"{name} shows a secret, a person or a token")


async def states_are_small(subject: Subject) -> None:
    """What a result asks us to keep is JSON of 4 kB at most, and holds no card, identity number, phone or secret."""
    for name, prepare in acts(subject):
        async with town(subject) as here:
            await here.disturbed(name, await prepare(here))
        for result in here.said:
            kept = _kept(name, getattr(result, "channel_state", {}))
            must(len(kept.encode()) <= MOST_STATE, f"{name}: channel_state is larger than {MOST_STATE} bytes")
            for secret in (CARD, ID_NUMBER, PHONE, *subject.secrets()):
                must(not secret or secret not in kept, f"{name}: channel_state holds a person's data or a secret")


def _kept(name: str, state: Any) -> str:
    try:
        return json.dumps(dict(state), ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"{name}: channel_state is no JSON") from error


def _shown_to_the_borrower(result: Any) -> str:
    """His screen is not only seen by him, and an action is kept as it is."""
    action = getattr(result, "action", None)
    return json.dumps(action_to_json(action), ensure_ascii=False) if action else ""
