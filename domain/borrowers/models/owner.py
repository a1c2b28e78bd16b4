"""The column that says whose a row is."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import MappedColumn, mapped_column


def owner() -> MappedColumn[UUID]:
    return mapped_column(ForeignKey("borrowers.id"), index=True)
