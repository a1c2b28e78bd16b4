"""What is learnt of a mandate: how it moves, what is kept of it, when it is looked at next."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries.people import box_of
from domain.payments import queries
from domain.payments.errors import MandateCodeWrong, MandateNotReached
from domain.payments.models import Mandate, MandateChange
from domain.payments.ports import MandateResult, action_to_json
from domain.payments.rules import mandates as rules
from domain.payments.rules.asking import CALL_LIMIT
from domain.payments.rules.mandates import FINAL, IN_FLIGHT, TO_SIGN, MandateRefusal, MandateSource, MandateStatus
from domain.payments.services import telling
from domain.payments.services.learning import error_facts, facts, kept_state, plain
from domain.shared.asking import next_ask
from domain.shared.crypto import keyring_of
from domain.shared.days import end_of
from domain.shared.errors import DomainError

MOST_ASKS = 24
CODE_LIFE = timedelta(minutes=30)
PAGE_LIFE = timedelta(days=1)
"""So long a borrower may take to enter a code, or to sign on a page."""
FLIGHT = 3
"""Which wait of the ladder of asks a running call gets before somebody asks what became of it: a minute."""
_SEALED = "mandate_token"
_AT_ONCE = 500


async def record(
    session: AsyncSession, *, mandate_id: UUID, result: MandateResult, source: MandateSource, at: datetime
) -> Mandate:
    """Record what was learnt of a mandate; the one way by which the outside changes it, whoever told us.

    One that we had given up and the channel holds for signed is revoked there.
    """
    mandate = await queries.lock_mandate(session, mandate_id)
    before = mandate.status
    after = rules.judge(
        before,
        result,
        source,
        not_found_is_final=mandate.final_at is None or at >= mandate.final_at,
        never_signed=mandate.signed_at is None,
    )
    if before is MandateStatus.CONFIRMING and after is MandateStatus.AWAITING_CODE and not result.not_executed:
        mandate.tries += 1
    if after not in FINAL:
        await _learn(session, mandate, result)
    if after is not before:
        move(session, mandate, after, source=source, at=at, result=result)
    else:
        _ask_on(mandate, at, result)
    if mandate.tries >= rules.MOST_TRIES and mandate.status is MandateStatus.AWAITING_CODE:
        _decline(session, mandate, MandateRefusal.WRONG_CODE, at)
    elif _asked_enough(mandate):
        _decline(session, mandate, MandateRefusal.NO_ANSWER, at)
    await session.flush()
    return mandate


def calling(mandate: Mandate, at: datetime) -> None:
    """A call is about to be made: until it is over and the channel has had its time, NOT_FOUND is doubt."""
    mandate.final_at = at + CALL_LIMIT + mandate.query_final_after


def ask_soon(mandate: Mandate, at: datetime) -> None:
    """Let a locked mandate be asked about at once; one that is over is not."""
    if mandate.status not in FINAL:
        mandate.ask_at = at


def refusal_after(mandate: Mandate, result: MandateResult) -> DomainError | None:
    """What a borrower is told of the code he entered, once what came of it is recorded."""
    if mandate.status is not MandateStatus.AWAITING_CODE:
        return None
    if result.not_executed:
        return MandateNotReached()
    return MandateCodeWrong(left=rules.MOST_TRIES - mandate.tries)


async def token_of(session: AsyncSession, mandate: Mandate) -> str:
    """What a debit names; from then on the mandate is found by it. Raises LookupError for one that never had one."""
    if mandate.token_sealed is None:
        raise LookupError(f"mandate {mandate.id} has no token")
    token = (await box_of(session, mandate.borrower_id)).open(_SEALED, mandate.token_sealed)
    if mandate.token_index is None:  # signed before there was an index
        mandate.token_index = index_of(session, token)
    return token


def index_of(session: AsyncSession, token: str) -> bytes:
    """What a mandate is found by when a bank names nothing but its token."""
    return keyring_of(session).index(_SEALED, token)


async def index_old(session: AsyncSession, channel: str) -> None:
    """Let mandates that were signed before there was an index be found by their tokens too, some at a time."""
    for mandate in await queries.mandates_without_index(session, channel, limit=_AT_ONCE):
        await token_of(session, mandate)
    await session.flush()


def move(
    session: AsyncSession,
    mandate: Mandate,
    after: MandateStatus,
    *,
    source: MandateSource,
    at: datetime,
    result: MandateResult | None = None,
) -> None:
    """Move a locked mandate, write down who moved it, and decide when it is looked at next."""
    session.add(
        MandateChange(
            mandate_id=mandate.id,
            source=source,
            told=result.state if result else after,
            before=mandate.status,
            after=after,
            facts=facts(error=error_facts(result.error) if result else None),
            at=at,
        )
    )
    before = mandate.status
    mandate.move_to(after)
    telling.of_mandate(session, mandate, before=before, at=at)
    mandate.asks = 0
    if after not in TO_SIGN:
        mandate.action = None
    if after is MandateStatus.ACTIVE:
        mandate.signed_at = at
    if after is MandateStatus.REVOKED:
        mandate.revoked_at = mandate.revoked_at or at
    if after is MandateStatus.DECLINED and result is not None:
        mandate.refusal = rules.refusal_of(result)
    _ask_on(mandate, at, result)


def _decline(session: AsyncSession, mandate: Mandate, refusal: MandateRefusal, at: datetime) -> None:
    move(session, mandate, MandateStatus.DECLINED, source=MandateSource.SYSTEM, at=at)
    mandate.refusal = refusal


def _ask_on(mandate: Mandate, at: datetime, result: MandateResult | None) -> None:
    """When it is looked at next: on the ladder while nobody knows, when its time is over, or never again."""
    over = _time_of(mandate)
    match mandate.status:
        case MandateStatus.AWAITING_CODE | MandateStatus.ACTIVE | MandateStatus.SUSPENDED:
            mandate.ask_at = over
        case status if status in FINAL:
            mandate.ask_at = None
        case status if status in IN_FLIGHT:
            mandate.ask_at = next_ask(at, FLIGHT)
        case _:
            least = at + (result.retry_after or timedelta()) if result else at
            due = max(next_ask(at, mandate.asks), min(least, at + timedelta(hours=1)))
            mandate.ask_at = min(due, over) if over else due


def _time_of(mandate: Mandate) -> datetime | None:
    """When the time to sign it, or its own time, is over."""
    begun = mandate.sent_at or mandate.created_at
    match mandate.status:
        case MandateStatus.AWAITING_CODE:
            return begun + CODE_LIFE
        case MandateStatus.AWAITING_PAGE:
            return begun + PAGE_LIFE
        case MandateStatus.ACTIVE | MandateStatus.SUSPENDED:
            return end_of(mandate.valid_to) if mandate.valid_to else None
        case _:
            return None


def is_out_of_time(mandate: Mandate, at: datetime) -> bool:
    over = _time_of(mandate)
    return over is not None and at >= over


def _asked_enough(mandate: Mandate) -> bool:
    waits = mandate.status in {MandateStatus.UNKNOWN, MandateStatus.PROCESSING}
    return waits and mandate.asks >= MOST_ASKS


async def _learn(session: AsyncSession, mandate: Mandate, result: MandateResult) -> None:
    mandate.account_masked = plain(result.account_masked) or mandate.account_masked
    mandate.bank = plain(result.bank) or mandate.bank
    mandate.valid_to = result.valid_to or mandate.valid_to
    # Not added to: a channel that no longer needs a part of it leaves that part out, personal data above all.
    mandate.channel_state = kept_state(None, result.channel_state) or mandate.channel_state
    if result.token:
        mandate.token_sealed = (await box_of(session, mandate.borrower_id)).seal(_SEALED, result.token)
        mandate.token_index = index_of(session, result.token)
    if result.action is not None:
        mandate.action = action_to_json(result.action)
