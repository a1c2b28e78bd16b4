"""Members of staff log in and out, and decide what another asked for."""

from typing import Annotated

import strawberry

from domain.shared.outcome import done
from domain.staff.services import changes, members
from graph.access import any_staff, anyone, mutation, staff
from graph.context import Info
from graph.ids import read_id
from graph.limits import LOGINS_PER_ADDRESS
from graph.problems import Problem
from graph.staff.changes import apply
from graph.staff.types import DECIDERS, ChangeRequest, LoggedOut, StaffSession


@strawberry.input(description="Who logs in.")
class StaffLoginInput:
    username: str = strawberry.field(description="The user name; capitals make no difference.")
    password: str = strawberry.field(description="The password. The fifth wrong one locks the name for 15 minutes.")


@strawberry.input(description="Which session to go on with.")
class RefreshStaffSessionInput:
    refresh_token: str = strawberry.field(description="The token given last; using an older one ends the session.")


@strawberry.input(description="A decision on a change somebody else asked for.")
class DecideChangeInput:
    change_id: strawberry.ID = strawberry.field(description="The change.")
    approve: bool = strawberry.field(description="True makes it true at once; false refuses it.")
    reason: str = strawberry.field(description="Why, in 2 to 500 characters.")


StaffLoginResult = Annotated[
    StaffSession | Problem, strawberry.union("StaffLoginResult", description="The session, or why not.")
]
RefreshStaffSessionResult = Annotated[
    StaffSession | Problem, strawberry.union("RefreshStaffSessionResult", description="The session, or why not.")
]
StaffLogoutResult = Annotated[
    LoggedOut | Problem, strawberry.union("StaffLogoutResult", description="When it ended, or why not.")
]
DecideChangeResult = Annotated[
    ChangeRequest | Problem, strawberry.union("DecideChangeResult", description="The change as decided, or why not.")
]


@strawberry.type
class StaffMutation:
    @mutation(anyone, "Log in as a member of staff.")
    async def staff_login(self, info: Info, input: StaffLoginInput) -> StaffLoginResult:
        await info.context.house.limits.count(LOGINS_PER_ADDRESS, "logins", info.context.client_ip)
        async with info.context.transaction() as (session, at):
            outcome = await members.login(
                session, username=input.username, password=input.password, at=at, now=info.context.real_now()
            )
        return StaffSession.of(info.context, done(outcome))

    @mutation(anyone, "New tokens for the refresh token given last.")
    async def refresh_staff_session(self, info: Info, input: RefreshStaffSessionInput) -> RefreshStaffSessionResult:
        await info.context.house.limits.count(LOGINS_PER_ADDRESS, "logins", info.context.client_ip)
        async with info.context.transaction() as (session, _):
            outcome = await members.refresh(session, refresh_token=input.refresh_token, now=info.context.real_now())
        return StaffSession.of(info.context, done(outcome))

    @mutation(any_staff, "End the log-in the access token was given for; it cannot be refreshed any more.")
    async def staff_logout(self, info: Info) -> StaffLogoutResult:
        now = info.context.real_now()
        async with info.context.transaction() as (session, _):
            await members.logout(session, session_id=info.context.session_id, now=now)
        return LoggedOut(at=now)

    @mutation(staff(*DECIDERS), "Decide a change. Whoever asked for it is refused; an approved one is true at once.")
    async def decide_change(self, info: Info, input: DecideChangeInput) -> DecideChangeResult:
        async with info.context.transaction() as (session, at):
            change = await changes.decide(
                session,
                change_id=read_id("ChangeRequest", input.change_id, "changeId"),
                approve=input.approve,
                reason=input.reason,
                by=info.context.actor,
                at=at,
                apply=apply,
            )
            return ChangeRequest.of(change)
