"""Checks of card and face: claim, call, record; what nobody knows is asked about, never forgotten, never doubled."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.borrowers import flows, queries
from domain.borrowers.errors import CheckInProgress, ConsentMissing, IdCardFirst, ImageNotUsable, TooManyChecks
from domain.borrowers.models import (
    CheckKind,
    CheckReason,
    CheckStatus,
    ConsentPurpose,
    IdentityCheck,
    ImageKind,
    Profile,
)
from domain.borrowers.ports import CardReading, FaceMatch, IdentityState, MatchFace, ReadCard
from domain.borrowers.queries.people import box_of
from domain.borrowers.rules.card_fields import CardFields
from domain.borrowers.services import identity, profile
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow
from domain.shared.parties import PartyError, PartyFault
from domain.shared.secret import SecretStr
from tests.domain.borrowers.builders import (
    ID_NUMBER,
    MATCH,
    NAME,
    NOW,
    OTHER_PHONE,
    Hands,
    Register,
    borrower,
    consented,
    face_submitted,
    id_number,
    picture,
    proven_in,
    reading,
    registered_in,
    submitted,
    uploaded,
)

TIMEOUT = CardReading(IdentityState.UNKNOWN, error=PartyError(PartyFault.TIMEOUT))
UNREACHED = CardReading(IdentityState.UNKNOWN, error=PartyError(PartyFault.UNREACHED))
NOT_THERE = CardReading(IdentityState.NOT_FOUND)


@pytest.fixture
def sessions(alone: Sessions) -> Sessions:
    return alone


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def person(sessions: Sessions) -> UUID:
    return await registered_in(sessions)


@pytest.fixture
async def check(sessions: Sessions, person: UUID) -> UUID:
    async with sessions.begin() as session:
        return (await submitted(session, person)).id


async def run(sessions: Sessions, hands: Hands, register: Register, check: UUID) -> IdentityCheck:
    await flows.run_check(sessions, hands.clock, register, check_id=check)
    async with sessions() as session:
        return await session.get_one(IdentityCheck, check)


async def face_of(sessions: Sessions, person: UUID, hands: Hands) -> UUID:
    async with sessions.begin() as session:
        return (await face_submitted(session, person, at=hands.now)).id


async def test_a_check_is_announced_and_the_pictures_reach_the_provider(
    sessions: Sessions, hands: Hands, check: UUID
) -> None:
    register = Register(reading())
    row = await run(sessions, hands, register, check)

    (request,) = register.sent
    assert isinstance(request, ReadCard)
    assert (request.ref, request.front, request.back) == (check.hex, picture(), picture())
    assert (row.status, row.reason, row.finished_at, row.ask_at) == (CheckStatus.MATCHED, None, NOW, None)
    async with sessions() as session:
        payloads = await session.scalars(
            select(OutboxRow.payload).where(OutboxRow.topic == "borrowers.check_requested")
        )
        assert payloads.all() == [{"check_id": str(check)}]


async def test_what_was_read_is_sealed(sessions: Sessions, hands: Hands, person: UUID, check: UUID) -> None:
    row = await run(sessions, hands, Register(reading(valid_to=date(2040, 1, 1))), check)
    async with sessions() as session:
        read = CardFields.read((await box_of(session, person)).open("fields", row.fields_sealed or b""))

    assert read == CardFields(NAME, ID_NUMBER, "北京市东城区某街一号", None, date(2040, 1, 1))
    assert NAME not in repr(read)
    assert ID_NUMBER.encode() not in (row.fields_sealed or b"")


async def test_an_answered_check_is_never_run_again(sessions: Sessions, hands: Hands, check: UUID) -> None:
    register = Register(reading())
    await run(sessions, hands, register, check)
    hands.wait(days=3)
    await run(sessions, hands, register, check)

    assert len(register.sent) == 1
    assert register.asked == []


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (CardReading(IdentityState.UNREADABLE), CheckStatus.UNREADABLE, CheckReason.IMAGES),
        (CardReading(IdentityState.MISMATCHED), CheckStatus.MISMATCHED, CheckReason.PROVIDER),
        (CardReading(IdentityState.NOT_FOUND), CheckStatus.MISMATCHED, CheckReason.NOT_FOUND),
        (CardReading(IdentityState.MATCHED), CheckStatus.UNREADABLE, CheckReason.IMAGES),
        (reading(number="110101199001010010"), CheckStatus.UNREADABLE, CheckReason.BAD_DATA),
        (reading(name="?"), CheckStatus.UNREADABLE, CheckReason.BAD_DATA),
        (reading(number=id_number("20100101")), CheckStatus.MISMATCHED, CheckReason.UNDER_AGE),
        (reading(valid_to=date(2026, 1, 14)), CheckStatus.MISMATCHED, CheckReason.CARD_EXPIRED),
        (reading(valid_to=date(2026, 1, 15)), CheckStatus.MATCHED, None),
    ],
)
async def test_an_answer_is_judged(
    sessions: Sessions,
    hands: Hands,
    check: UUID,
    answer: CardReading,
    status: CheckStatus,
    reason: CheckReason | None,
) -> None:
    row = await run(sessions, hands, Register(answer), check)

    assert (row.status, row.reason) == (status, reason)
    assert (row.fields_sealed is not None) == (status is CheckStatus.MATCHED)


@pytest.mark.parametrize("lost", [TIMEOUT, None])
async def test_a_lost_answer_is_asked_for_and_not_sent_again(
    sessions: Sessions, hands: Hands, check: UUID, lost: CardReading | None
) -> None:
    register = Register(lost, known=reading())
    row = await run(sessions, hands, register, check)
    assert row.status is CheckStatus.UNKNOWN
    assert row.ask_at
    async with sessions() as session:
        assert await queries.due_check_asks(session, row.ask_at - timedelta(seconds=1), 10) == []
        assert await queries.due_check_asks(session, row.ask_at, 10) == [check]

    hands.now = row.ask_at
    row = await run(sessions, hands, register, check)

    assert row.status is CheckStatus.MATCHED
    assert (len(register.sent), register.asked) == (1, [check.hex])


async def test_nothing_is_asked_before_its_time(sessions: Sessions, hands: Hands, check: UUID) -> None:
    register = Register(TIMEOUT, known=reading())
    await run(sessions, hands, register, check)
    await run(sessions, hands, register, check)

    assert (len(register.sent), register.asked) == (1, [])


async def test_what_the_provider_never_got_is_sent_again_under_the_same_reference(
    sessions: Sessions, hands: Hands, check: UUID
) -> None:
    register = Register(TIMEOUT, known=NOT_THERE)
    await run(sessions, hands, register, check)
    hands.wait(minutes=5)
    register.reading = reading()
    row = await run(sessions, hands, register, check)

    assert row.status is CheckStatus.MATCHED
    assert [request.ref for request in register.sent] == [check.hex] * 2


async def test_an_unreached_provider_is_simply_tried_again(sessions: Sessions, hands: Hands, check: UUID) -> None:
    register = Register(UNREACHED)
    row = await run(sessions, hands, register, check)
    assert row.status is CheckStatus.QUEUED
    assert row.ask_at

    hands.now, register.reading = row.ask_at, reading()
    row = await run(sessions, hands, register, check)

    assert row.status is CheckStatus.MATCHED
    assert register.asked == []


async def test_a_process_that_died_in_the_call_leaves_a_check_that_is_asked_about(
    sessions: Sessions, hands: Hands, check: UUID
) -> None:
    async with sessions.begin() as session:
        assert await identity.claim(session, check_id=check, at=NOW)
    register = Register(known=reading())
    assert (await run(sessions, hands, register, check)).status is CheckStatus.RUNNING
    hands.wait(minutes=4)
    row = await run(sessions, hands, register, check)

    assert row.status is CheckStatus.MATCHED
    assert (register.sent, register.asked) == ([], [check.hex])


async def test_a_check_nobody_answers_is_given_up_in_the_end_and_may_be_made_anew(
    sessions: Sessions, hands: Hands, person: UUID, check: UUID
) -> None:
    register = Register(TIMEOUT, known=TIMEOUT)
    row = await run(sessions, hands, register, check)
    for _ in range(30):
        if row.ask_at is None:
            break
        hands.now = row.ask_at
        row = await run(sessions, hands, register, check)

    assert (row.status, row.reason) == (CheckStatus.UNREADABLE, CheckReason.NO_ANSWER)
    assert len(register.sent) == 1
    assert hands.now - NOW > timedelta(hours=1)
    async with sessions.begin() as session:
        assert await submitted(session, person, at=hands.now)


async def test_one_check_of_a_kind_at_a_time_and_ten_a_day(sessions: Sessions, hands: Hands, person: UUID) -> None:
    for n in range(10):
        async with sessions.begin() as session:
            check = (await submitted(session, person, at=NOW + n * timedelta(hours=1))).id
        with pytest.raises(CheckInProgress):
            async with sessions.begin() as session:
                await submitted(session, person, at=NOW + n * timedelta(hours=1))
        hands.now = NOW + n * timedelta(hours=1)
        await run(sessions, hands, Register(CardReading(IdentityState.UNREADABLE)), check)

    with pytest.raises(TooManyChecks):
        async with sessions.begin() as session:
            await submitted(session, person, at=NOW + timedelta(hours=10))


async def test_another_persons_picture_or_one_of_another_kind_is_not_usable(sessions: Sessions, person: UUID) -> None:
    async with sessions.begin() as session:
        stranger = await borrower(session, phone=OTHER_PHONE)
        front = await uploaded(session, person, ImageKind.ID_FRONT)
        foreign = await uploaded(session, stranger.id, ImageKind.ID_BACK)
    for back in (foreign, front):
        with pytest.raises(ImageNotUsable) as refusal:
            async with sessions.begin() as session:
                await identity.submit(
                    session, borrower_id=person, front_image_id=front, back_image_id=back, provider="fake", at=NOW
                )
        assert refusal.value.fields == ("backImageId",)
    async with sessions() as session:
        assert (await session.scalars(select(IdentityCheck))).all() == []


async def test_a_face_takes_a_consent_of_its_own_and_a_card_before_it(sessions: Sessions, person: UUID) -> None:
    async with sessions.begin() as session:
        image = await uploaded(session, person, ImageKind.FACE)
        with pytest.raises(ConsentMissing):
            await identity.verify_face(session, borrower_id=person, image_id=image, provider="fake", at=NOW)
        await consented(session, person, ConsentPurpose.FACE)
        with pytest.raises(IdCardFirst):
            await identity.verify_face(session, borrower_id=person, image_id=image, provider="fake", at=NOW)


async def test_a_face_is_compared_with_the_number_on_the_card(
    sessions: Sessions, hands: Hands, person: UUID, check: UUID
) -> None:
    register = Register(reading(), MATCH)
    await run(sessions, hands, register, check)
    face = await run(sessions, hands, register, await face_of(sessions, person, hands))

    request = register.sent[-1]
    assert isinstance(request, MatchFace)
    assert (request.id_number, request.name, request.image) == (SecretStr(ID_NUMBER), SecretStr(NAME), picture())
    assert (face.kind, face.status, face.score_millis, face.card_check_id) == (
        CheckKind.FACE,
        CheckStatus.MATCHED,
        970,
        check,
    )
    assert face.provider_receipt == "R-1"


@pytest.mark.parametrize(
    ("score", "status"), [(80, CheckStatus.MATCHED), (79, CheckStatus.MISMATCHED), (None, CheckStatus.MISMATCHED)]
)
async def test_how_alike_is_enough_is_policy(
    sessions: Sessions, hands: Hands, person: UUID, check: UUID, score: int | None, status: CheckStatus
) -> None:
    await run(sessions, hands, Register(reading()), check)
    alike = Register(match=FaceMatch(IdentityState.MATCHED, score=score))
    row = await run(sessions, hands, alike, await face_of(sessions, person, hands))

    assert row.status is status
    assert row.reason is (None if status is CheckStatus.MATCHED else CheckReason.LOW_SCORE)


async def test_a_proven_identity_belongs_to_one_account(sessions: Sessions, hands: Hands) -> None:
    await proven_in(sessions, hands)
    second = await registered_in(sessions, phone=OTHER_PHONE)
    register = Register(reading(), MATCH)
    async with sessions.begin() as session:
        card = (await submitted(session, second)).id
    await run(sessions, hands, register, card)
    face = await run(sessions, hands, register, await face_of(sessions, second, hands))

    assert (face.status, face.reason) == (CheckStatus.MISMATCHED, CheckReason.IDENTITY_TAKEN)
    async with sessions.begin() as session:
        assert (await profile.save(session, borrower_id=second, at=NOW)).real_name_at is None


async def test_who_is_proven_does_not_become_somebody_else(sessions: Sessions, hands: Hands) -> None:
    person = await proven_in(sessions, hands)
    hands.wait(days=1)
    for card, status in (
        (reading(name="赵六", number=id_number(order=5)), CheckStatus.MISMATCHED),
        (reading(), CheckStatus.MATCHED),
    ):
        async with sessions.begin() as session:
            check = (await submitted(session, person, at=hands.now)).id
        assert (await run(sessions, hands, Register(card), check)).status is status
        hands.wait(days=1)
    async with sessions() as session:
        row = (await session.scalars(select(Profile).where(Profile.superseded_at.is_(None)))).one()
        assert row.real_name_at == NOW
        assert queries.Missing.FACE not in await queries.readiness(session, person)


async def test_requests_and_tasks_do_not_show_what_they_hold(sessions: Sessions, check: UUID) -> None:
    async with sessions.begin() as session:
        task: Any = await identity.claim(session, check_id=check, at=NOW)

    assert "JFIF" not in repr(task)
    assert "JFIF" not in repr(task.card)
