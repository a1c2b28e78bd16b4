"""Whose things an asker may see: a borrower his own, staff whomever's."""

from uuid import UUID

from domain.shared.actors import Actor, ActorKind, Role
from graph.access import Rule

SEES_BORROWERS = (Role.REVIEWER, Role.COLLECTOR, Role.CASHIER, Role.ADMIN)
"""Who of the staff may look at a borrower, and at what hangs on him."""


def owner_of(actor: Actor) -> UUID | None:
    """To whom a thing has to belong for the asker to see it; None for staff, who may see whomever's.

    Raises LookupError for a stranger: a field that asks this is behind a log-in.
    """
    if actor.kind is ActorKind.STAFF:
        return None
    if actor.kind is not ActorKind.BORROWER or actor.id is None:
        raise LookupError("a stranger owns nothing")
    return actor.id


def himself_or(*roles: Role) -> Rule:
    """Of fields of a borrower that not every member of staff needs: himself, and staff with one of these roles.

    A stranger passes: the only borrower he is ever shown is the one he has just logged in as.
    """

    def rule(actor: Actor) -> bool:
        return actor.kind is not ActorKind.STAFF or actor.has(*roles)

    return rule
