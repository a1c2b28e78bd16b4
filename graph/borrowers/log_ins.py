"""Registering, logging in and out, a new password."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain.borrowers.rules.devices import Device
from domain.borrowers.services import codes, sessions
from domain.shared.outcome import done
from graph.access import anyone, borrower, mutation
from graph.borrowers.enums import CodePurpose
from graph.borrowers.types import Session
from graph.context import Context, Info
from graph.limits import CODES_PER_ADDRESS, LOGINS_PER_ADDRESS
from graph.problems import Problem
from graph.staff.types import LoggedOut


@strawberry.input(description="What the app says of its device. Of place and device only a coarse trace is kept.")
class DeviceInput:
    fingerprint: str | None = strawberry.field(
        default=None, description="What tells this device from others; kept hashed."
    )
    model: str | None = strawberry.field(default=None, description='Its model, such as "Pixel 9".')
    geohash: str | None = strawberry.field(
        default=None, description="Where it is; five characters are kept, about 5 km."
    )


@strawberry.input(description="To which phone a code is to be sent, and what for.")
class RequestLoginCodeInput:
    phone: str = strawberry.field(description="A mobile number of mainland China, with or without +86.")
    purpose: CodePurpose = strawberry.field(description="What the code is for.")


@strawberry.input(description="A new account.")
class RegisterInput:
    phone: str = strawberry.field(description="The phone the code was sent to.")
    code: str = strawberry.field(description="The six digits of the code.")
    password: str | None = strawberry.field(
        default=None, description="A password, 8 to 128 characters, not digits only."
    )
    device: DeviceInput | None = strawberry.field(default=None, description="The device.")


@strawberry.input(description="A log-in, by either a code or a password.")
class LoginInput:
    phone: str = strawberry.field(description="The phone of the account.")
    code: str | None = strawberry.field(default=None, description="The six digits of a code for LOGIN.")
    password: str | None = strawberry.field(default=None, description="The password.")
    device: DeviceInput | None = strawberry.field(default=None, description="The device.")


@strawberry.input(description="Which session to go on with.")
class RefreshSessionInput:
    refresh_token: str = strawberry.field(description="The token given last; using an older one ends the session.")


@strawberry.input(description="A new password.")
class ResetPasswordInput:
    phone: str = strawberry.field(description="The phone of the account.")
    code: str = strawberry.field(description="The six digits of a code for RESET_PASSWORD.")
    password: str = strawberry.field(description="The new password, 8 to 128 characters, not digits only.")


@strawberry.type(description="That a code was sent. It says the same for every phone, registered or not.")
class LoginCodeSent:
    expires_at: datetime = strawberry.field(description="Until when the code counts, in business time.")
    again_at: datetime = strawberry.field(description="From when another one may be asked for, in business time.")


@strawberry.type(description="That a new password counts, and that every session of the account has ended.")
class PasswordReset:
    at: datetime = strawberry.field(description="When, in real time.")


RequestLoginCodeResult = Annotated[
    LoginCodeSent | Problem, strawberry.union("RequestLoginCodeResult", description="That it was sent, or why not.")
]
RegisterResult = Annotated[
    Session | Problem, strawberry.union("RegisterResult", description="The first session of the account, or why not.")
]
LoginResult = Annotated[Session | Problem, strawberry.union("LoginResult", description="The session, or why not.")]
RefreshSessionResult = Annotated[
    Session | Problem, strawberry.union("RefreshSessionResult", description="The session, or why not.")
]
LogoutResult = Annotated[
    LoggedOut | Problem, strawberry.union("LogoutResult", description="When it ended, or why not.")
]
ResetPasswordResult = Annotated[
    PasswordReset | Problem, strawberry.union("ResetPasswordResult", description="That it counts, or why not.")
]


@strawberry.type
class LogInMutations:
    @mutation(anyone, "Send a code by SMS. Another may follow after a minute, ten in a day.")
    async def request_login_code(self, info: Info, input: RequestLoginCodeInput) -> RequestLoginCodeResult:
        await info.context.house.limits.count(CODES_PER_ADDRESS, "codes", info.context.client_ip)
        async with info.context.transaction() as (session, at):
            sent = await codes.request(session, phone=input.phone, purpose=input.purpose, at=at)
        return LoginCodeSent(expires_at=sent.expires_at, again_at=sent.again_at)

    @mutation(anyone, "Open an account for a phone that is shown to be one's own by a code for REGISTER.")
    async def register(self, info: Info, input: RegisterInput) -> RegisterResult:
        await _count_log_in(info.context)
        async with info.context.transaction() as (session, at):
            outcome = await sessions.register(
                session,
                phone=input.phone,
                code=input.code,
                password=input.password,
                device=_device(info.context, input.device),
                at=at,
                now=info.context.real_now(),
            )
        return Session.of(info.context, done(outcome))

    @mutation(anyone, "Log in. The fifth failure locks the phone for 15 minutes, registered or not.")
    async def login(self, info: Info, input: LoginInput) -> LoginResult:
        await _count_log_in(info.context)
        async with info.context.transaction() as (session, at):
            outcome = await sessions.login(
                session,
                phone=input.phone,
                code=input.code,
                password=input.password,
                device=_device(info.context, input.device),
                at=at,
                now=info.context.real_now(),
            )
        return Session.of(info.context, done(outcome))

    @mutation(anyone, "New tokens for the refresh token given last.")
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> RefreshSessionResult:
        await _count_log_in(info.context)
        async with info.context.transaction() as (session, _):
            outcome = await sessions.refresh(session, refresh_token=input.refresh_token, now=info.context.real_now())
        return Session.of(info.context, done(outcome))

    @mutation(borrower, "End the log-in the access token was given for; it cannot be refreshed any more.")
    async def logout(self, info: Info) -> LogoutResult:
        now = info.context.real_now()
        async with info.context.transaction() as (session, _):
            await sessions.logout(session, session_id=info.context.session_id, now=now)
        return LoggedOut(at=now)

    @mutation(anyone, "Set a new password by a code; every session of the account ends.")
    async def reset_password(self, info: Info, input: ResetPasswordInput) -> ResetPasswordResult:
        await _count_log_in(info.context)
        now = info.context.real_now()
        async with info.context.transaction() as (session, at):
            outcome = await sessions.reset_password(
                session, phone=input.phone, code=input.code, password=input.password, at=at, now=now
            )
        done(outcome)
        return PasswordReset(at=now)


async def _count_log_in(context: Context) -> None:
    await context.house.limits.count(LOGINS_PER_ADDRESS, "logins", context.client_ip)


def _device(context: Context, told: DeviceInput | None) -> Device:
    told = told or DeviceInput()
    return Device(device_id=told.fingerprint, model=told.model, geohash=told.geohash, ip=context.client_ip)
