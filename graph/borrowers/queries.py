"""Who asks, whom staff looks for, and the texts to consent to."""

from typing import Annotated

import strawberry

from domain.borrowers.consent_texts import CURRENT
from domain.borrowers.queries import people, shown
from domain.shared.paging import Window
from graph.access import anyone, borrower, query, staff
from graph.borrowers.enums import BorrowerStatus
from graph.borrowers.facts import ConsentText
from graph.borrowers.types import Borrower
from graph.connections import Connection, paged
from graph.context import Info
from graph.owning import SEES_BORROWERS
from graph.paging import listing


@strawberry.input(description="Which borrowers.")
class BorrowerWhere:
    status: BorrowerStatus | None = strawberry.field(default=None, description="In this status only.")
    phone: str | None = strawberry.field(default=None, description="With this phone, given whole.")
    number: str | None = strawberry.field(default=None, description='With this number, such as "BR20260115000042".')


@strawberry.type
class BorrowersQuery:
    @query(borrower, "The borrower who asks.")
    async def me(self, info: Info) -> Borrower | None:
        return await Borrower.load(info.context, info.context.actor_id)

    @listing(staff(*SEES_BORROWERS), "Borrowers, the newest first.")
    async def borrowers(
        self,
        info: Info,
        window: Window,
        where: Annotated[BorrowerWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[Borrower]:
        wanted = where or BorrowerWhere()
        async with info.context.reading() as (session, _):
            listed = shown.listed(session, status=wanted.status, phone=wanted.phone, number=wanted.number)
        return await paged(info.context, window, listed, people.BY_REGISTRATION, Borrower.of)

    @query(anyone, "The texts in force to which a borrower can consent.")
    async def consent_texts(self, info: Info) -> list[ConsentText]:
        return [ConsentText.of(text, info.context.language) for text in CURRENT.values()]
