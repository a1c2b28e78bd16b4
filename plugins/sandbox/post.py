"""Posts the parties' letters to us, again and again by each one's own ladder until they are answered as they should be."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx

from domain.shared.secret import SecretStr
from plugins import envelope
from plugins.sandbox.store import Letter, Store

log = logging.getLogger("suidai.sandbox")

LADDER = tuple(minutes * 60 for minutes in (4, 10, 10, 60, 120, 360, 900))
"""Seconds between the sendings of one letter: eight in 25 hours."""
FORGED = ":forged"
"""Behind a party's name: whoever writes in it, without its key. Such a letter is sent once."""

_AT_ONCE = 20
_IDLE = 30.0
_PAUSE = 0.2


def _is_2xx(response: httpx.Response) -> bool:
    return response.is_success


@dataclass(frozen=True, slots=True)
class Correspondence:
    """How one party writes: what it takes for an answer, how it signs a letter as it goes out, when it repeats it.

    `seal` gives headers for a body at a moment of business time; a party whose letters carry their own proof has none.
    `forged_seal` gives such as prove nothing. `ladder` are the seconds between the sendings of one letter.
    """

    accepts: Callable[[httpx.Response], bool] = _is_2xx
    seal: Callable[[bytes, datetime], Mapping[str, str]] | None = None
    ladder: Sequence[float] = LADDER
    forged_seal: Callable[[bytes, datetime], Mapping[str, str]] | None = None


def real_time() -> float:
    """Letters wait in real time: nobody sits through 25 hours of business time."""
    return datetime.now(UTC).timestamp()  # noqa: TID251 - the sandbox is an entry point


class Postman:
    """Sends what is due. `scale` shortens the ladder's real seconds."""

    def __init__(
        self, store: Store, secrets: Mapping[str, SecretStr], now: Callable[[], Awaitable[datetime]], scale: float
    ) -> None:
        self._store = store
        self._known = {party: _by_envelope(secret) for party, secret in secrets.items()}
        self._now = now
        self._scale = scale
        self._woken = asyncio.Event()

    def know(self, party: str, correspondence: Correspondence) -> None:
        """Write this party's letters its own way."""
        self._known[party] = correspondence
        self._known[party + FORGED] = replace(correspondence, seal=correspondence.forged_seal, ladder=())

    def first_step(self, party: str) -> float:
        """How long a party waits before it sends a letter again, in real seconds."""
        ways = self._known.get(party, Correspondence())
        return ways.ladder[0] * self._scale if ways.ladder else 0.0

    def wake(self) -> None:
        """There is a new letter."""
        self._woken.set()

    def sealed(self, letter: Letter, at: datetime) -> dict[str, str]:
        """The headers it goes out with, its party's proof among them."""
        ways = self._known.get(letter.party, Correspondence())
        headers = {"Content-Type": letter.content_type}
        return headers | dict(ways.seal(letter.body, at)) if ways.seal else headers

    async def run(self) -> None:
        # The environment's proxies are not for this machine's own addresses.
        async with httpx.AsyncClient(timeout=5, follow_redirects=False, trust_env=False) as client:
            while True:
                self._woken.clear()
                letters = self._store.due(real_time(), _AT_ONCE)
                if letters:
                    await asyncio.gather(*(self._send(client, letter) for letter in letters))
                else:
                    await self._rest()

    async def _rest(self) -> None:
        due = self._store.next_due()
        wait = _IDLE if due is None else min(_IDLE, max(0.01, due - real_time()))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._woken.wait()

    async def _send(self, client: httpx.AsyncClient, letter: Letter) -> None:
        ways = self._known.get(letter.party, Correspondence())
        try:
            # At each sending: such a proof is good for five minutes only.
            headers = self.sealed(letter, await self._now())
        except Exception:
            # The clock is in a database that may be away. The letter stays due, and no other waits for it for ever.
            log.exception("letter.not_sealed", extra={"party": letter.party})
            await asyncio.sleep(_PAUSE)
            return
        try:
            response = await client.post(letter.url, content=letter.body, headers=headers)
            accepted, outcome = ways.accepts(response), f"HTTP {response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            accepted, outcome = False, type(error).__name__
        again = None
        if not accepted and letter.attempt < len(ways.ladder):
            again = real_time() + ways.ladder[letter.attempt] * self._scale
        self._store.sent(letter, outcome="accepted" if accepted else outcome, again_at=again)
        if not letter.attempt:
            self._store.release(letter.party, real_time())
        log.info("letter.sent", extra={"party": letter.party, "attempt": letter.attempt, "outcome": outcome})


def _by_envelope(secret: SecretStr) -> Correspondence:
    return Correspondence(seal=lambda body, at: envelope.seal(secret, body, at))
