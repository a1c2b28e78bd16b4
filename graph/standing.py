"""Whether the log-in behind an access token still stands: a token outlives it by up to 15 minutes, what it may do does not."""

from collections.abc import Awaitable, Callable, Mapping

from domain.borrowers import queries as borrowers
from domain.shared.actors import ActorKind
from domain.shared.tokens import SessionOver
from domain.staff import queries as staff
from graph.context import Context

Stands = Callable[..., Awaitable[bool]]

_STANDS: Mapping[ActorKind, Stands] = {
    ActorKind.BORROWER: borrowers.session_stands,
    ActorKind.STAFF: staff.session_stands,
}


async def must_stand(context: Context) -> None:
    """Raises SessionOver where whoever asks has logged out, or was; nobody in particular may always ask."""
    stands = _STANDS.get(context.actor.kind)
    if stands is None:
        return
    async with context.house.sessions() as session:
        if not await stands(session, context.session_id, now=context.real_now()):
            raise SessionOver
