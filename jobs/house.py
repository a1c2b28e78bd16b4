"""What one worker process is made of."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.borrowers.models import DataKind
from domain.credit.ports import ReportSource
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.settings import Settings
from plugins.registry import Registry, Status

KINDS = frozenset(DataKind)


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    engine: AsyncEngine
    sessions: Sessions
    clock: Clock
    registry: Registry

    def report_sources(self) -> dict[DataKind, ReportSource]:
        """Who can say what about a person who consents, of those that are ready."""
        ready = {listing.kind for listing in self.registry.providers() if listing.status is Status.READY}
        found: dict[DataKind, ReportSource] = {}
        if "data" in ready:
            source = self.registry.provider("data")
            found |= {DataKind(kind.upper()): source for kind in source.kinds if kind.upper() in KINDS}
        if "bureau" in ready:
            found[DataKind.CREDIT_REPORT] = self.registry.provider("bureau")
        return found
