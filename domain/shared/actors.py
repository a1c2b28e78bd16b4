"""Who acts: a stranger, a borrower, a member of staff with roles, or the system itself."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    ANONYMOUS = "ANONYMOUS"
    BORROWER = "BORROWER"
    STAFF = "STAFF"
    SYSTEM = "SYSTEM"


class Role(StrEnum):
    """What a member of staff may do; `ADMIN` does not include the others: who asks never decides."""

    REVIEWER = "REVIEWER"
    COLLECTOR = "COLLECTOR"
    CASHIER = "CASHIER"
    FINANCE = "FINANCE"
    ADMIN = "ADMIN"


@dataclass(frozen=True, slots=True)
class Actor:
    kind: ActorKind
    id: UUID | None = None
    roles: frozenset[Role] = frozenset()

    @property
    def name(self) -> str:
        """Stable text for an idempotency key's owner: "BORROWER:0192..."."""
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)

    def has(self, *roles: Role) -> bool:
        return self.kind is ActorKind.STAFF and bool(self.roles.intersection(roles))


ANONYMOUS = Actor(ActorKind.ANONYMOUS)
SYSTEM = Actor(ActorKind.SYSTEM)
