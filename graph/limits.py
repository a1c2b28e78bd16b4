"""How often a stranger or a borrower may ask: counted in Redis, so that all API processes count together."""

from dataclasses import dataclass
from typing import Any, cast

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from redis.asyncio import ConnectionPool

from domain.shared.errors import DomainError

log = structlog.get_logger()


class TooManyRequests(DomainError):
    code = "TOO_MANY_REQUESTS"
    english = "Too many requests of this kind; wait a while and try again."
    chinese = "此类请求过于频繁，请稍后再试。"
    passing = True


CODES_PER_ADDRESS = parse("20/minute")
LOGINS_PER_ADDRESS = parse("60/minute")
MUTATIONS_PER_ACTOR = parse("240/minute")
PAPERS_PER_ADDRESS = parse("120/minute")
NOTICES_PER_ADDRESS = parse("3000/minute")
"""Of one party, from one address: a burst after an outage passes, whoever fills the inbox with letters does not."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Rate limits by kind and key, in real time."""

    limiter: MovingWindowRateLimiter
    pool: ConnectionPool | None = None

    @classmethod
    def on(cls, url: str) -> "Limits":
        """Counted where `url` says, in the library's own spelling: "async+redis://...", "async+memory://"."""
        if "redis" not in url:
            return cls(MovingWindowRateLimiter(cast("Storage", storage_from_string(url))))
        address = url.removeprefix("async+").replace("redis+unix:", "unix:")
        # A Redis that does not answer at once is not waited for.
        pool = ConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType] - its options have no types
            address, socket_connect_timeout=1, socket_timeout=1
        )
        options: dict[str, Any] = {"implementation": "redispy", "connection_pool": pool, "wrap_exceptions": True}
        return cls(MovingWindowRateLimiter(cast("Storage", storage_from_string(url, **options))), pool)

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self.pool is not None:
            await self.pool.disconnect()

    async def count(self, limit: RateLimitItem, *key: str) -> None:
        """Raises TooManyRequests when the key has used its share.

        Where nothing can be counted everybody passes: nobody is kept from repaying because a cache is away. What must not
        be tried too often (codes, passwords) is counted by the business as well.
        """
        try:
            within = await self.limiter.hit(limit, *key)
        except StorageError as trouble:
            log.warning("limits.uncounted", error=type(trouble.__cause__).__name__)
            return
        if not within:
            raise TooManyRequests
