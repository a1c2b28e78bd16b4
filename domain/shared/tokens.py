"""What proves who is asking: a short-lived signed access token, and a refresh token that changes with every use.

Both live by real time: they are about processes and people at keyboards, not about business days.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from domain.shared.actors import Actor, ActorKind, Role
from domain.shared.crypto import hashed_secret
from domain.shared.errors import DomainError
from domain.shared.secret import SecretStr

ACCESS_LIFE = timedelta(minutes=15)
_ALGORITHM = "HS256"
_ISSUER = "suidai"
_FAMILY, _TURN = 16, 32


class TokenInvalid(DomainError):
    code = "TOKEN_INVALID"
    english = "The access token is not one of ours; log in again."
    chinese = "访问令牌无效，请重新登录。"


class TokenExpired(DomainError):
    code = "TOKEN_EXPIRED"
    english = "The access token has expired; refresh the session or log in again."
    chinese = "访问令牌已过期，请刷新会话或重新登录。"


class SessionOver(DomainError):
    code = "SESSION_OVER"
    english = "This session is over; log in again."
    chinese = "会话已结束，请重新登录。"


@dataclass(frozen=True, slots=True)
class AccessToken:
    text: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds a valid access token, by which log-in, until when."""

    actor: Actor
    session_id: UUID
    expires_at: datetime


class Tokens:
    """Signs and reads access tokens. `key` is 32 bytes, known to every API process and to nobody else."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("the token key is 32 bytes, in base64")
        self._key = key

    @classmethod
    def from_base64(cls, text: str) -> "Tokens":
        return cls(base64.b64decode(text, validate=True))

    def issue(self, actor: Actor, session_id: UUID, *, now: datetime) -> AccessToken:
        """A token good for 15 minutes of real time."""
        expires_at = now + ACCESS_LIFE
        claims = {
            "iss": _ISSUER,
            "sub": str(actor.id),
            "kind": actor.kind.value,
            "roles": sorted(actor.roles),
            "sid": str(session_id),
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return AccessToken(jwt.encode(claims, self._key, algorithm=_ALGORITHM), expires_at)

    def read(self, text: str, *, now: datetime) -> Bearer:
        """Raises TokenInvalid, TokenExpired."""
        try:
            # The library would look at its own clock: the times are checked here, against `now`.
            claims = jwt.decode(
                text,
                self._key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                options={"require": ["sub", "exp", "iss"], "verify_exp": False, "verify_iat": False},
            )
            bearer = _bearer(claims)
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as error:
            raise TokenInvalid from error
        if now >= bearer.expires_at:
            raise TokenExpired
        return bearer


def _bearer(claims: Mapping[str, Any]) -> Bearer:
    roles = frozenset(Role(role) for role in claims["roles"])
    actor = Actor(ActorKind(claims["kind"]), UUID(claims["sub"]), roles)
    return Bearer(actor, UUID(claims["sid"]), datetime.fromtimestamp(claims["exp"], UTC))


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A family that stays for the whole session and a turn that changes: 256 random bits, used once.

    Only somebody who once held a token of the session knows its family. So a known family with another turn than the
    present one is an old token used again, however old it is.
    """

    text: SecretStr
    family_hash: bytes = field(repr=False)
    turn_hash: bytes = field(repr=False)

    @classmethod
    def new(cls) -> "RefreshToken":
        return cls._of(secrets.token_bytes(_FAMILY), secrets.token_bytes(_TURN))

    @classmethod
    def read(cls, text: str) -> "RefreshToken":
        """Raises SessionOver for what cannot be a refresh token."""
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise SessionOver(fields=("refreshToken",)) from error
        if len(raw) != _FAMILY + _TURN:
            raise SessionOver(fields=("refreshToken",))
        return cls._of(raw[:_FAMILY], raw[_FAMILY:])

    def next(self) -> "RefreshToken":
        """The token that takes this one's place."""
        family = base64.urlsafe_b64decode(self.text.reveal())[:_FAMILY]
        return self._of(family, secrets.token_bytes(_TURN))

    @classmethod
    def _of(cls, family: bytes, turn: bytes) -> "RefreshToken":
        text = base64.urlsafe_b64encode(family + turn).decode()
        return cls(SecretStr(text), hashed_secret(family.hex()), hashed_secret(turn.hex()))
