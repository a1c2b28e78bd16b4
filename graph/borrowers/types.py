"""The borrower, his sessions and log-ins."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import strawberry

from domain.borrowers import models, queries
from domain.borrowers.errors import BorrowerNotFound
from domain.borrowers.queries import people, shown
from domain.shared.actors import Role
from domain.shared.logins import LoggedIn
from domain.shared.paging import Window
from graph.access import check, query
from graph.borrowers.enums import BorrowerStatus, LoginMethod, LoginOutcome, Missing
from graph.borrowers.facts import Consent, Contact, Employment, Profile
from graph.borrowers.proofs import BankCard, IdentityCheck, Image
from graph.connections import Connection, paged
from graph.context import Context, Info
from graph.credit.of_borrower import CreditOfBorrower
from graph.ids import global_id
from graph.lending.of_borrower import LoansOfBorrower
from graph.loaders import loader
from graph.messaging.of_borrower import MessagesOfBorrower
from graph.node import Find, Node, Nodes
from graph.owning import SEES_BORROWERS, himself_or, owner_of
from graph.paging import listing
from graph.payments.of_borrower import OrdersOfBorrower

OwnedT = TypeVar("OwnedT", models.BankCard, models.Consent, models.IdentityCheck, models.Image)


@strawberry.type(description="An attempt to log in, and roughly where it came from.")
class LoginRecord:
    at: datetime = strawberry.field(description="When.")
    method: LoginMethod = strawberry.field(description="By what.")
    outcome: LoginOutcome = strawberry.field(description="What came of it.")
    device_model: str | None = strawberry.field(description="The device, as the app named it.")
    place: str | None = strawberry.field(description="A geohash of five characters, about 5 km.")
    network: str | None = strawberry.field(description="The network: /24 of an IPv4 address, /48 of an IPv6 one.")

    @classmethod
    def of(cls, row: models.LoginRecord) -> "LoginRecord":
        return cls(
            at=row.at,
            method=row.method,
            outcome=row.outcome,
            device_model=row.device_model,
            place=row.geohash5,
            network=row.ip_prefix,
        )


@strawberry.type(description="A person who may borrow. Personal data is masked.")
class Borrower(CreditOfBorrower, LoansOfBorrower, OrdersOfBorrower, MessagesOfBorrower, Node):
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="The id.")
    number: str = strawberry.field(description='The number people use, such as "BR20260115000042".')
    status: BorrowerStatus = strawberry.field(description="Whether the account can be used.")
    registered_at: datetime = strawberry.field(description="When the account was opened.")

    @classmethod
    def of(cls, row: models.Borrower) -> "Borrower":
        return cls(
            key=row.id,
            id=global_id("Borrower", row.id),
            number=row.number,
            status=row.status,
            registered_at=row.registered_at,
        )

    @classmethod
    async def load(cls, context: Context, key: UUID) -> "Borrower":
        """Whoever this is; the caller has made sure that the asker may see him. Raises BorrowerNotFound."""
        row = await loader(context, shown.borrowers).load(key)
        if row is None:
            raise BorrowerNotFound
        return cls.of(row)

    @strawberry.field(description="The phone, masked: 138****1234; null once it is erased.")
    async def phone(self, info: Info) -> str | None:
        return await loader(info.context, shown.phones).load(self.key)

    @strawberry.field(description="Who he is; null until he said so.")
    async def profile(self, info: Info) -> Profile | None:
        view = await loader(info.context, shown.profiles).load(self.key)
        return Profile.of(view) if view else None

    @query(himself_or(Role.REVIEWER, Role.COLLECTOR), "Where he works; null until he said so.")
    async def employment(self, info: Info) -> Employment | None:
        found = await loader(info.context, shown.employments).load(self.key)
        return Employment.of(*found) if found else None

    @query(himself_or(Role.REVIEWER), "By whom he can be located: two, once they are named.")
    async def contacts(self, info: Info) -> list[Contact] | None:
        return [Contact.of(view) for view in await loader(info.context, shown.contacts, list).load(self.key)]

    @strawberry.field(description="Bank cards, bound or not, the newest first; at most 50.")
    async def bank_cards(self, info: Info) -> list[BankCard]:
        return [BankCard.of(row) for row in await loader(info.context, shown.bank_cards, list).load(self.key)]

    @query(himself_or(Role.REVIEWER, Role.ADMIN), "Identity checks, the newest first; at most 50.")
    async def identity_checks(self, info: Info) -> list[IdentityCheck] | None:
        found = await loader(info.context, shown.identity_checks, list).load(self.key)
        return [IdentityCheck.of(row) for row in found]

    @strawberry.field(description="Consents, standing and revoked, the newest first; at most 50.")
    async def consents(self, info: Info) -> list[Consent]:
        return [Consent.of(row) for row in await loader(info.context, shown.consents, list).load(self.key)]

    @strawberry.field(description="What has still to be done before a credit application; empty: nothing.")
    async def missing(self, info: Info) -> list[Missing]:
        async with info.context.reading() as (session, _):
            return await queries.readiness(session, self.key)

    @listing(himself_or(Role.REVIEWER, Role.ADMIN), "Attempts to log in, the newest first.")
    async def login_records(self, info: Info, window: Window) -> Connection[LoginRecord] | None:
        listed = queries.login_records(borrower_id=self.key)
        return await paged(info.context, window, listed, people.BY_LOGIN, LoginRecord.of)


@strawberry.type(description="A log-in of a borrower. Both tokens are secrets.")
class Session:
    key: strawberry.Private[UUID]
    access_token: str = strawberry.field(description="Goes into the header `Authorization: Bearer <access token>`.")
    expires_at: datetime = strawberry.field(description="Until when the access token counts, in real time.")
    refresh_token: str = strawberry.field(description="For `refreshSession`; good for one use.")
    refresh_expires_at: datetime = strawberry.field(
        description="Until when the session can be refreshed, in real time."
    )

    @classmethod
    def of(cls, context: Context, logged_in: LoggedIn) -> "Session":
        access = context.house.tokens.issue(logged_in.actor, logged_in.session_id, now=context.real_now())
        return cls(
            key=logged_in.person_id,
            access_token=access.text,
            expires_at=access.expires_at,
            refresh_token=logged_in.refresh_token.reveal(),
            refresh_expires_at=logged_in.refresh_expires_at,
        )

    @strawberry.field(description="Who logged in.")
    async def borrower(self, info: Info) -> Borrower:
        return await Borrower.load(info.context, self.key)


async def _borrower(context: Context, key: UUID) -> Borrower | None:
    check(context, himself_or(*SEES_BORROWERS))
    if owner_of(context.actor) not in (None, key):
        return None
    row = await loader(context, shown.borrowers).load(key)
    return Borrower.of(row) if row else None


def _owned(kind: type[OwnedT], shape: Callable[[OwnedT], Node], *roles: Role) -> Find:
    """Finds what belongs to a borrower: for himself, and for staff with one of the roles that see it on him."""

    async def find(context: Context, key: UUID) -> Node | None:
        check(context, himself_or(*roles))
        async with context.reading() as (session, _):
            row = await shown.owned(session, kind, key, owner=owner_of(context.actor))
        return shape(row) if row else None

    return find


NODES: Nodes = {
    "Borrower": _borrower,
    "BankCard": _owned(models.BankCard, BankCard.of, *SEES_BORROWERS),
    "Consent": _owned(models.Consent, Consent.of, *SEES_BORROWERS),
    "IdentityCheck": _owned(models.IdentityCheck, IdentityCheck.of, Role.REVIEWER, Role.ADMIN),
    "Image": _owned(models.Image, Image.of, Role.REVIEWER, Role.ADMIN),
}
