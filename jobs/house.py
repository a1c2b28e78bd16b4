"""What one worker process is made of."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.settings import Settings
from plugins.registry import Registry


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    engine: AsyncEngine
    sessions: Sessions
    clock: Clock
    registry: Registry
