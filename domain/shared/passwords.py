"""Passwords and short codes at rest: argon2id, with its salt and costs inside the text that is kept."""

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from domain.shared.errors import DomainError

SHORTEST = 8
LONGEST = 128

# OWASP's costs for a server (19 MiB, two passes, one lane): a log-in is not to cost every core a quarter of a second.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class PasswordTooWeak(DomainError):
    code = "PASSWORD_TOO_WEAK"
    english = "A password has {shortest} to {longest} characters, and not digits only; choose another one."
    chinese = "密码长度应为 {shortest} 至 {longest} 个字符，且不能全为数字，请重新设置。"


def check_strength(password: str, *, field: str = "password") -> None:
    """Raises PasswordTooWeak."""
    if not SHORTEST <= len(password) <= LONGEST or password.isdigit():
        raise PasswordTooWeak(shortest=SHORTEST, longest=LONGEST, fields=(field,))


def hash_password(secret: str) -> str:
    """The text to keep. Takes tens of milliseconds by design: services call `hashed`."""
    return _hasher.hash(secret)


async def hashed(secret: str) -> str:
    """The text to keep, made in a thread of its own."""
    return await asyncio.to_thread(hash_password, secret)


async def matches(kept: str | None, secret: str) -> bool:
    """Whether `secret` is what was kept. Nothing kept takes as long as something, so that the time tells nothing."""
    # Longer than any password we take: hashing it would only cost time.
    if len(secret) > LONGEST:
        return False
    return await asyncio.to_thread(_verify, kept or _decoy(), secret) and kept is not None


def outdated(kept: str) -> bool:
    """Whether the costs have gone up since it was hashed."""
    return _hasher.check_needs_rehash(kept)


def _verify(kept: str, secret: str) -> bool:
    try:
        return _hasher.verify(kept, secret)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    return _hasher.hash(secrets.token_urlsafe())
