"""How often a stranger or a borrower may ask: counted in Redis, so that all API processes count together."""

from dataclasses import dataclass
from typing import cast

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string

from domain.shared.errors import DomainError


class TooManyRequests(DomainError):
    code = "TOO_MANY_REQUESTS"
    english = "Too many requests of this kind; wait a while and try again."
    chinese = "此类请求过于频繁，请稍后再试。"
    passing = True


CODES_PER_ADDRESS = parse("20/minute")
LOGINS_PER_ADDRESS = parse("60/minute")
MUTATIONS_PER_ACTOR = parse("240/minute")


@dataclass(frozen=True, slots=True)
class Limits:
    """Rate limits by kind and key, in real time."""

    limiter: MovingWindowRateLimiter

    @classmethod
    def on(cls, url: str) -> "Limits":
        """Counted where `url` says, in the library's own spelling: "async+redis://...", "async+memory://"."""
        options = {"implementation": "redispy"} if "redis" in url else {}  # the client arq uses too
        storage = cast("Storage", storage_from_string(url, **options))
        return cls(MovingWindowRateLimiter(storage))

    async def count(self, limit: RateLimitItem, *key: str) -> None:
        """Raises TooManyRequests when the key has used its share."""
        if not await self.limiter.hit(limit, *key):
            raise TooManyRequests
