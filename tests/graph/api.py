"""The API as a client meets it: the ASGI application of a house in which parties say what the test tells them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import Borrower, BorrowerSession
from domain.shared.actors import Actor, ActorKind
from domain.shared.clock import Clock, real_now
from domain.shared.db import Base, Sessions
from domain.shared.ids import new_id
from domain.shared.settings import Environment, Settings
from domain.shared.tokens import Tokens
from domain.staff import queries as staff
from domain.staff.models import StaffMember, StaffSession
from graph.app import assemble
from graph.context import House
from graph.limits import Limits
from plugins.registry import Registry
from suidai.contract import hookimpl
from tests.domain.borrowers.builders import Bank, Hands, Register

Json = dict[str, Any]


@dataclass(eq=False)
class Parties:
    """A plugin of the test's own: whoever is put here is the provider `fake` of its kind."""

    register: Register = field(default_factory=Register)
    bank: Bank = field(default_factory=Bank)

    @hookimpl
    def identity_providers(self) -> Iterable[Any]:
        return [self.register]

    @hookimpl
    def bank_card_verifiers(self) -> Iterable[Any]:
        return [self.bank]


@dataclass
class Api:
    """A client; `token` is who speaks unless said otherwise."""

    http: httpx.AsyncClient
    house: House
    hands: Hands
    parties: Parties
    token: str | None = None
    spoken_for: set[Actor] = field(default_factory=set[Actor])
    """For whom tokens were issued without his logging in; his log-in bears his own id."""
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(
        self, document: str, variables: Json | None = None, *, token: str | None = None, **headers: str
    ) -> httpx.Response:
        """The HTTP answer as it is."""
        await self.write_log_ins()
        if speaks := token or self.token:
            headers["authorization"] = f"Bearer {speaks}"
        body = {"query": document, "variables": variables or {}}
        named = {"content-type": "application/json"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post("/graphql", content=json.dumps(body), headers=named)

    async def ask(
        self, document: str, variables: Json | None = None, *, token: str | None = None, **headers: str
    ) -> Json:
        """The data of an operation without errors."""
        told = (await self.answer(document, variables, token=token, **headers)).json()
        assert "errors" not in told, told["errors"]
        return told["data"]

    async def refusal(self, document: str, variables: Json | None = None, *, token: str | None = None) -> str:
        """The code of the one error of a query."""
        errors = (await self.answer(document, variables, token=token)).json()["errors"]
        assert len(errors) == 1, errors
        return errors[0]["extensions"]["code"]

    async def do(
        self, mutation: str, input: Json | None, selection: str = "", *, token: str | None = None, **headers: str
    ) -> Json:
        """What a mutation answered: what it changed, or a Problem. `input` None: it takes none."""
        name = mutation[0].upper() + mutation[1:]
        asked, given = (f"($input: {name}Input!)", "(input: $input)") if input is not None else ("", "")
        wanted = f"__typename ... on Problem {{ code message field }} {selection}"
        document = f"mutation{asked} {{ {mutation}{given} {{ {wanted} }} }}"
        variables = {} if input is None else {"input": input}
        return (await self.ask(document, variables, token=token, **headers))[mutation]

    async def problem(self, mutation: str, input: Json, *, token: str | None = None) -> str:
        """The code of the Problem a mutation answered with; nothing in the database has changed by it."""
        before = await self.rows()
        told = await self.do(mutation, input, token=token)
        assert told["__typename"] == "Problem", told
        assert await self.rows() == before
        return told["code"]

    async def mine(self, selection: str, *, token: str | None = None) -> Json:
        return (await self.ask(f"{{ me {{ {selection} }} }}", token=token))["me"]

    async def rows(self) -> dict[str, int]:
        """How many rows each table has; but for what counts attempts, which even a refusal may leave."""
        await self.write_log_ins()
        counts: dict[str, int] = {}
        async with self.house.sessions() as session:
            for table in Base.metadata.sorted_tables:
                if table.name not in {"login_guards", "login_records"}:
                    counts[table.name] = await session.scalar(select(func.count()).select_from(table)) or 0
        return counts

    def speaks(self, borrower_id: UUID, *, at: datetime | None = None) -> str:
        """The access token of a borrower, issued now."""
        return self.issue(Actor(ActorKind.BORROWER, borrower_id), at=at)

    def issue(self, actor: Actor, *, at: datetime | None = None) -> str:
        self.spoken_for.add(actor)
        return self.house.tokens.issue(actor, actor.id or new_id(), now=at or real_now()).text

    async def write_log_ins(self) -> None:
        """Let the log-ins stand by which tokens were issued."""
        # One after another: who asks twice at once has logged in once, before either is asked.
        async with self.writing:
            spoken_for, self.spoken_for = self.spoken_for, set()
            if spoken_for:
                async with self.house.sessions.begin() as session:
                    for actor in spoken_for:
                        await _log_in(session, actor)

    async def staff(self, username: str) -> str:
        """The access token of a seeded member of staff."""
        async with self.house.sessions() as session:
            member = await staff.by_username(session, username)
        assert member is not None
        return self.issue(member.actor())


async def _log_in(session: AsyncSession, actor: Actor) -> None:
    is_staff = actor.kind is ActorKind.STAFF
    person = await session.get(StaffMember if is_staff else Borrower, actor.id)
    kind = StaffSession if is_staff else BorrowerSession
    if person is None:
        return
    if known := await session.get(kind, person.id):
        known.revoked_at = None
        return
    whose = {"staff_id": person.id} if is_staff else {"borrower_id": person.id}
    now, unique = real_now(), person.id.bytes
    until = now + timedelta(days=1)
    session.add(kind(id=person.id, family_hash=unique, refresh_hash=unique, issued_at=now, expires_at=until, **whose))


@asynccontextmanager
async def house_of(
    sessions: Sessions,
    clock: Clock,
    parties: Parties,
    *,
    channels: Iterable[str] = (),
    kinds: Iterable[str] = ("identity", "bankcard"),
) -> AsyncIterator[House]:
    """A house that works with these parties: with the channels named, and with its one of each kind."""
    registry = Registry.discover(
        {channel: {} for channel in channels},
        {kind: {"name": "fake"} for kind in kinds},
        clock=clock.last_known,
        notify_base_url="http://api.test",
        allow_sandbox=True,
        plugins={"parties": parties},
    )
    yield House(
        settings=Settings(env=Environment.TEST, public_url="http://api.test"),
        sessions=sessions,
        clock=clock,
        tokens=Tokens(bytes(range(32))),
        registry=registry,
        limits=Limits.on("async+memory://"),
    )
    await registry.close()


@asynccontextmanager
async def api_of(house: House, hands: Hands, parties: Parties) -> AsyncIterator[Api]:
    transport = httpx.ASGITransport(assemble(house), client=("203.0.113.77", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as http:
        yield Api(http, house, hands, parties)
