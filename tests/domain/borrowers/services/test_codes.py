"""Codes by SMS: few, short-lived, used once, and silent on who is registered."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import BadCode, CodeTooSoon, CodeUseless, CodeWrong, NotAMobile, TooManyCodes
from domain.borrowers.models import CodePurpose, LoginCode
from domain.borrowers.services import codes
from domain.messaging.models import Message
from domain.shared.crypto import keyring_of
from domain.shared.outbox import OutboxRow
from tests.domain.borrowers.builders import NOW, PHONE, code_for, registered, set_up

LOGIN = CodePurpose.LOGIN
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
async def policies(session: AsyncSession) -> None:
    await set_up(session)


async def spend(
    session: AsyncSession, code: str, at=NOW, purpose: CodePurpose = LOGIN
) -> CodeWrong | CodeUseless | None:
    index = keyring_of(session).index("phone", "+86" + PHONE)
    return await codes.spend(session, phone_index=index, purpose=purpose, code=code, at=at)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_code_goes_out_by_message_and_is_right_once(session: AsyncSession) -> None:
    code = await code_for(session, LOGIN)

    assert await spend(session, code) is None
    assert isinstance(await spend(session, code), CodeUseless)


async def test_the_answer_is_the_same_for_registered_and_unregistered_phones(session: AsyncSession) -> None:
    known = (await registered(session)).actor.id
    to_known = await codes.request(session, phone=PHONE, purpose=LOGIN, at=NOW)
    to_unknown = await codes.request(session, phone="13900005678", purpose=LOGIN, at=NOW)

    assert known
    assert to_known == to_unknown
    assert await session.scalar(select(func.count()).select_from(Message).where(Message.borrower_id.is_not(None))) == 0


async def test_a_code_lives_for_five_minutes(session: AsyncSession) -> None:
    code = await code_for(session, LOGIN)

    assert isinstance(await spend(session, code, NOW + timedelta(minutes=5)), CodeUseless)
    assert await spend(session, code, NOW + timedelta(minutes=5) - SECOND) is None


async def test_a_code_is_good_for_its_purpose_only(session: AsyncSession) -> None:
    code = await code_for(session, LOGIN)

    assert isinstance(await spend(session, code, purpose=CodePurpose.REGISTER), CodeUseless)


async def test_five_wrong_tries_spend_it(session: AsyncSession) -> None:
    code = await code_for(session, LOGIN)
    left = []
    for _ in range(5):
        wrong = await spend(session, other_than(code))
        assert isinstance(wrong, CodeWrong)
        left.append(wrong.facts["left"])

    assert left == [4, 3, 2, 1, 0]
    assert isinstance(await spend(session, code), CodeUseless)


async def test_another_code_may_be_asked_for_after_a_minute(session: AsyncSession) -> None:
    await code_for(session, LOGIN)
    with pytest.raises(CodeTooSoon) as refusal:
        await codes.request(session, phone=PHONE, purpose=LOGIN, at=NOW + 59.5 * SECOND)

    assert "in 1 seconds" in str(refusal.value)
    assert await codes.request(session, phone=PHONE, purpose=LOGIN, at=NOW + 60 * SECOND)


async def test_only_the_code_sent_last_counts(session: AsyncSession) -> None:
    first = await code_for(session, LOGIN)
    await codes.request(session, phone=PHONE, purpose=LOGIN, at=NOW + 61 * SECOND)

    assert isinstance(await spend(session, first, NOW + 62 * SECOND), CodeWrong)


async def test_a_phone_gets_ten_codes_a_day_whatever_they_are_for(session: AsyncSession) -> None:
    for n in range(10):
        purpose = (LOGIN, CodePurpose.REGISTER)[n % 2]
        await codes.request(session, phone=PHONE, purpose=purpose, at=NOW + timedelta(minutes=2 * n))
    with pytest.raises(TooManyCodes):
        await codes.request(session, phone=PHONE, purpose=LOGIN, at=NOW + timedelta(hours=23))

    assert await codes.request(session, phone=PHONE, purpose=LOGIN, at=NOW + timedelta(hours=25))


async def test_what_is_no_phone_gets_no_code(session: AsyncSession) -> None:
    with pytest.raises(NotAMobile):
        await codes.request(session, phone="010-62501234", purpose=LOGIN, at=NOW)

    assert await session.scalar(select(func.count()).select_from(LoginCode)) == 0


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６"])
def test_what_cannot_be_a_code_is_not_counted_as_a_try(code: str) -> None:
    with pytest.raises(BadCode):
        codes.check_shape(code)


async def test_a_code_lies_nowhere_in_the_clear(session: AsyncSession) -> None:
    code = await code_for(session, LOGIN)
    for table in ("login_codes", "messages", "outbox"):
        rows = "\n".join(await session.scalars(text(f"SELECT t::text FROM {table} t")))
        assert rows
        assert f'"{code}"' not in rows
        assert PHONE not in rows
    assert (await session.scalars(select(OutboxRow.payload))).one().keys() == {"message_id"}
