"""What a resolver works with: who asks, the transaction, the business clock, the plugins."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import strawberry
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.websockets import WebSocket

from domain.shared import idempotency
from domain.shared.actors import ANONYMOUS, Actor
from domain.shared.clock import Clock, real_now
from domain.shared.days import business_day
from domain.shared.db import Sessions
from domain.shared.errors import DomainError
from domain.shared.settings import Settings
from domain.shared.tokens import Bearer, Tokens
from graph.home_page import HomePage
from graph.limits import Limits
from plugins.registry import Registry


@dataclass(frozen=True, slots=True)
class House:
    """What one API process is made of; built once by `create_app`."""

    settings: Settings
    sessions: Sessions
    clock: Clock
    tokens: Tokens
    registry: Registry
    limits: Limits
    home_page: HomePage = field(default_factory=HomePage)


@dataclass(slots=True)
class Context:
    """One request. `actor` is whom the token names; `refusal` is why a token that was sent does not count."""

    house: House
    request: Request | WebSocket
    actor: Actor = ANONYMOUS
    bearer: Bearer | None = None
    """What the token says in full: by which log-in, until when."""
    refusal: DomainError | None = None
    language: str = "en"
    loaders: dict[str, Any] = field(default_factory=dict[str, Any])
    kept: dict[str, Any] = field(default_factory=dict[str, Any])
    """What was looked up once for this request."""

    @property
    def actor_id(self) -> UUID:
        """Who asks, in a field that only somebody logged in can reach."""
        if self.actor.id is None:
            raise LookupError("nobody in particular asks")
        return self.actor.id

    @property
    def session_id(self) -> UUID:
        """The log-in behind the token, in a field that only somebody logged in can reach."""
        if self.bearer is None:
            raise LookupError("nobody has logged in")
        return self.bearer.session_id

    @property
    def client_ip(self) -> str:
        return self.request.client.host if self.request.client else ""

    def real_now(self) -> datetime:
        """Real time: tokens and rate limits do not follow the business clock."""
        return real_now()

    async def today(self) -> date:
        """The business day of this request."""
        if "today" not in self.kept:
            async with self.reading() as (_, at):
                self.kept["today"] = business_day(at)
        return self.kept["today"]

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[tuple[AsyncSession, datetime]]:
        """The one transaction of a mutation, and the business time at its start."""
        async with self.house.sessions.begin() as session:
            yield session, await self.house.clock.now(session)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[tuple[AsyncSession, datetime]]:
        """A short session for a read, and the business time."""
        async with self.house.sessions() as session:
            yield session, await self.house.clock.now(session)

    @asynccontextmanager
    async def once(self, act: str, request: Any) -> AsyncGenerator[tuple[AsyncSession, datetime, idempotency.Claim]]:
        """The transaction of an act that may be asked for twice.

        `request` is the mutation's input with its `idempotency_key`. Act only if `claim.outcome_id` is None, then
        `claim.settle(...)`. A lasting refusal is kept, so that the same request is told the same.
        """
        body: dict[str, Any] = msgspec.to_builtins(request)
        asked = idempotency.request_hash(act, {name: body[name] for name in body if name != "idempotency_key"})
        actor, key = self.actor.name, request.idempotency_key
        try:
            async with self.transaction() as (session, at):
                yield session, at, await idempotency.claim(session, actor=actor, key=key, asked=asked)
        except DomainError as refusal:
            async with self.house.sessions.begin() as session:
                await idempotency.keep_refusal(session, actor=actor, key=key, asked=asked, refusal=refusal)
            raise


Info = strawberry.Info[Context, None]
