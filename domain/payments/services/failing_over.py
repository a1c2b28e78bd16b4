"""When one channel has had its turn and another may be tried: only once no money moved or can move by the first."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.ports import PaymentResult, PaymentState
from domain.payments.rules.states import GIVEN_UP, AttemptState
from domain.payments.services import attempts
from domain.payments.services.attempts import Source


async def learn(session: AsyncSession, *, attempt_id: UUID, told: PaymentResult, at: datetime) -> bool:
    """Apply what a query told of an attempt that is to make way; True: it is over, and brought no money.

    Where the call surely did nothing, and the channel, asked after it, knows nothing of it, that is final at once: there
    is no call on its way that it could still hear of. Elsewhere NOT_FOUND waits for its time as always.
    """
    _, attempt = await queries.lock_attempt(session, attempt_id)
    if attempt.unsent and attempt.state is AttemptState.SUBMITTING and told.state is PaymentState.NOT_FOUND:
        attempt.final_at = min(attempt.final_at, at)
    applied = await attempts.apply_result(session, attempt_id=attempt_id, result=told, source=Source.QUERY, at=at)
    return applied.attempt.state in GIVEN_UP
