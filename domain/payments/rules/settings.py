"""How a channel's settings are put together, and how they are shown without being given away."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

RESERVED = frozenset({"enabled", "name"})
"""What is said beside the settings and is none of them."""
LONGEST = 100_000
_UNSTORABLE = re.compile(r"\\u(0000|d[89a-f])")
"""What JSON can say and no database can hold, as an ASCII encoder writes it."""
_SHOWN_WHOLE = 80

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """A version of a channel's settings. Without `settings` the environment's are in force."""

    channel: str
    version: int
    enabled: bool
    settings: Settings | None = field(repr=False)


def written(settings: object) -> str | None:
    """The settings as they are sealed; None where they cannot be kept: no object, too long, letters that are none."""
    if not isinstance(settings, Mapping):
        return None
    try:
        text = json.dumps(settings, allow_nan=False, sort_keys=True)
    except (ValueError, TypeError):
        return None
    return None if len(text) > LONGEST or _UNSTORABLE.search(text) else text


def merged(former: Settings, given: Settings, secrets: Collection[str]) -> Settings:
    """What was given, and of what was left out the secrets as they were. A setting given as null is taken away."""
    kept = {name: former[name] for name in secrets if name in former and name not in given}
    return kept | {name: value for name, value in given.items() if value is not None}


def shown(name: str, value: object, secrets: Collection[str], fingerprint: Callable[[str], str]) -> str:
    """A setting as people see it: a secret as a fingerprint that only this house can make, what is long by its hash."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    if name in secrets:
        return f"**** (fingerprint {fingerprint(text)})"
    if len(text) > _SHOWN_WHOLE:
        return f"{len(text)} characters, sha256 {sha256(text.encode()).hexdigest()}"
    return text
