"""Ids are UUIDv7 made here: sortable by birth, never guessable in sequence, known before the row is written."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()


def first_id_of(moment: datetime) -> UUID:
    """The least id that could have been made at this moment: what was born before it has a smaller one."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
