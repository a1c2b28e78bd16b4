"""Two at once, on two connections: one is first, the other learns it."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import flows, queries
from domain.borrowers.errors import CardPending, CodeTooSoon, CodeUseless, PhoneTaken, UploadNotFound
from domain.borrowers.models import BankCard, CodePurpose, Image, ImageContent, ImageKind, LoginCode
from domain.borrowers.services import cards, codes, uploads
from domain.borrowers.services import sessions as accounts
from domain.shared.db import Sessions
from domain.shared.logins import LoggedIn, LoginGuard, LoginLocked
from domain.shared.outcome import Refused
from domain.shared.tokens import SessionOver
from tests.domain.borrowers.builders import (
    CARD_NUMBER,
    DEVICE,
    MATCH,
    NOW,
    PHONE,
    Hands,
    Register,
    at_once,
    code_for,
    overlapping,
    picture,
    proven_in,
    reading,
    registered,
    registered_in,
    set_up,
    submitted,
)


async def login(made: Sessions, **credential: str) -> LoggedIn | Refused:
    async with made.begin() as session:
        return await accounts.login(session, phone=PHONE, device=DEVICE, at=NOW, now=NOW, **credential)


def refusals(outcomes: list[object]) -> list[object]:
    return [outcome.refusal for outcome in outcomes if isinstance(outcome, Refused)]


async def test_one_code_registers_one_account(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)
        code = await code_for(session, CodePurpose.REGISTER)

    async def register(session: AsyncSession) -> LoggedIn | Refused:
        return await accounts.register(session, phone=PHONE, code=code, device=DEVICE, at=NOW, now=NOW)

    first, second = await overlapping(sessions, register)

    assert isinstance(first, LoggedIn)
    assert isinstance(second, Refused)
    assert isinstance(second.refusal, CodeUseless)


async def test_one_phone_registers_once_even_when_the_other_comes_with_a_code_of_its_own(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)
    turns = iter((NOW, NOW + timedelta(minutes=2)))

    async def register(session: AsyncSession) -> LoggedIn | Refused:
        at = next(turns)
        code = await code_for(session, CodePurpose.REGISTER, at=at)
        return await accounts.register(session, phone=PHONE, code=code, device=DEVICE, at=at, now=at)

    first, second = await overlapping(sessions, register)

    assert isinstance(first, LoggedIn)
    assert isinstance(second, Refused)
    assert isinstance(second.refusal, PhoneTaken)


async def test_one_code_logs_in_once(sessions: Sessions) -> None:
    await registered_in(sessions)
    async with sessions.begin() as session:
        code = await code_for(session, CodePurpose.LOGIN)

    async def log_in(session: AsyncSession) -> LoggedIn | Refused:
        return await accounts.login(session, phone=PHONE, code=code, device=DEVICE, at=NOW, now=NOW)

    first, second = await overlapping(sessions, log_in)

    assert isinstance(first, LoggedIn)
    assert isinstance(second, Refused)
    assert isinstance(second.refusal, CodeUseless)


async def test_twenty_guesses_at_once_are_five_guesses(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)
        await registered(session, password="a password of mine")
    outcomes = await at_once(*(login(sessions, password="a guess of yours") for _ in range(20)))

    assert sum(isinstance(refusal, LoginLocked) for refusal in refusals(outcomes)) == 15
    async with sessions() as session:
        guard = (await session.scalars(select(LoginGuard))).one()
        assert guard.locked_until == NOW + timedelta(minutes=15)


async def test_one_code_is_sent_when_two_are_asked_for_at_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)

    async def ask(session: AsyncSession) -> codes.CodeSent:
        return await codes.request(session, phone=PHONE, purpose=CodePurpose.LOGIN, at=NOW)

    first, second = await overlapping(sessions, ask)

    assert isinstance(first, codes.CodeSent)
    assert isinstance(second, CodeTooSoon)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(LoginCode)) == 1


async def test_an_upload_address_used_twice_at_once_keeps_one_picture(sessions: Sessions) -> None:
    person = await registered_in(sessions)
    async with sessions.begin() as session:
        ticket = await uploads.request(session, borrower_id=person, kind=ImageKind.FACE, at=NOW)

    async def put(session: AsyncSession) -> Image:
        return await uploads.store(session, token=ticket.token.reveal(), content=picture(), at=NOW)

    first, second = await overlapping(sessions, put)

    assert isinstance(first, Image)
    assert isinstance(second, UploadNotFound)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(ImageContent)) == 1


async def test_a_refresh_token_used_twice_at_once_ends_the_session(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)
        logged_in = await registered(session)

    async def refresh(session: AsyncSession) -> LoggedIn | Refused:
        return await accounts.refresh(session, refresh_token=logged_in.refresh_token.reveal(), now=NOW)

    first, second = await overlapping(sessions, refresh)

    assert isinstance(first, LoggedIn)
    assert isinstance(second, Refused)
    assert isinstance(second.refusal, SessionOver)
    async with sessions() as session:
        assert not await queries.session_stands(session, logged_in.session_id, now=NOW)


async def test_a_check_run_by_two_workers_is_sent_once(sessions: Sessions) -> None:
    person, hands, register_of_ids = await registered_in(sessions), Hands(), Register(reading(), MATCH)
    async with sessions.begin() as session:
        check = (await submitted(session, person)).id
    await at_once(*(flows.run_check(sessions, hands.clock, register_of_ids, check_id=check) for _ in range(3)))

    assert len(register_of_ids.sent) == 1
    assert register_of_ids.asked == []


async def test_one_card_bound_twice_at_once_is_one_binding(sessions: Sessions) -> None:
    person = await proven_in(sessions, Hands())

    async def bind(session: AsyncSession) -> BankCard:
        return await cards.bind(
            session, borrower_id=person, card_number=CARD_NUMBER, phone=PHONE, provider="fake", at=NOW
        )

    first, second = await overlapping(sessions, bind)

    assert isinstance(first, BankCard)
    assert isinstance(second, CardPending)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(BankCard)) == 1
