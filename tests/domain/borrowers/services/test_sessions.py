"""Registering, logging in, refreshing, a new password; and what stays of refused attempts."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import queries
from domain.borrowers.errors import (
    AccountClosed,
    BadGeohash,
    CodeUseless,
    CodeWrong,
    CredentialNotClear,
    NotRegistered,
    PhoneTaken,
    WrongCredential,
)
from domain.borrowers.models import (
    Borrower,
    BorrowerSession,
    BorrowerStatus,
    CodePurpose,
    LoginMethod,
    LoginOutcome,
    LoginRecord,
)
from domain.borrowers.queries.people import BY_LOGIN
from domain.borrowers.rules.devices import Device
from domain.borrowers.services import sessions
from domain.shared.actors import ActorKind
from domain.shared.logins import LoggedIn, LoginLocked
from domain.shared.outcome import Refused, done
from domain.shared.paging import Window, rows_in, total
from domain.shared.passwords import PasswordTooWeak
from domain.shared.tokens import SessionOver
from tests.domain.borrowers.builders import DEVICE, NOW, OTHER_PHONE, PHONE, code_for, registered, set_up

PASSWORD = "a password of mine"
REAL = NOW + timedelta(days=-400)
"""Real time; it has nothing to do with business time."""


@pytest.fixture(autouse=True)
async def policies(session: AsyncSession) -> None:
    await set_up(session)


async def login(session: AsyncSession, at=NOW, **credential: Any) -> LoggedIn | Refused:
    return await sessions.login(session, **{"phone": PHONE, "device": DEVICE, "at": at, "now": REAL, **credential})


async def records(session: AsyncSession) -> list[LoginRecord]:
    return list(await session.scalars(select(LoginRecord).order_by(LoginRecord.at, LoginRecord.id)))


async def test_registering_makes_an_account_and_logs_in(session: AsyncSession) -> None:
    logged_in = await registered(session, password=PASSWORD)
    person = await session.get_one(Borrower, logged_in.actor.id)

    assert logged_in.actor.kind is ActorKind.BORROWER
    assert person.number == "BR20260115000001"
    assert await queries.phone_of(session, person.id) == "+8613800001234"
    assert await queries.session_stands(session, logged_in.session_id, now=NOW)
    (record,) = await records(session)
    assert (record.method, record.outcome) == (LoginMethod.CODE, LoginOutcome.SUCCEEDED)


async def test_the_record_is_coarse_and_hashed(session: AsyncSession) -> None:
    await registered(session)
    (record,) = await records(session)

    assert (record.geohash5, record.ip_prefix, record.device_model) == ("wx4g0", "203.0.113.0/24", "Pixel 9")
    assert record.device_hash
    assert b"a-device" not in record.device_hash


async def test_a_wrong_code_registers_nobody_and_the_try_counts(session: AsyncSession) -> None:
    code = await code_for(session, CodePurpose.REGISTER)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    outcome = await sessions.register(session, phone=PHONE, code=wrong, device=DEVICE, at=NOW, now=REAL)

    assert isinstance(outcome, Refused)
    assert isinstance(outcome.refusal, CodeWrong)
    assert outcome.refusal.facts["left"] == 4
    assert (await session.scalars(select(Borrower))).all() == []


async def test_a_phone_registers_once(session: AsyncSession) -> None:
    await registered(session)
    code = await code_for(session, CodePurpose.REGISTER, at=NOW + timedelta(minutes=2))
    outcome = await sessions.register(
        session, phone=PHONE, code=code, device=DEVICE, at=NOW + timedelta(minutes=2), now=REAL
    )

    assert isinstance(outcome, Refused)
    assert isinstance(outcome.refusal, PhoneTaken)


@pytest.mark.parametrize("password", ["short", "1234567890", "x" * 129])
async def test_a_weak_password_is_refused_and_the_code_stays_good(session: AsyncSession, password: str) -> None:
    code = await code_for(session, CodePurpose.REGISTER)
    with pytest.raises(PasswordTooWeak):
        await sessions.register(session, phone=PHONE, code=code, password=password, device=DEVICE, at=NOW, now=REAL)

    assert done(await sessions.register(session, phone=PHONE, code=code, device=DEVICE, at=NOW, now=REAL))


async def test_logging_in_by_code(session: AsyncSession) -> None:
    person = (await registered(session)).actor.id
    code = await code_for(session, CodePurpose.LOGIN)

    assert done(await login(session, code=code)).actor.id == person
    assert [record.outcome for record in await records(session)] == [LoginOutcome.SUCCEEDED] * 2


async def test_logging_in_by_password(session: AsyncSession) -> None:
    person = (await registered(session, password=PASSWORD)).actor.id

    assert done(await login(session, password=PASSWORD)).actor.id == person
    assert (await records(session))[-1].method is LoginMethod.PASSWORD


async def test_a_person_without_a_password_does_not_get_in_by_any(session: AsyncSession) -> None:
    await registered(session)
    outcome = await login(session, password="")

    assert isinstance(outcome, Refused)


async def test_a_refused_log_in_leaves_its_record(session: AsyncSession) -> None:
    person = (await registered(session, password=PASSWORD)).actor.id
    outcome = await login(session, at=NOW + timedelta(minutes=1), password="not my password")

    assert isinstance(outcome, Refused)
    assert isinstance(outcome.refusal, WrongCredential)
    assert outcome.refusal.facts["left"] == 4
    record = (await records(session))[-1]
    assert (record.borrower_id, record.outcome) == (person, LoginOutcome.WRONG_CREDENTIAL)


async def test_five_failures_lock_for_fifteen_minutes_even_against_the_right_password(session: AsyncSession) -> None:
    await registered(session, password=PASSWORD)
    for _ in range(5):
        await login(session, password="not my password")
    locked = await login(session, at=NOW + timedelta(minutes=14), password=PASSWORD)

    assert isinstance(locked, Refused)
    assert isinstance(locked.refusal, LoginLocked)
    assert "2026-01-15 10:15:00" in str(locked.refusal)
    assert (await records(session))[-1].outcome is LoginOutcome.LOCKED
    assert done(await login(session, at=NOW + timedelta(minutes=15), password=PASSWORD))


async def test_an_unknown_phone_is_counted_and_locked_like_a_known_one(session: AsyncSession) -> None:
    await registered(session, password=PASSWORD)
    known = [await login(session, password="wrong wrong") for _ in range(6)]
    unknown = [await login(session, phone=OTHER_PHONE, password="wrong wrong") for _ in range(6)]

    told = [[str(outcome.refusal) for outcome in tries if isinstance(outcome, Refused)] for tries in (known, unknown)]
    assert len(told[0]) == 6
    assert told[0] == told[1]


async def test_wrong_codes_count_as_failures_too(session: AsyncSession) -> None:
    await registered(session, password=PASSWORD)
    code = await code_for(session, CodePurpose.LOGIN)
    for _ in range(5):
        await login(session, code=f"{(int(code) + 1) % 1_000_000:06d}")
    locked = await login(session, code=code)

    assert isinstance(locked, Refused)
    assert isinstance(locked.refusal, LoginLocked)


async def test_a_success_forgets_the_failures_before_it(session: AsyncSession) -> None:
    await registered(session, password=PASSWORD)
    for _ in range(3):
        for _ in range(4):
            await login(session, password="not my password")
        assert done(await login(session, password=PASSWORD))


async def test_only_whoever_holds_the_phone_learns_that_it_is_not_registered(session: AsyncSession) -> None:
    without_code = await login(session, code="123456")
    code = await code_for(session, CodePurpose.LOGIN)
    with_code = await login(session, code=code)

    assert isinstance(without_code, Refused)
    assert isinstance(without_code.refusal, CodeUseless)
    assert isinstance(with_code, Refused)
    assert isinstance(with_code.refusal, NotRegistered)


async def test_it_takes_one_credential_not_two(session: AsyncSession) -> None:
    for both in ({}, {"code": "123456", "password": PASSWORD}):
        with pytest.raises(CredentialNotClear):
            await login(session, **both)


async def test_a_place_that_is_none_is_refused(session: AsyncSession) -> None:
    with pytest.raises(BadGeohash):
        await login(session, password=PASSWORD, device=Device(geohash="40.1,116.2"))


async def test_a_closed_account_lets_nobody_in(session: AsyncSession) -> None:
    logged_in = await registered(session, password=PASSWORD)
    (await session.get_one(Borrower, logged_in.actor.id)).status = BorrowerStatus.CLOSED
    again = await login(session, password=PASSWORD)
    refreshed = await sessions.refresh(session, refresh_token=logged_in.refresh_token.reveal(), now=REAL)

    assert isinstance(again, Refused)
    assert isinstance(again.refusal, AccountClosed)
    assert isinstance(refreshed, Refused)


async def test_a_frozen_account_may_log_in_to_repay(session: AsyncSession) -> None:
    logged_in = await registered(session, password=PASSWORD)
    (await session.get_one(Borrower, logged_in.actor.id)).status = BorrowerStatus.FROZEN

    assert done(await login(session, password=PASSWORD))


async def test_a_refresh_token_is_good_once_and_gives_the_next(session: AsyncSession) -> None:
    first = done(await login_new(session))
    second = done(await sessions.refresh(session, refresh_token=first.refresh_token.reveal(), now=REAL))
    third = done(await sessions.refresh(session, refresh_token=second.refresh_token.reveal(), now=REAL))

    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert first.session_id == second.session_id == third.session_id


async def login_new(session: AsyncSession) -> LoggedIn | Refused:
    await registered(session, password=PASSWORD)
    return await login(session, password=PASSWORD)


@pytest.mark.parametrize("turns", [1, 2, 5])
async def test_a_spent_token_however_old_ends_the_session(session: AsyncSession, turns: int) -> None:
    first = latest = done(await login_new(session))
    for _ in range(turns):
        latest = done(await sessions.refresh(session, refresh_token=latest.refresh_token.reveal(), now=REAL))
    stolen = await sessions.refresh(session, refresh_token=first.refresh_token.reveal(), now=REAL)
    after = await sessions.refresh(session, refresh_token=latest.refresh_token.reveal(), now=REAL)

    for outcome in (stolen, after):
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.refusal, SessionOver)
    assert not await queries.session_stands(session, first.session_id, now=REAL)


async def test_a_session_ends_by_itself_after_thirty_days_without_use(session: AsyncSession) -> None:
    token = done(await login_new(session)).refresh_token.reveal()
    outcome = await sessions.refresh(session, refresh_token=token, now=REAL + timedelta(days=30))

    assert isinstance(outcome, Refused)


@pytest.mark.parametrize("token", ["", "garbage", "é" * 64, "A" * 64, "A" * 10_000])
async def test_what_is_no_refresh_token_is_refused(session: AsyncSession, token: str) -> None:
    with pytest.raises(SessionOver):
        await sessions.refresh(session, refresh_token=token, now=REAL)


async def test_logging_out_ends_the_session_and_may_be_done_twice(session: AsyncSession) -> None:
    logged_in = done(await login_new(session))
    for _ in range(2):
        await sessions.logout(session, session_id=logged_in.session_id, now=REAL)
    outcome = await sessions.refresh(session, refresh_token=logged_in.refresh_token.reveal(), now=REAL)

    assert isinstance(outcome, Refused)


async def test_a_new_password_takes_a_code_and_ends_every_session(session: AsyncSession) -> None:
    logged_in = await registered(session, password=PASSWORD)
    for _ in range(5):
        await login(session, password="forgotten, sorry")
    code = await code_for(session, CodePurpose.RESET_PASSWORD)
    done(await sessions.reset_password(session, phone=PHONE, code=code, password="another password", at=NOW, now=REAL))

    assert isinstance(await login(session, password=PASSWORD), Refused)
    assert done(await login(session, password="another password"))
    await session.refresh(await session.get_one(BorrowerSession, logged_in.session_id))
    assert not await queries.session_stands(session, logged_in.session_id, now=REAL)


async def test_a_wrong_code_changes_no_password(session: AsyncSession) -> None:
    await registered(session, password=PASSWORD)
    outcome = await sessions.reset_password(
        session, phone=PHONE, code="123456", password="another password", at=NOW, now=REAL
    )

    assert isinstance(outcome, Refused)
    assert done(await login(session, password=PASSWORD))


async def test_records_come_newest_first_by_the_page(session: AsyncSession) -> None:
    person = (await registered(session, password=PASSWORD)).actor.id
    assert person
    for n in range(1, 5):
        await login(session, at=NOW + timedelta(hours=n), password=PASSWORD)
    listed = queries.login_records(borrower_id=person)
    first = await rows_in(session, listed, BY_LOGIN, Window(limit=3))
    rest = await rows_in(session, listed, BY_LOGIN, Window(limit=3, cursor=BY_LOGIN.key(first[-1])))

    assert [record.at for record in (*first, *rest)] == [NOW + timedelta(hours=n) for n in (4, 3, 2, 1, 0)]
    assert await total(session, listed) == 5
