"""A channel's settings over GraphQL: seen without secrets, and changed by two people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.payments import models
from domain.payments.errors import ChannelSettingsRefused, ChannelUnknown
from domain.payments.queries import settings as queries
from domain.payments.rules.settings import shown, written
from domain.payments.services import settings
from domain.payments.services.settings import Proposal, fingerprint
from domain.shared.actors import Role
from domain.shared.crypto import Keyring, keyring_of
from domain.shared.paging import Window
from domain.staff import queries as staff_queries
from graph.access import mutation, staff
from graph.connections import Connection, paged
from graph.context import Context, House, Info
from graph.enums import described
from graph.paging import list_of
from graph.problems import Problem
from graph.staff.types import ChangeRequest, StaffMember
from plugins.configuring import Origin, names_of, schema_of, secrets_of
from plugins.registry import ChannelListing

SettingsOrigin = Origin
described(
    SettingsOrigin,
    "Where a channel's settings come from.",
    {
        "ENVIRONMENT": "The environment the processes were started with: SUIDAI_CHANNELS.",
        "DATABASE": "An ADMIN entered them, and another approved them: configureChannel.",
    },
    name="SettingsOrigin",
)


@strawberry.type(description="One setting of a channel.")
class ChannelSetting:
    name: str = strawberry.field(description="Its name.")
    is_set: bool = strawberry.field(description="Whether it has a value.")
    secret: bool = strawberry.field(description="Whether it is secret: left out of configureChannel, it stays.")
    shown: str | None = strawberry.field(
        description="Its value; of a secret a fingerprint by which equal ones are seen, of what is long a hash."
    )


@strawberry.type(description="A version of a channel's settings that was approved.")
class ChannelSettingVersion:
    asked_by_key: strawberry.Private[UUID]
    decided_by_key: strawberry.Private[UUID]
    version: int = strawberry.field(description="Its number, from 1 on.")
    enabled: bool = strawberry.field(description="Whether the channel is switched on by it.")
    origin: SettingsOrigin = strawberry.field(description="Whether it has settings, or goes by the environment's.")
    reason: str = strawberry.field(description="Why it was asked for.")
    at: datetime = strawberry.field(description="When it was approved, and in force.")

    @classmethod
    def of(cls, row: models.ChannelSetting) -> "ChannelSettingVersion":
        return cls(
            asked_by_key=row.asked_by,
            decided_by_key=row.decided_by,
            version=row.version,
            enabled=row.enabled,
            origin=Origin.ENVIRONMENT if row.sealed is None else Origin.DATABASE,
            reason=row.reason,
            at=row.at,
        )

    @strawberry.field(description="Who asked for it.")
    async def asked_by(self, info: Info) -> StaffMember | None:
        return await StaffMember.load(info.context, self.asked_by_key)

    @strawberry.field(description="Who approved it.")
    async def decided_by(self, info: Info) -> StaffMember | None:
        return await StaffMember.load(info.context, self.decided_by_key)


@strawberry.type(description="How a channel is set up in the process that answers, without secrets.")
class ChannelConfiguration:
    code: strawberry.Private[str]
    origin: SettingsOrigin | None = strawberry.field(description="Where the settings in force come from.")
    version: int = strawberry.field(description="Which version of configureChannel is in force; 0 before the first.")
    settings: list[ChannelSetting] = strawberry.field(description="Every setting there is, and those that are set.")
    config_schema: JSON = strawberry.field(description="The JSON schema of a form; secrets are writeOnly.")

    @classmethod
    def of(cls, listing: ChannelListing, keyring: Keyring) -> "ChannelConfiguration":
        given, model = listing.given, listing.spec.config_model if listing.spec else dict
        values = given.for_the_model if given else {}
        secrets = secrets_of(model, values)
        return cls(
            code=listing.code,
            origin=given.origin if given else None,
            version=given.version if given else 0,
            settings=[
                ChannelSetting(
                    name=name,
                    is_set=name in values,
                    secret=name in secrets,
                    shown=shown(name, values[name], secrets, lambda text: fingerprint(keyring, text))
                    if name in values
                    else None,
                )
                for name in sorted((names_of(model) or frozenset()) | set(values))
            ],
            config_schema=JSON(schema_of(model)),
        )

    @list_of("Every version that was approved, the newest first.")
    async def history(self, info: Info, window: Window) -> Connection[ChannelSettingVersion]:
        listed = queries.versions_listed(self.code)
        return await paged(info.context, window, listed, queries.BY_APPROVAL, ChannelSettingVersion.of)


async def configuration(context: Context, listing: ChannelListing) -> ChannelConfiguration:
    async with context.reading() as (session, _):
        return ChannelConfiguration.of(listing, keyring_of(session))


@strawberry.input(description="How a channel is to be set up.")
class ConfigureChannelInput:
    code: str = strawberry.field(description="The channel's code, as paymentChannels lists it.")
    settings: JSON | None = strawberry.field(
        default=None,
        description="All of its settings, as configSchema describes them. A secret that is left out stays; null takes a "
        "setting away. Without any, those in force stay: to switch the channel on or off.",
    )
    enabled: bool = strawberry.field(description="Whether the channel is switched on.")
    use_environment: bool = strawberry.field(
        default=False, description="Go back to the settings of the environment; give no others then."
    )
    reason: str = strawberry.field(description="Why, in 2 to 500 characters.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


ConfigureChannelResult = Annotated[
    ChangeRequest | Problem,
    strawberry.union("ConfigureChannelResult", description="The change that waits for a second person, or why not."),
]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked, with nothing of the settings but a mark: what is kept of a request is read by others."""

    code: str
    settings: str
    enabled: bool
    use_environment: bool
    reason: str
    idempotency_key: str


@strawberry.type
class ChannelSettingsMutation:
    @mutation(
        staff(Role.ADMIN),
        "Ask for other settings of a channel, or have it switched on or off. Its plugin judges them first; they are in "
        "force in every process within seconds once another than who asked has approved them by decideChange.",
    )
    async def configure_channel(self, info: Info, input: ConfigureChannelInput) -> ConfigureChannelResult:
        house = info.context.house
        proposal, asked = await _proposed(info.context, input)
        if input.settings is not None:
            await _must_be_taken(house, proposal)
        async with info.context.once("configureChannel", asked) as (session, at, claim):
            if claim.outcome_id is None:
                change = await settings.ask(session, proposal, reason=input.reason, by=info.context.actor, at=at)
                claim.settle("ChangeRequest", change.id)
            return ChangeRequest.of(await staff_queries.change(session, claim.done))


async def _proposed(context: Context, input: ConfigureChannelInput) -> tuple[Proposal, _Asked]:
    registry = context.house.registry
    offered = {listing.code: listing.spec for listing in registry.channels() if listing.spec is not None}
    spec = offered.get(input.code)
    if spec is None:
        raise ChannelUnknown(channel=input.code[:40], known=", ".join(offered))
    environment = registry.environments(input.code)
    plain = environment.for_the_model if environment else None
    async with context.reading() as (session, _):
        former = await settings.stored(session, input.code)
        named = {*(plain or {}), *(former.settings or {}), *_names(input.settings)}
        proposal = await settings.propose(
            session,
            channel=input.code,
            given=input.settings,
            enabled=input.enabled,
            use_environment=input.use_environment,
            environment=plain,
            secrets=secrets_of(spec.config_model, named),
        )
        mark = fingerprint(keyring_of(session), written(input.settings) or "")
    asked = _Asked(input.code, mark, input.enabled, input.use_environment, input.reason, input.idempotency_key)
    return proposal, asked


def _names(given: object) -> list[str]:
    return [str(name) for name in given] if isinstance(given, dict) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON


async def _must_be_taken(house: House, proposal: Proposal) -> None:
    """Raises ChannelSettingsRefused, with a field for each setting and no value in any sentence."""
    wrong = await house.registry.judge(proposal.channel, proposal.settings or {})
    if wrong:
        raise ChannelSettingsRefused(
            channel=proposal.channel,
            why="; ".join(each.why.rstrip(".") for each in wrong),
            fields=tuple(dict.fromkeys(f"settings.{each.setting}" if each.setting else "settings" for each in wrong)),
        )
