"""Products and quotes for anyone; a loan for its borrower; all loans for the staff."""

from datetime import date
from typing import Annotated

import strawberry

from domain.lending.queries import applications, products
from domain.lending.services import quotes
from domain.shared.actors import Role
from domain.shared.days import business_day
from domain.shared.paging import Window
from graph.access import anyone, logged_in, query, staff
from graph.connections import Connection, paged
from graph.context import Info
from graph.ids import read_id
from graph.lending.enums import LoanStatus
from graph.lending.loading import load_loan
from graph.lending.products import LoanProduct
from graph.lending.quotes import LoanQuote
from graph.lending.types import Loan
from graph.paging import listing
from graph.scalars import Fen


@strawberry.input(description="What one would like to borrow.")
class QuoteLoanInput:
    product_code: str = strawberry.field(description="The product's code.")
    principal: Fen = strawberry.field(description="How much.")
    terms: int = strawberry.field(description="In how many monthly installments, 3 to 36.")
    value_date: date | None = strawberry.field(default=None, description="If the money came on this day; today.")


@strawberry.input(description="Which loans.")
class LoanWhere:
    statuses: list[LoanStatus] | None = strawberry.field(default=None, description="In one of these statuses.")
    number: str | None = strawberry.field(default=None, description="With this number.")


@strawberry.type
class LendingQuery:
    @query(anyone, "What is offered today.")
    async def loan_products(self, info: Info) -> list[LoanProduct]:
        async with info.context.reading() as (session, at):
            return [LoanProduct.of(*offered) for offered in await products.offered_on(session, business_day(at))]

    @query(anyone, "What a loan would cost. Nothing is kept; to apply, take requestQuote.")
    async def quote_loan(self, info: Info, input: QuoteLoanInput) -> LoanQuote | None:
        async with info.context.reading() as (session, at):
            offer = await quotes.quote(
                session,
                product_code=input.product_code,
                principal_fen=input.principal,
                terms=input.terms,
                value_date=input.value_date,
                at=at,
            )
        return LoanQuote.of_offer(offer)

    @query(logged_in, "A loan: one's own, or any for staff. Null if there is none such.")
    async def loan(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Loan | None:
        return await load_loan(info.context, read_id("Loan", id, "id"))

    @listing(staff(Role.REVIEWER, Role.CASHIER, Role.FINANCE, Role.ADMIN), "All loans, newest application first.")
    async def loans(
        self,
        info: Info,
        window: Window,
        where: Annotated[LoanWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[Loan]:
        wanted = where or LoanWhere()
        listed = applications.listed(statuses=wanted.statuses, number=wanted.number)
        return await paged(info.context, window, listed, applications.BY_APPLICATION, Loan.of)
