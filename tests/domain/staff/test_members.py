"""Members of staff: made once, let in by password, locked after five failures, out when disabled."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.actors import SYSTEM, ActorKind, Role
from domain.shared.audit import AuditRecord
from domain.shared.logins import LoggedIn, LoginLocked
from domain.shared.outcome import Refused, done
from domain.shared.passwords import PasswordTooWeak
from domain.shared.tokens import SessionOver
from domain.staff import queries
from domain.staff.errors import BadUsername, RoleMissing, StaffCredentialWrong, StaffDisabled, UsernameTaken
from domain.staff.models import StaffMember
from domain.staff.services import members

NOW = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
PASSWORD = "a password of staff"


async def made(session: AsyncSession, username: str = "reviewer", *roles: Role) -> StaffMember:
    return await members.create(
        session,
        username=username,
        name="审核员",
        password=PASSWORD,
        roles=roles or (Role.REVIEWER,),
        by=SYSTEM,
        at=NOW,
    )


async def login(
    session: AsyncSession, password: str = PASSWORD, username: str = "reviewer", at: datetime = NOW
) -> LoggedIn | Refused:
    return await members.login(session, username=username, password=password, at=at, now=NOW)


async def test_a_member_logs_in_with_the_roles_he_holds(session: AsyncSession) -> None:
    row = await made(session, "Reviewer ", Role.REVIEWER, Role.FINANCE, Role.REVIEWER)
    logged_in = done(await login(session, username=" REVIEWER"))

    assert row.roles == ["FINANCE", "REVIEWER"]
    assert (logged_in.actor.kind, logged_in.actor.id) == (ActorKind.STAFF, row.id)
    assert logged_in.actor.has(Role.FINANCE)
    assert not logged_in.actor.has(Role.ADMIN)


@pytest.mark.parametrize("username", ["", "ab", "1st", "a b", "审核员", "x" * 41])
async def test_what_is_no_user_name_is_refused(session: AsyncSession, username: str) -> None:
    with pytest.raises(BadUsername):
        await made(session, username)


async def test_a_user_name_is_taken_once_whatever_its_case(session: AsyncSession) -> None:
    await made(session)
    with pytest.raises(UsernameTaken):
        await made(session, "REVIEWER")


async def test_nobody_is_made_without_a_role_or_a_password(session: AsyncSession) -> None:
    told = {"username": "somebody", "name": "x", "by": SYSTEM, "at": NOW}
    with pytest.raises(RoleMissing):
        await members.create(session, password=PASSWORD, roles=(), **told)
    with pytest.raises(PasswordTooWeak):
        await members.create(session, password="123", roles=(Role.ADMIN,), **told)


async def test_a_wrong_password_and_an_unknown_name_are_told_alike_and_locked_alike(session: AsyncSession) -> None:
    await made(session)
    known = [await login(session, "wrong wrong") for _ in range(6)]
    unknown = [await login(session, "wrong wrong", "nobody") for _ in range(6)]

    told = [[outcome.refusal for outcome in tries if isinstance(outcome, Refused)] for tries in (known, unknown)]
    assert [str(refusal) for refusal in told[0]] == [str(refusal) for refusal in told[1]]
    assert [type(refusal) for refusal in told[0]] == [StaffCredentialWrong] * 5 + [LoginLocked]
    assert isinstance(await login(session), Refused)
    assert done(await login(session, at=NOW + timedelta(minutes=15)))


async def test_log_ins_and_failures_are_written_down(session: AsyncSession) -> None:
    row = await made(session)
    await login(session, "wrong wrong")
    await login(session)
    actions = await session.scalars(
        select(AuditRecord.action).where(AuditRecord.subject_id == row.id).order_by(AuditRecord.id)
    )

    assert actions.all() == ["staff.created", "staff.login_failed", "staff.logged_in"]


async def test_a_disabled_member_is_out_at_once(session: AsyncSession) -> None:
    row = await made(session)
    logged_in = done(await login(session))
    await members.disable(session, staff_id=row.id, by=SYSTEM, at=NOW, now=NOW)
    session.expire_all()
    outcomes = (
        await login(session),
        await members.refresh(session, refresh_token=logged_in.refresh_token.reveal(), now=NOW),
    )

    for outcome in outcomes:
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.refusal, StaffDisabled)
    assert not await queries.session_stands(session, logged_in.session_id, now=NOW)


async def test_a_refresh_token_is_good_once(session: AsyncSession) -> None:
    await made(session)
    first = done(await login(session))
    second = done(await members.refresh(session, refresh_token=first.refresh_token.reveal(), now=NOW))
    again = await members.refresh(session, refresh_token=first.refresh_token.reveal(), now=NOW)
    after = await members.refresh(session, refresh_token=second.refresh_token.reveal(), now=NOW)

    for outcome in (again, after):
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.refusal, SessionOver)


async def test_logging_out_ends_the_session(session: AsyncSession) -> None:
    await made(session)
    logged_in = done(await login(session))
    await members.logout(session, session_id=logged_in.session_id, now=NOW)

    assert not await queries.session_stands(session, logged_in.session_id, now=NOW)
    assert isinstance(await members.refresh(session, refresh_token=logged_in.refresh_token.reveal(), now=NOW), Refused)


async def test_seeded_staff_can_be_found_before_production_starts(session: AsyncSession) -> None:
    row = await made(session)
    assert not await queries.any_seeded(session)
    row.seeded = True

    assert await queries.any_seeded(session)
