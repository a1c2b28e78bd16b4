"""Ids are UUIDv7 made here: sortable by birth, never guessable in sequence, known before the row is written."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()
