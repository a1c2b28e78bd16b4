"""A channel's settings are sealed, shown without secrets, changed by two people, and never rewritten."""

import json
from hashlib import sha256
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.errors import (
    ChannelSettingsChangedMeanwhile,
    ChannelSettingsMissing,
    ChannelSettingsUnchanged,
    ChannelSettingsUnreadable,
)
from domain.payments.models import ChannelDraft, ChannelSetting
from domain.payments.queries.settings import newest_setting
from domain.payments.rules.settings import merged, shown
from domain.payments.services import settings
from domain.shared.actors import Actor
from domain.shared.audit import AuditRecord
from domain.staff.errors import ChangePending, OwnChange
from domain.staff.models import ChangeRequest
from domain.staff.services import changes
from tests.domain.credit.builders import NOW, member_of_staff

ENVIRONMENT = {"app_id": "2021", "key": "the key of the environment"}
SECRETS = frozenset({"key"})
KEY = "a-new-and-very-secret-key"


@pytest.fixture
async def asker(session: AsyncSession) -> Actor:
    return await member_of_staff(session, "asker", "ADMIN")


async def ask(
    session: AsyncSession, by: Actor, given: Any, *, environment: Any = ENVIRONMENT, **more: Any
) -> ChangeRequest:
    facts: dict[str, Any] = {"channel": "cash", "enabled": True, "use_environment": False, "secrets": SECRETS} | more
    proposal = await settings.propose(session, given=given, environment=environment, **facts)
    return await settings.ask(session, proposal, reason="new keys", by=by, at=NOW)


async def decide(session: AsyncSession, change: ChangeRequest, *, approve: bool = True) -> None:
    by = await member_of_staff(session, f"checker {change.id}", "ADMIN")
    await changes.decide(
        session, change_id=change.id, approve=approve, reason="seen", by=by, at=NOW, apply=settings.apply_change
    )


async def test_settings_are_in_force_once_a_second_person_has_approved_them(
    session: AsyncSession, asker: Actor
) -> None:
    change = await ask(session, asker, {"app_id": "2022", "key": KEY})
    assert (await settings.stored(session, "cash")).version == 0
    with pytest.raises(OwnChange):
        await changes.decide(
            session,
            change_id=change.id,
            approve=True,
            reason="mine",
            by=asker,
            at=NOW,
            apply=settings.apply_change,
        )

    await decide(session, change)

    found = await settings.stored(session, "cash")
    assert (found.version, found.enabled, found.settings) == (1, True, {"app_id": "2022", "key": KEY})
    row = await newest_setting(session, "cash")
    assert row is not None
    assert (row.reason, row.asked_by, row.change_id) == ("new keys", asker.id, change.id)


async def test_what_was_refused_is_never_in_force(session: AsyncSession, asker: Actor) -> None:
    await decide(session, await ask(session, asker, {"key": KEY}), approve=False)

    assert (await settings.stored(session, "cash")).version == 0


async def test_a_secret_is_nowhere_in_the_clear(session: AsyncSession, asker: Actor) -> None:
    await decide(session, await ask(session, asker, {"app_id": "2022", "key": KEY}))

    tables = ("change_requests", "channel_drafts", "channel_settings", "audit_records")
    for table in tables:
        rows = [str(row) for row in await session.execute(text(f"SELECT t::text FROM {table} t"))]
        assert rows
        assert not any(KEY in row or KEY.encode().hex() in row for row in rows), table
    change = (await session.scalars(select(ChangeRequest))).one()
    assert change.after["settings"]["app_id"] == "2022"
    assert change.after["settings"]["key"].startswith("**** (fingerprint ")
    assert change.before["settings"]["key"] != change.after["settings"]["key"]


async def test_the_audit_says_who_changed_which_settings(session: AsyncSession, asker: Actor) -> None:
    await decide(session, await ask(session, asker, {"app_id": "2022", "key": KEY}))

    rows = {row.action: row for row in await session.scalars(select(AuditRecord))}
    asked, in_force = rows["channel.settings_asked"], rows["channel.settings_in_force"]
    assert asked.actor_id == asker.id
    assert asked.details == {"channel": "cash", "version": 1, "enabled": True, "changed": ["app_id", "key"]}
    assert in_force.details == {"channel": "cash", "version": 1, "enabled": True}
    assert in_force.actor_id != asker.id


async def test_a_secret_that_is_left_out_stays_and_all_else_goes(session: AsyncSession, asker: Actor) -> None:
    await decide(session, await ask(session, asker, {"app_id": "2022", "test_mode": True}))
    assert (await settings.stored(session, "cash")).settings == {
        "app_id": "2022",
        "test_mode": True,
        "key": ENVIRONMENT["key"],
    }

    await decide(session, await ask(session, asker, {"app_id": "2023", "key": None, "other": "x"}))
    assert (await settings.stored(session, "cash")).settings == {"app_id": "2023", "other": "x"}


async def test_switching_off_copies_no_secret_and_going_back_brings_the_environments(
    session: AsyncSession, asker: Actor
) -> None:
    await decide(session, await ask(session, asker, None, enabled=False))
    off = await settings.stored(session, "cash")
    assert (off.version, off.enabled, off.settings) == (1, False, None)

    await decide(session, await ask(session, asker, {"key": KEY}))
    await decide(session, await ask(session, asker, None, enabled=False))
    kept = await settings.stored(session, "cash")
    assert (kept.enabled, kept.settings) == (False, {"key": KEY})

    await decide(session, await ask(session, asker, None, use_environment=True))
    back = await settings.stored(session, "cash")
    assert (back.version, back.enabled, back.settings) == (4, True, None)


@pytest.mark.parametrize(
    "given",
    ["text", ["a", "list"], 7, {"app_id": "\x00"}, {"app_id": "\ud800"}, {"app_id": "x" * 100_000}, {1: float("nan")}],
    ids=["text", "list", "number", "NUL", "half a pair", "too long", "no number"],
)
async def test_what_cannot_be_kept_is_refused(session: AsyncSession, asker: Actor, given: Any) -> None:
    with pytest.raises(ChannelSettingsUnreadable):
        await ask(session, asker, given)


async def test_what_says_nothing_new_is_refused(session: AsyncSession, asker: Actor) -> None:
    with pytest.raises(ChannelSettingsUnchanged):
        await ask(session, asker, None)
    await decide(session, await ask(session, asker, {"key": KEY}))
    with pytest.raises(ChannelSettingsUnchanged):
        await ask(session, asker, {})


async def test_a_channel_nobody_set_up_needs_settings(session: AsyncSession, asker: Actor) -> None:
    for more in ({}, {"enabled": False}, {"use_environment": True}):
        with pytest.raises(ChannelSettingsMissing):
            await ask(session, asker, None, environment=None, **more)


async def test_one_change_waits_at_a_time_and_another_channel_does_not_wait_for_it(
    session: AsyncSession, asker: Actor
) -> None:
    await ask(session, asker, {"key": KEY})
    with pytest.raises(ChangePending):
        await ask(session, asker, {"key": "another"})
    await ask(session, asker, {"key": KEY}, channel="cheque")


async def test_what_was_put_together_on_older_settings_is_refused(session: AsyncSession, asker: Actor) -> None:
    proposal = await settings.propose(
        session,
        channel="cash",
        given={"app_id": "1"},
        enabled=True,
        use_environment=False,
        environment=ENVIRONMENT,
        secrets=SECRETS,
    )
    await decide(session, await ask(session, asker, {"key": KEY}))

    with pytest.raises(ChannelSettingsChangedMeanwhile):
        await settings.ask(session, proposal, reason="late", by=asker, at=NOW)


@pytest.mark.parametrize("model", [ChannelSetting, ChannelDraft])
@pytest.mark.parametrize("act", ["UPDATE {} SET channel = 'x'", "DELETE FROM {}"])
async def test_versions_are_never_rewritten(session: AsyncSession, asker: Actor, model: Any, act: str) -> None:
    await decide(session, await ask(session, asker, {"key": KEY}))

    with pytest.raises(DBAPIError, match="append only"):
        await session.execute(text(act.format(model.__tablename__)))


async def test_settings_moved_to_another_channel_do_not_open(session: AsyncSession, asker: Actor) -> None:
    await decide(session, await ask(session, asker, {"key": KEY}))
    row = await newest_setting(session, "cash")
    assert row is not None
    moved = ChannelSetting(channel="cheque", version=1, enabled=True, sealed=row.sealed)

    with pytest.raises(InvalidTag):
        settings.opened(session, moved)


def test_null_takes_a_setting_away_and_a_secret_not_named_stays() -> None:
    former = {"key": "k", "other": "o", "plain": 1}

    assert merged(former, {"plain": 2}, {"key", "other"}) == {"key": "k", "other": "o", "plain": 2}
    assert merged(former, {"key": None, "plain": None}, {"key", "other"}) == {"other": "o"}


def test_what_is_long_is_shown_by_its_hash() -> None:
    assert shown("cert", "c" * 81, (), str) == ("81 characters, sha256 " + sha256(b"c" * 81).hexdigest())
    assert shown("till", 3, (), str) == "3"
    assert json.loads(shown("certs", {"a": "b"}, (), str)) == {"a": "b"}
