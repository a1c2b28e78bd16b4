"""A channel's settings: one person asks for others, a second decides, and from then on they are in force everywhere.

They are sealed whole by the master key. Nothing that is said of them, in changes, in the audit, on screens, has a secret.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.errors import (
    ChannelSettingsChangedMeanwhile,
    ChannelSettingsMissing,
    ChannelSettingsUnchanged,
    ChannelSettingsUnreadable,
)
from domain.payments.models import ChannelDraft, ChannelSetting
from domain.payments.queries import settings as queries
from domain.payments.rules.settings import LONGEST, Settings, Stored, merged, shown, written
from domain.shared import audit
from domain.shared.actors import Actor, ActorKind
from domain.shared.crypto import Keyring, keyring_of
from domain.staff.models import ChangeRequest
from domain.staff.services import changes

KIND = "payments.channel"
NOTIFY = "suidai_channels"
"""Where PostgreSQL tells every process that settings are new."""
_CHANNELS = UUID("6f4b7a52-2c0e-5d3e-9a51-0c6f5b8d7e21")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a channel's settings would be: None, the environment's. `former` is what they would replace."""

    channel: str
    enabled: bool
    settings: Settings | None = field(repr=False)
    former: Stored
    environment: Settings | None = field(repr=False)
    secrets: frozenset[str]


def subject_of(channel: str) -> UUID:
    """What a change of this channel's settings is about: the same for all of them."""
    return uuid5(_CHANNELS, channel)


async def stored(session: AsyncSession, channel: str) -> Stored:
    """The newest version of a channel's settings; version 0, without any, where nobody ever entered one."""
    row = await queries.newest_setting(session, channel)
    return opened(session, row) if row else Stored(channel, 0, True, None)


async def propose(
    session: AsyncSession,
    *,
    channel: str,
    given: object,
    enabled: bool,
    use_environment: bool,
    environment: Settings | None,
    secrets: frozenset[str],
) -> Proposal:
    """Put together what was asked for: without settings those in force stay, and a secret that is left out stays too.

    Raises ChannelSettingsUnreadable, ChannelSettingsMissing.
    """
    former = await stored(session, channel)
    settings: Settings | None = None
    if given is not None:
        if written(given) is None or use_environment:
            raise ChannelSettingsUnreadable(most=LONGEST)
        before = former.settings if former.settings is not None else environment or {}
        settings = merged(before, given, secrets)  # pyright: ignore[reportArgumentType] - a mapping, or it was not written
    elif not use_environment:
        settings = former.settings
    if settings is None and environment is None:
        raise ChannelSettingsMissing(channel=channel)
    return Proposal(channel, enabled, settings, former, environment, secrets)


async def ask(session: AsyncSession, proposal: Proposal, *, reason: str, by: Actor, at: datetime) -> ChangeRequest:
    """Ask for these settings; they hold once somebody else has approved them.

    Raises ChannelSettingsChangedMeanwhile, ChannelSettingsUnchanged, ReasonMissing, ChangePending.
    """
    channel, former = proposal.channel, proposal.former
    if (await stored(session, channel)).version != former.version:
        raise ChannelSettingsChangedMeanwhile(channel=channel)
    if (proposal.enabled, proposal.settings) == (former.enabled, former.settings):
        raise ChannelSettingsUnchanged(channel=channel)
    keyring = keyring_of(session)
    draft = ChannelDraft(
        channel=channel,
        former_version=former.version,
        enabled=proposal.enabled,
        sealed=_sealed(keyring, channel, proposal.settings),
        at=at,
    )
    session.add(draft)
    await session.flush()
    change = await changes.ask(
        session,
        kind=KIND,
        subject_id=subject_of(channel),
        before=_facts(keyring, proposal, former.enabled, former.settings) | {"version": former.version},
        after=_facts(keyring, proposal, proposal.enabled, proposal.settings)
        | {"version": former.version + 1, "draft": str(draft.id)},
        reason=reason,
        by=by,
        at=at,
    )
    _note(session, "channel.settings_asked", draft, by, at, version=former.version + 1, **_named(proposal))
    return change


async def apply_change(session: AsyncSession, change: ChangeRequest, at: datetime) -> None:
    """Let approved settings be in force, and every process hear of it. Raises ChannelSettingsChangedMeanwhile."""
    draft = await session.get_one(ChannelDraft, UUID(change.after["draft"]))
    if (await stored(session, draft.channel)).version != draft.former_version:
        raise ChannelSettingsChangedMeanwhile(channel=draft.channel)
    by = Actor(ActorKind.STAFF, change.decided_by)
    if change.decided_by is None:
        raise LookupError("a change that nobody decided is not applied")
    keyring = keyring_of(session)
    text = _text(keyring, draft.channel, draft.sealed)
    row = ChannelSetting(
        channel=draft.channel,
        version=draft.former_version + 1,
        enabled=draft.enabled,
        sealed=draft.sealed,
        mark=None if text is None else keyring.index("channel_settings", f"{draft.channel}\x00{text}"),
        reason=change.reason,
        change_id=change.id,
        asked_by=change.asked_by,
        decided_by=change.decided_by,
        at=at,
    )
    session.add(row)
    await session.flush()
    _note(session, "channel.settings_in_force", row, by, at, version=row.version, enabled=row.enabled)
    await session.execute(select(func.pg_notify(NOTIFY, draft.channel)))


def opened(session: AsyncSession, row: ChannelSetting) -> Stored:
    """A version as it may be gone by: never to be shown."""
    text = _text(keyring_of(session), row.channel, row.sealed)
    return Stored(row.channel, row.version, row.enabled, None if text is None else json.loads(text))


def fingerprint(keyring: Keyring, text: str) -> str:
    """Eight letters by which equal secrets are seen to be equal, by nobody without the master key."""
    return keyring.index("channel_secret", text).hex()[:8]


def _sealed(keyring: Keyring, channel: str, settings: Settings | None) -> bytes | None:
    text = None if settings is None else written(settings)
    return None if text is None else keyring.system.seal(_field(channel), text)


def _text(keyring: Keyring, channel: str, sealed: bytes | None) -> str | None:
    return None if sealed is None else keyring.system.open(_field(channel), sealed)


def _field(channel: str) -> str:
    # Bound in: settings moved to another channel do not open.
    return f"channel_settings.{channel}"


def _facts(keyring: Keyring, proposal: Proposal, enabled: bool, settings: Settings | None) -> dict[str, Any]:
    from_environment = settings is None
    plain = (proposal.environment or {}) if settings is None else settings
    return {
        "channel": proposal.channel,
        "enabled": enabled,
        "origin": "ENVIRONMENT" if from_environment else "DATABASE",
        "settings": {
            name: shown(name, plain[name], proposal.secrets, lambda text: fingerprint(keyring, text))
            for name in sorted(plain)
        },
    }


def _named(proposal: Proposal) -> Mapping[str, Any]:
    """Which settings change, by their names."""
    before = proposal.former.settings if proposal.former.settings is not None else proposal.environment or {}
    after = proposal.settings if proposal.settings is not None else proposal.environment or {}
    changed: Collection[str] = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    return {"enabled": proposal.enabled, "changed": sorted(changed)}


def _note(
    session: AsyncSession, action: str, row: ChannelDraft | ChannelSetting, by: Actor, at: datetime, **details: Any
) -> None:
    audit.record(session, actor=by, action=action, subject=("channel", row.id), at=at, channel=row.channel, **details)
