"""By which one sees that a master key belongs to a database: with two keys each writes what the other cannot read."""

import hmac
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.crypto import Keyring
from domain.shared.db import Base
from domain.shared.errors import DomainError

MASTER = "master"


class KeyMark(Base):
    """A keyed hash that only the right key gives, and from which no key can be found."""

    __tablename__ = "key_marks"

    name: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[bytes]


class WrongMasterKey(DomainError):
    code: ClassVar[str] = "WRONG_MASTER_KEY"
    english = (
        "This database was begun with another SUIDAI_MASTER_KEY: set that one, "
        "or in development share the SUIDAI_HOME that holds it."
    )
    chinese = "此数据库是用另一个 SUIDAI_MASTER_KEY 建立的：请改用原密钥，开发环境可共用保存它的 SUIDAI_HOME。"


async def must_belong(session: AsyncSession, keyring: Keyring) -> None:
    """Raises WrongMasterKey unless this key is the database's own. The first that comes becomes it."""
    mark = keyring.index("key_mark", MASTER)
    await session.execute(insert(KeyMark).values(name=MASTER, mark=mark).on_conflict_do_nothing())
    kept = await session.scalar(select(KeyMark.mark).where(KeyMark.name == MASTER))
    if kept is None or not hmac.compare_digest(kept, mark):
        raise WrongMasterKey
