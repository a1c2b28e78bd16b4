"""The API without a database: for what is decided before one is asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from domain.shared.actors import Actor, ActorKind, Role
from domain.shared.clock import real_now
from domain.shared.ids import new_id
from domain.shared.settings import Environment, Settings
from domain.shared.tokens import Tokens
from graph.app import assemble
from graph.context import House
from graph.limits import Limits
from plugins.registry import Registry
from tests.domain.borrowers.builders import Hands

NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
ADDRESS = "203.0.113.77"


def bare_house(env: Environment = Environment.TEST, limits: Limits | None = None) -> House:
    """A house without a database, without any outside party."""
    clock = Hands().clock
    return House(
        settings=Settings(env=env, public_url="http://api.test"),
        sessions=async_sessionmaker(create_async_engine(NOWHERE)),
        clock=clock,
        tokens=Tokens(bytes(range(32))),
        registry=Registry.discover(
            {}, {}, clock=clock.last_known, notify_base_url="http://api.test", allow_sandbox=True
        ),
        limits=limits or Limits.on("async+memory://"),
    )


@asynccontextmanager
async def calling(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that house."""
    transport = httpx.ASGITransport(assemble(house), client=(ADDRESS, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as http:
        yield http


def speaking(house: House, *roles: Role) -> dict[str, str]:
    """The header of a member of staff with these roles; with none, of a borrower."""
    actor = Actor(ActorKind.STAFF if roles else ActorKind.BORROWER, new_id(), frozenset(roles))
    return {"authorization": f"Bearer {house.tokens.issue(actor, new_id(), now=real_now()).text}"}


async def asked(http: httpx.AsyncClient, document: str, **headers: str) -> tuple[int, dict[str, Any]]:
    """Status and body of an answer to a document."""
    answer = await http.post("/graphql", json={"query": document}, headers=headers)
    return answer.status_code, answer.json()
