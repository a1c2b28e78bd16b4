"""One act per key: the same key with the same request gives the same outcome, with another request a refusal."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import LargeBinary, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row
from domain.shared.errors import DomainError
from domain.shared.ids import new_id

MAX_KEY = 100


class IdempotencyKeyReused(DomainError):
    code = "IDEMPOTENCY_KEY_REUSED"
    english = "The idempotency key {key!r} was used for another request; take a new key for a new act."
    chinese = "幂等键 {key!r} 已用于另一请求；新的操作请使用新的键。"


class BadIdempotencyKey(DomainError):
    code = "BAD_IDEMPOTENCY_KEY"
    english = "An idempotency key has 8 to {longest} characters, chosen by the client, one per act."
    chinese = "幂等键应为 8 至 {longest} 个字符，由客户端生成，每次操作一个。"


class KeptRefusal(DomainError):
    """The refusal the first request got, told again word for word."""

    def __init__(self, refusal: dict[str, Any]) -> None:
        self.code = refusal["code"]  # pyright: ignore[reportAttributeAccessIssue] - this one speaks for another
        self._messages: dict[str, str] = refusal["messages"]
        super().__init__(fields=tuple(refusal["fields"]))

    def message(self, language: str) -> str:
        return self._messages["zh-CN" if language.startswith("zh") else "en"]


class IdempotencyKey(Row):
    """Who did what under which key, and what came of it: the thing made, or the lasting refusal."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("actor", "key"),)

    actor: Mapped[str]
    key: Mapped[str]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    outcome_kind: Mapped[str | None]
    outcome_id: Mapped[UUID | None]
    refusal: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed key. `outcome_id` is set when the act was done before: resolve that instead of acting again."""

    row: IdempotencyKey

    @property
    def outcome_id(self) -> UUID | None:
        return self.row.outcome_id

    @property
    def done(self) -> UUID:
        """What was made, now or the first time."""
        if self.row.outcome_id is None:
            raise LookupError("the act has not been settled yet")
        return self.row.outcome_id

    def settle(self, kind: str, outcome_id: UUID) -> None:
        """Remember what was made; commits with it."""
        self.row.outcome_kind, self.row.outcome_id = kind, outcome_id


def request_hash(mutation: str, request: Any) -> bytes:
    """Hash of what was asked: the mutation's name and its input, as plain values in sorted order."""
    return sha256(msgspec.json.encode([mutation, request], order="sorted")).digest()


async def claim(session: AsyncSession, *, actor: str, key: str, asked: bytes) -> Claim:
    """Claim the key within this transaction; a rival with the same key waits here until it is settled or rolled back.

    Raises IdempotencyKeyReused for another request, BadIdempotencyKey, and the kept refusal when there was one.
    """
    if not 8 <= len(key) <= MAX_KEY:
        raise BadIdempotencyKey(longest=MAX_KEY, fields=("idempotencyKey",))
    fresh = insert(IdempotencyKey).values(id=new_id(), actor=actor, key=key, request_hash=asked)
    await session.execute(fresh.on_conflict_do_nothing(index_elements=["actor", "key"]))
    row = (
        await session.scalars(
            select(IdempotencyKey).where(IdempotencyKey.actor == actor, IdempotencyKey.key == key).with_for_update()
        )
    ).one()
    if row.request_hash != asked:
        raise IdempotencyKeyReused(key=key, fields=("idempotencyKey",))
    if row.refusal is not None:
        raise KeptRefusal(row.refusal)
    return Claim(row)


async def keep_refusal(session: AsyncSession, *, actor: str, key: str, asked: bytes, refusal: DomainError) -> None:
    """After the rollback: keep a lasting refusal, so that the same request is told the same; a passing one is not kept."""
    if refusal.passing or isinstance(refusal, (IdempotencyKeyReused, BadIdempotencyKey, KeptRefusal)):
        return
    kept = {
        "code": refusal.code,
        "fields": list(refusal.fields),
        "messages": {language: refusal.message(language) for language in ("en", "zh-CN")},
    }
    row = insert(IdempotencyKey).values(id=new_id(), actor=actor, key=key, request_hash=asked, refusal=kept)
    await session.execute(row.on_conflict_do_nothing(index_elements=["actor", "key"]))
