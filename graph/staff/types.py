"""Members of staff, their sessions, and changes that take two people."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.shared import actors
from domain.shared.logins import LoggedIn
from domain.shared.money import yuan
from domain.staff import models, queries
from graph.access import any_staff, check, staff
from graph.context import Context, Info
from graph.enums import described
from graph.ids import global_id
from graph.loaders import loader
from graph.node import Node, Nodes
from graph.staff.changes import KINDS

Role = actors.Role
described(
    Role,
    "What a member of staff may do; no role includes another.",
    {
        "REVIEWER": "Reviews credit applications and loans.",
        "COLLECTOR": "Works on overdue loans.",
        "CASHIER": "Takes repayments made outside every channel, pays back what is too much.",
        "FINANCE": "Keeps the books, reconciles, writes off.",
        "ADMIN": "Sets up products, channels, policy and staff.",
    },
)
StaffStatus = models.StaffStatus
described(
    StaffStatus,
    "Whether somebody still works here.",
    {"ACTIVE": "May log in.", "DISABLED": "May not log in any more."},
)
ChangeState = models.ChangeState
described(
    ChangeState,
    "Where a change stands.",
    {"ASKED": "Waits for a second person.", "APPROVED": "Approved, and true since.", "REFUSED": "Refused."},
)

DECIDERS = (actors.Role.REVIEWER, actors.Role.ADMIN)
"""Who may see and decide changes; who asked for one is refused by the business."""


@strawberry.type(description="Somebody who works here.")
class StaffMember(Node):
    id: strawberry.ID = strawberry.field(description="The id.")
    username: str = strawberry.field(description="The name to log in with.")
    name: str = strawberry.field(description="The name people know.")
    roles: list[Role] = strawberry.field(description="What the person may do.")
    status: StaffStatus = strawberry.field(description="Whether the person still works here.")
    created_at: datetime = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, row: models.StaffMember) -> "StaffMember":
        return cls(
            id=global_id("StaffMember", row.id),
            username=row.username,
            name=row.name,
            roles=[actors.Role(role) for role in row.roles],
            status=row.status,
            created_at=row.created_at,
        )

    @classmethod
    async def load(cls, context: Context, key: UUID) -> "StaffMember | None":
        row = await loader(context, queries.known).load(key)
        return cls.of(row) if row else None


@strawberry.type(description="A log-in of a member of staff. Both tokens are secrets.")
class StaffSession:
    key: strawberry.Private[UUID]
    access_token: str = strawberry.field(description="Goes into the header `Authorization: Bearer <access token>`.")
    expires_at: datetime = strawberry.field(description="Until when the access token counts, in real time.")
    refresh_token: str = strawberry.field(description="For `refreshStaffSession`; good for one use.")
    refresh_expires_at: datetime = strawberry.field(
        description="Until when the session can be refreshed, in real time."
    )

    @classmethod
    def of(cls, context: Context, logged_in: LoggedIn) -> "StaffSession":
        access = context.house.tokens.issue(logged_in.actor, logged_in.session_id, now=context.real_now())
        return cls(
            key=logged_in.person_id,
            access_token=access.text,
            expires_at=access.expires_at,
            refresh_token=logged_in.refresh_token.reveal(),
            refresh_expires_at=logged_in.refresh_expires_at,
        )

    @strawberry.field(description="Who logged in.")
    async def member(self, info: Info) -> StaffMember:
        return StaffMember.of(await loader(info.context, queries.known).load(self.key))


@strawberry.type(description="That a log-in was ended.")
class LoggedOut:
    at: datetime = strawberry.field(
        description="When, in real time. An access token already issued runs out by itself."
    )


@strawberry.type(description="One thing a change is about, before and after it.")
class ChangedValue:
    name: str = strawberry.field(description='What it is, such as "limit". Amounts are in yuan.')
    before: str | None = strawberry.field(description="As it was when the change was asked for.")
    after: str | None = strawberry.field(description="As it is to be.")


@strawberry.type(description="A change that one person asks for and another decides.")
class ChangeRequest(Node):
    asked_by_key: strawberry.Private[UUID]
    decided_by_key: strawberry.Private[UUID | None]
    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: str = strawberry.field(description='What kind of change, such as "credit.line".')
    subject_id: strawberry.ID = strawberry.field(description="Id of what is to change.")
    values: list[ChangedValue] = strawberry.field(description="What is to change, from what to what.")
    reason: str = strawberry.field(description="Why it was asked for.")
    state: ChangeState = strawberry.field(description="Where it stands.")
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    decision_reason: str | None = strawberry.field(description="Why it was decided so.")

    @classmethod
    def of(cls, row: models.ChangeRequest) -> "ChangeRequest":
        return cls(
            asked_by_key=row.asked_by,
            decided_by_key=row.decided_by,
            id=global_id("ChangeRequest", row.id),
            kind=row.kind,
            subject_id=global_id(KINDS[row.kind].subject, row.subject_id),
            values=_values(row.before, row.after),
            reason=row.reason,
            state=row.state,
            asked_at=row.asked_at,
            decided_at=row.decided_at,
            decision_reason=row.decision_reason,
        )

    @strawberry.field(description="Who asked for it.")
    async def asked_by(self, info: Info) -> StaffMember:
        return StaffMember.of(await loader(info.context, queries.known).load(self.asked_by_key))

    @strawberry.field(description="Who decided it; never the person who asked.")
    async def decided_by(self, info: Info) -> StaffMember | None:
        return await StaffMember.load(info.context, self.decided_by_key) if self.decided_by_key else None


def _values(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ChangedValue]:
    return [
        ChangedValue(name=name.removesuffix("_fen"), before=_text(name, before), after=_text(name, after))
        for name in sorted(before.keys() | after.keys())
    ]


def _text(name: str, values: Mapping[str, Any]) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if name.endswith("_fen"):
        return yuan(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


async def _member(context: Context, key: UUID) -> StaffMember | None:
    check(context, any_staff)
    return await StaffMember.load(context, key)


async def _change(context: Context, key: UUID) -> ChangeRequest:
    check(context, staff(*DECIDERS))
    async with context.reading() as (session, _):
        return ChangeRequest.of(await queries.change(session, key))


NODES: Nodes = {"StaffMember": _member, "ChangeRequest": _change}
