"""A runtime without a network, at a time of the author's choosing."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256

import httpx

from domain.shared.crypto import Keyring
from plugins.runtime import Audit, make_runtime
from plugins.spec import ChannelRuntime

_KEYRING = Keyring.from_master(sha256(b"plugins.testing").digest())


def _no_network(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"the test gave no transport, yet {request.method} {request.url.host} was called")


def runtime(
    *,
    now: datetime | str | float | Callable[[], datetime],
    transport: httpx.AsyncBaseTransport | None = None,
    code: str = "test",
    notify_base_url: str = "https://suidai.example.com",
    secrets: Mapping[str, str] | None = None,
    audit: Audit | None = None,
    masked_fields: frozenset[str] = frozenset(),
) -> ChannelRuntime:
    """A runtime whose clock stands at `now` and whose calls go to `transport`.

    `now` is an instant, ISO 8601 with an offset, seconds since 1970, or a function that is asked each time.

    Without a transport every call fails the test. It seals with a key of its own: what one of them sealed, another of
    the same code opens.
    """
    instant = _instant(now)
    if isinstance(instant, datetime) and instant.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC")
    return make_runtime(
        code,
        clock=(lambda: instant) if isinstance(instant, datetime) else instant,
        notify_base_url=notify_base_url,
        secrets=secrets,
        audit=audit,
        transport=transport or httpx.MockTransport(_no_network),
        masked_fields=masked_fields,
        keyring=_KEYRING,
    )


def _instant(now: datetime | str | float | Callable[[], datetime]) -> datetime | Callable[[], datetime]:
    match now:
        case str():
            return datetime.fromisoformat(now)
        case int() | float():
            return datetime.fromtimestamp(now, UTC)
        case _:
            return now
