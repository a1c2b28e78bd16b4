"""Setting up what is lent: a new version of a product, and the versions there are."""

from datetime import date
from typing import Annotated

import strawberry

from domain.lending.queries import products as queries
from domain.lending.rules.offering import ProductTerms, day_count_named
from domain.lending.services import products
from domain.shared.actors import Role
from graph.access import any_staff, mutation, query, staff
from graph.context import Info
from graph.lending.products import (
    LoanComponent,
    LoanProduct,
    PenaltyBase,
    PrepayPolicy,
    ProductStatus,
    product_of,
)
from graph.problems import Problem
from graph.scalars import Fen, Rate

MOST = 100


@strawberry.input(
    description="All the terms of a product from a day on. Beside its interest, its penalty and its fee for prepaying a "
    "product has nothing that could cost anything."
)
class ConfigureProductInput:
    code: str = strawberry.field(description="The product's code; a new one makes a new product.")
    name_en: str = strawberry.field(description="Its name in English.")
    name_zh: str = strawberry.field(description="Its name in Chinese.")
    status: ProductStatus = strawberry.field(
        default=ProductStatus.OPEN, description="Whether it can be applied for, at once; OPEN."
    )
    effective_from: date = strawberry.field(
        description="From when these terms are offered: today or later. Of two versions for a day the newer one holds."
    )
    method: str = strawberry.field(description="The repayment method's code.")
    rate: Rate = strawberry.field(description="The yearly interest rate.")
    day_count: str = strawberry.field(description="ACT_360, ACT_365, ACT_ACT or 30_360.")
    min_terms: int = strawberry.field(description="The fewest monthly installments, 3 at least.")
    max_terms: int = strawberry.field(description="The most, 36 at most.")
    min_amount: Fen = strawberry.field(description="The least that is lent.")
    max_amount: Fen = strawberry.field(description="The most.")
    amount_step: Fen = strawberry.field(description="Amounts are multiples of this; the least is one too.")
    penalty_multiplier: Rate = strawberry.field(description="What overdue amounts bear, as a multiple of the rate.")
    penalty_base: PenaltyBase = strawberry.field(description="What of an overdue installment bears penalty.")
    grace_days: int = strawberry.field(
        default=0, description="Days after a due date in which paying late costs nothing, 28 at most; 0."
    )
    prepay: PrepayPolicy = strawberry.field(description="What a prepayment makes smaller.")
    prepay_fee_rate: Rate = strawberry.field(description="The fee for paying principal early, as a part of it.")
    min_tail: Fen = strawberry.field(
        description="With REDUCE_TERM: a last installment with less principal is folded into the one before."
    )
    min_payment: Fen = strawberry.field(
        description="The least a borrower may pay at once, unless less is due or owed; 0.00 for any sum."
    )
    dpd_switch: int = strawberry.field(
        default=90, description="Days past due up to which `waterfall` holds, above it `lateWaterfall`; 90."
    )
    dpd_threshold: Fen = strawberry.field(
        description="An installment with no more principal and interest open than this is not past due."
    )
    waterfall: list[LoanComponent] = strawberry.field(
        description="The order within one installment, the oldest installment first."
    )
    late_waterfall: list[LoanComponent] = strawberry.field(
        description="The order of whole components, all installments of the first before the next."
    )
    recovery_waterfall: list[LoanComponent] = strawberry.field(description="The same, after a write-off.")
    funder: str = strawberry.field(description="The funding party's code.")
    min_read_seconds: int = strawberry.field(description="How long the disclosure must be open, 1 to 600 seconds.")
    quote_valid_minutes: int = strawberry.field(description="How long a quote holds, 1 to 1440 minutes.")
    sign_within_days: int = strawberry.field(description="How long an approved loan waits for its signature, 1 to 90.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")

    def terms(self) -> ProductTerms:
        return ProductTerms(
            method=self.method,
            min_terms=self.min_terms,
            max_terms=self.max_terms,
            min_amount_fen=self.min_amount,
            max_amount_fen=self.max_amount,
            amount_step_fen=self.amount_step,
            annual_rate=self.rate,
            day_count=day_count_named(self.day_count),
            penalty_multiplier=self.penalty_multiplier,
            penalty_base=self.penalty_base,
            grace_days=self.grace_days,
            prepay=self.prepay,
            prepay_fee_rate=self.prepay_fee_rate,
            min_tail_fen=self.min_tail,
            min_payment_fen=self.min_payment,
            dpd_switch=self.dpd_switch,
            dpd_threshold_fen=self.dpd_threshold,
            waterfall=tuple(self.waterfall),
            late_waterfall=tuple(self.late_waterfall),
            recovery_waterfall=tuple(self.recovery_waterfall),
            funder=self.funder,
            min_read_seconds=self.min_read_seconds,
            quote_valid_minutes=self.quote_valid_minutes,
            sign_within_days=self.sign_within_days,
        )


ConfigureProductResult = Annotated[
    LoanProduct | Problem,
    strawberry.union("ConfigureProductResult", description="The product on its new terms, or why not."),
]


@strawberry.type
class ConfiguringQuery:
    @query(any_staff, "The terms of products, past and to come: by code, the newest version first; at most 100.")
    async def product_versions(
        self,
        info: Info,
        code: Annotated[
            str | None, strawberry.argument(description="Of this product only; without it, of all, closed ones too.")
        ] = None,
    ) -> list[LoanProduct]:
        async with info.context.reading() as (session, _):
            return [LoanProduct.of(*row) for row in await queries.versions(session, code=code, limit=MOST)]


@strawberry.type
class ConfiguringMutation:
    @mutation(
        staff(Role.ADMIN),
        "Lay down the terms of a product from a day on, as a new version beside the others. Loans and quotes that were "
        "made keep theirs. Refused with the figures where the cost would be above the ceiling of that day.",
    )
    async def configure_product(self, info: Info, input: ConfigureProductInput) -> ConfigureProductResult:
        async with info.context.once("configureProduct", input) as (session, at, claim):
            if claim.outcome_id is None:
                version = await products.configure(
                    session,
                    actor=info.context.actor,
                    code=input.code,
                    name_en=input.name_en,
                    name_zh=input.name_zh,
                    terms=input.terms(),
                    effective_from=input.effective_from,
                    status=input.status,
                    at=at,
                )
                claim.settle("ProductVersion", version.id)
        return await product_of(info.context, claim.done)
