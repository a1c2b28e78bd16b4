"""Posts the parties' letters to us, again and again by Alipay's own ladder until they are answered as they should be."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

import httpx

from domain.shared.secret import SecretStr
from plugins import envelope
from plugins.sandbox.store import Letter, Store

log = logging.getLogger("suidai.sandbox")

LADDER = tuple(minutes * 60 for minutes in (4, 10, 10, 60, 120, 360, 900))
"""Seconds between the sendings of one letter: eight in 25 hours."""
ALIPAY = "alipay"
_AT_ONCE = 20
_IDLE = 30.0


def real_time() -> float:
    """Letters wait in real time: nobody sits through 25 hours of business time."""
    return datetime.now(UTC).timestamp()  # noqa: TID251 - the sandbox is an entry point


class Postman:
    """Sends what is due. `scale` shortens the ladder's real seconds."""

    def __init__(
        self, store: Store, secrets: Mapping[str, SecretStr], now: Callable[[], Awaitable[datetime]], scale: float
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._now = now
        self._scale = scale
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is a new letter."""
        self._woken.set()

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
        headers = {"Content-Type": letter.content_type}
        if secret := self._secrets.get(letter.party):
            # Signed at each sending: a message is good for five minutes only. Alipay's letters carry their signature.
            headers |= envelope.seal(secret, letter.body, await self._now())
        try:
            response = await client.post(letter.url, content=letter.body, headers=headers)
            accepted, outcome = _accepted(letter, response), f"HTTP {response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            accepted, outcome = False, type(error).__name__
        again = None
        if not accepted and letter.attempt < len(LADDER):
            again = real_time() + LADDER[letter.attempt] * self._scale
        self._store.sent(letter, outcome="accepted" if accepted else outcome, again_at=again)
        log.info("letter.sent", extra={"party": letter.party, "attempt": letter.attempt, "outcome": outcome})


def _accepted(letter: Letter, response: httpx.Response) -> bool:
    """Alipay wants to read exactly `success`; the others take any 2xx."""
    if letter.party == ALIPAY:
        return response.status_code == 200 and response.content == b"success"
    return response.is_success
