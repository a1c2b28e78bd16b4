"""Recording what an identity provider answered, and judging it: a valid card of an adult, a face that is alike enough."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import BadIdNumber, BadName, UnderAge
from domain.borrowers.models import Borrower, CheckKind, CheckReason, IdentityCheck
from domain.borrowers.ports import CardReading, FaceMatch, IdentityState
from domain.borrowers.queries import facts, identity, people
from domain.borrowers.rules import identity_numbers, names
from domain.borrowers.rules.card_fields import CardFields
from domain.borrowers.rules.machine import CheckStatus
from domain.borrowers.services import profile
from domain.borrowers.services.identity import Task
from domain.shared import policy
from domain.shared.asking import next_ask
from domain.shared.crypto import keyring_of
from domain.shared.days import business_day
from domain.shared.parties import PartyFault

MOST_TRIES = 14
"""After some hours without an answer the borrower may as well take new pictures."""

Verdict = tuple[CheckStatus, CheckReason | None]


async def record(
    session: AsyncSession, *, task: Task, answer: CardReading | FaceMatch, at: datetime
) -> IdentityCheck | None:
    """Record the provider's answer to a check that is running; None when another process has done so.

    When card and face have both matched and the profile agrees with the card, the borrower's name is proven.
    """
    # The person first, as everywhere: who saves his profile at this moment waits, and then sees the outcome.
    asked = await identity.check_of(session, task.check_id)
    borrower = await people.lock_borrower(session, asked.borrower_id)
    check = await identity.lock_check(session, task.check_id)
    if check is None or check.status is not CheckStatus.RUNNING:
        return None
    check.provider_receipt = answer.provider_ref or check.provider_receipt
    if answer.state is IdentityState.UNKNOWN and check.tries < MOST_TRIES:
        _ask_later(check, task, answer, at)
        return check
    verdict, check.reason = await _judge(session, borrower, check, answer, at)
    check.move_to(verdict)
    check.ask_at, check.finished_at = None, at
    await session.flush()
    if check.kind is CheckKind.FACE and verdict is CheckStatus.MATCHED:
        await profile.prove(session, borrower=borrower, at=at)
    return check


def _ask_later(check: IdentityCheck, task: Task, answer: CardReading | FaceMatch, at: datetime) -> None:
    unreached = answer.error is not None and answer.error.fault is PartyFault.UNREACHED
    if unreached and not task.asks:
        # Nothing was sent, so there is nothing to ask about: it is sent again.
        check.move_to(CheckStatus.QUEUED)
        check.asked = False
    else:
        check.move_to(CheckStatus.UNKNOWN)
    check.ask_at = next_ask(at, check.tries - 1)


async def _judge(
    session: AsyncSession, borrower: Borrower, check: IdentityCheck, answer: CardReading | FaceMatch, at: datetime
) -> Verdict:
    if answer.state is not IdentityState.MATCHED:
        return _REFUSALS[answer.state]
    if isinstance(answer, CardReading):
        return await _judge_card(session, borrower, check, answer, business_day(at))
    return await _judge_face(session, borrower, check, answer, business_day(at))


_REFUSALS: dict[IdentityState, Verdict] = {
    IdentityState.UNREADABLE: (CheckStatus.UNREADABLE, CheckReason.IMAGES),
    IdentityState.MISMATCHED: (CheckStatus.MISMATCHED, CheckReason.PROVIDER),
    IdentityState.NOT_FOUND: (CheckStatus.MISMATCHED, CheckReason.NOT_FOUND),
    IdentityState.UNKNOWN: (CheckStatus.UNREADABLE, CheckReason.NO_ANSWER),
}


async def _judge_card(
    session: AsyncSession, borrower: Borrower, check: IdentityCheck, answer: CardReading, today: date
) -> Verdict:
    if not answer.name or not answer.id_number:
        return CheckStatus.UNREADABLE, CheckReason.IMAGES
    try:
        name = names.read(answer.name.reveal())
        number = identity_numbers.of_an_adult(answer.id_number.reveal(), today=today)
    except (BadName, BadIdNumber):
        return CheckStatus.UNREADABLE, CheckReason.BAD_DATA
    except UnderAge:
        return CheckStatus.MISMATCHED, CheckReason.UNDER_AGE
    if answer.valid_to is not None and answer.valid_to < today:
        return CheckStatus.MISMATCHED, CheckReason.CARD_EXPIRED
    earlier = await facts.identity_of(session, borrower.id)
    if earlier and earlier.proven_at and not _same_person(earlier, name, number.text):
        return CheckStatus.MISMATCHED, CheckReason.OTHER_PERSON
    fields = CardFields(
        name=name,
        id_number=number.text,
        address=answer.address.reveal() if answer.address else None,
        valid_from=answer.valid_from,
        valid_to=answer.valid_to,
    )
    check.fields_sealed = borrower.box(keyring_of(session)).seal("fields", fields.written())
    return CheckStatus.MATCHED, None


async def _judge_face(
    session: AsyncSession, borrower: Borrower, check: IdentityCheck, answer: FaceMatch, today: date
) -> Verdict:
    check.score_millis = (answer.score or 0) * 10
    if check.score_millis < await policy.value(session, "identity.face_min_score_millis", on=today):
        return CheckStatus.MISMATCHED, CheckReason.LOW_SCORE
    card = await profile.card_fields(session, borrower)
    index = keyring_of(session).index("id_number", card.id_number) if card else b""
    if await facts.proven_elsewhere(session, id_number_index=index, borrower_id=borrower.id):
        return CheckStatus.MISMATCHED, CheckReason.IDENTITY_TAKEN
    return CheckStatus.MATCHED, None


def _same_person(earlier: facts.Identity, name: str, id_number: str) -> bool:
    return names.same(earlier.name.reveal(), name) and earlier.id_number.reveal() == id_number
