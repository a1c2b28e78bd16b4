"""What a borrower, his channel and the janitor do with a mandate."""

from uuid import UUID

from domain.payments.flows import mandates as flows
from domain.payments.flows import receive_notice
from domain.payments.models import Mandate
from domain.payments.ports import MandateResult, Notification, NotificationKind, RawRequest
from domain.payments.rules.mandates import MandateStatus
from domain.shared.db import Sessions
from tests.domain.payments.builders import Hand, notice
from tests.domain.payments.mandates import SIGNED, DebitChannel, requested, signed

S = MandateStatus


async def asked_for(sessions: Sessions, hand: Hand, person: UUID) -> UUID:
    async with sessions.begin() as session:
        return (await requested(session, person, at=hand.at)).id


async def awaiting_code(sessions: Sessions, hand: Hand, channel: DebitChannel, person: UUID) -> UUID:
    mandate_id = await asked_for(sessions, hand, person)
    await flows.begin(sessions, hand.clock(), channel, mandate_id=mandate_id)
    return mandate_id


async def enter(
    sessions: Sessions, hand: Hand, channel: DebitChannel, mandate_id: UUID, code: str = "123456"
) -> Mandate:
    async with sessions() as session:
        owner = (await session.get_one(Mandate, mandate_id)).borrower_id
    return await flows.confirm(
        sessions, hand.clock(), {"fake": channel}, mandate_id=mandate_id, borrower_id=owner, code=code
    )


async def take_back(sessions: Sessions, hand: Hand, channel: DebitChannel, mandate_id: UUID, person: UUID) -> Mandate:
    return await flows.revoke(sessions, hand.clock(), {"fake": channel}, mandate_id=mandate_id, borrower_id=person)


async def ask(sessions: Sessions, hand: Hand, channel: DebitChannel, mandate_id: UUID) -> Mandate:
    """Let its time to be asked about come, if there is one, and be asked."""
    before = await stored(sessions, mandate_id)
    hand.at = max(hand.at, before.ask_at or hand.at)
    await flows.ask(sessions, hand.clock(), {"fake": channel}, mandate_id=mandate_id)
    return await stored(sessions, mandate_id)


async def stored(sessions: Sessions, mandate_id: UUID) -> Mandate:
    async with sessions() as session:
        return await session.get_one(Mandate, mandate_id)


async def in_force(sessions: Sessions, hand: Hand, person: UUID, result: MandateResult = SIGNED) -> UUID:
    async with sessions.begin() as session:
        return (await signed(session, person, at=hand.at, result=result)).id


async def told_by_notice(
    sessions: Sessions, hand: Hand, channel: DebitChannel, mandate_id: UUID, result: MandateResult
) -> str:
    mandate_no = (await stored(sessions, mandate_id)).mandate_no

    async def parse(_raw: RawRequest) -> Notification:
        return Notification(NotificationKind.MANDATE, "E1", mandate_no=mandate_no, result=result)

    channel.parse_notification = parse  # type: ignore[method-assign]
    answer = await receive_notice(sessions, hand.clock(), channel, notice(f"{mandate_no}{result.state}"))
    return answer.body.decode()
