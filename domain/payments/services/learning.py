"""What a plugin says is kept as it is safe to keep: its nonsense never stops the booking of money."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from domain.payments.ports import ChannelError, ErrorCode, Retry

_MAX_STATE = 4096


def plain(text: object) -> str | None:
    """A text as PostgreSQL takes it; a NUL is text for Python only, and a number may come as one."""
    return str(text).replace("\0", "")[:500] if text else None


def facts(**told: object) -> dict[str, Any]:
    """Those of these facts that there are."""
    return {name: fact for name, fact in told.items() if fact is not None}


def written(at: object) -> str | None:
    """A time as it is kept among facts; what is none is left out."""
    return at.isoformat() if isinstance(at, datetime) else None


def error_facts(error: ChannelError | None) -> dict[str, Any] | None:
    """A channel's error as plain data."""
    if error is None:
        return None
    return {name: plain(fact) for name, fact in asdict(error).items() if fact}


def refusal_of(facts: Mapping[str, Any] | None) -> tuple[ErrorCode, Retry]:
    """Why a call was declined and when it may be repeated, from an error as `error_facts` kept it."""
    told = facts or {}
    return ErrorCode(told.get("code", "")), Retry(told.get("retry", ""))


def kept_state(before: dict[str, Any] | None, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the channel wants handed back, with what it said now; what is no JSON of at most 4 kB is left out."""
    return {**(before or {}), **told} if told and _can_be_kept(told) else before


def _can_be_kept(state: Mapping[str, Any]) -> bool:
    try:
        text = json.dumps(dict(state))
    except (TypeError, ValueError):
        return False
    return len(text) <= _MAX_STATE and "\\u0000" not in text
