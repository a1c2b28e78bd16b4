"""What is offered, as anyone may see it."""

from datetime import date
from uuid import UUID

import strawberry

from domain.lending import models
from domain.lending.queries import products
from domain.lending.rules import terms
from domain.lending.rules.methods import name_of
from domain.lending.rules.quoting import penalty_rate
from domain.lending.services.terms import order_of
from graph.context import Context
from graph.enums import described
from graph.ids import global_id
from graph.loaders import loader
from graph.scalars import Fen, Rate

ProductStatus = models.ProductStatus
described(
    ProductStatus,
    "Whether a product can be applied for.",
    {"OPEN": "It can.", "CLOSED": "It cannot any more; its loans go on."},
    name="ProductStatus",
)
LoanComponent = terms.Component
described(
    LoanComponent,
    "What an installment is made of.",
    {
        "PENALTY": "What it bears for being late.",
        "INTEREST": "Its interest.",
        "PRINCIPAL": "What was lent.",
    },
    name="LoanComponent",
)
PenaltyBase = terms.PenaltyBase
described(
    PenaltyBase,
    "What of an overdue installment bears penalty.",
    {"PRINCIPAL": "Its principal.", "PRINCIPAL_AND_INTEREST": "Its principal and its interest."},
)
PrepayPolicy = terms.PrepayPolicy
described(
    PrepayPolicy,
    "What a prepayment makes smaller.",
    {
        "REDUCE_INSTALLMENT": "The installments that remain; their number stays.",
        "REDUCE_TERM": "The number of installments; what each asks for stays.",
    },
)


@strawberry.type(description="What is offered, on the terms of a day.")
class LoanProduct:
    id: strawberry.ID = strawberry.field(description="Its id.")
    code: str = strawberry.field(description="Its code.")
    name_en: str = strawberry.field(description="Its name in English.")
    name_zh: str = strawberry.field(description="Its name in Chinese.")
    status: ProductStatus = strawberry.field(description="Whether it can be applied for today.")
    version: int = strawberry.field(description="Which terms these are.")
    effective_from: date = strawberry.field(description="Since when they hold.")
    method: str = strawberry.field(description="The repayment method's code.")
    method_name_en: str = strawberry.field(description="The method's name in English; its code, if no package has it.")
    method_name_zh: str = strawberry.field(description="The method's name in Chinese; its code, if no package has it.")
    rate: Rate = strawberry.field(description="The yearly interest rate.")
    day_count: str = strawberry.field(description="How days become a part of a year.")
    min_terms: int = strawberry.field(description="The fewest monthly installments.")
    max_terms: int = strawberry.field(description="The most.")
    min_amount: Fen = strawberry.field(description="The least that is lent.")
    max_amount: Fen = strawberry.field(description="The most.")
    amount_step: Fen = strawberry.field(description="Amounts are multiples of this.")
    penalty_multiplier: Rate = strawberry.field(description="What overdue amounts bear, as a multiple of the rate.")
    penalty_rate: Rate = strawberry.field(description="The same as a yearly rate.")
    penalty_base: PenaltyBase = strawberry.field(description="What of an overdue installment bears penalty.")
    grace_days: int = strawberry.field(description="Days after a due date in which paying late costs nothing.")
    prepay: PrepayPolicy = strawberry.field(description="What a prepayment makes smaller.")
    prepay_fee_rate: Rate = strawberry.field(
        description="The fee for paying principal early, as a part of it. There is no other fee."
    )
    min_tail: Fen = strawberry.field(
        description="With REDUCE_TERM: a last installment with less principal is folded into the one before."
    )
    min_payment: Fen = strawberry.field(
        description="The least that may be paid at once, unless less is due or owed; 0.00 for any sum."
    )
    dpd_switch: int = strawberry.field(
        description="Days past due up to which `waterfall` holds; above it `lateWaterfall` does."
    )
    dpd_threshold: Fen = strawberry.field(
        description="An installment with no more principal and interest open than this is not past due."
    )
    waterfall: list[LoanComponent] = strawberry.field(
        description="What of an installment a payment settles first; the oldest installment before the next."
    )
    late_waterfall: list[LoanComponent] = strawberry.field(
        description="What it settles first long past due: of all installments, one component after the other."
    )
    recovery_waterfall: list[LoanComponent] = strawberry.field(description="The same, after a write-off.")
    funder: str = strawberry.field(description="Whose money it is.")
    min_read_seconds: int = strawberry.field(description="How long the disclosure must be open to be confirmed.")
    quote_valid_minutes: int = strawberry.field(description="How long a quote holds.")
    sign_within_days: int = strawberry.field(description="How long an approved loan waits for its signature.")

    @classmethod
    def of(cls, product: models.LoanProduct, version: models.ProductVersion) -> "LoanProduct":
        method = name_of(version.method)
        return cls(
            id=global_id("LoanProduct", product.id),
            code=product.code,
            name_en=product.name_en,
            name_zh=product.name_zh,
            status=product.status,
            version=version.version,
            effective_from=version.effective_from,
            method=version.method,
            method_name_en=method["en"],
            method_name_zh=method["zh"],
            rate=Rate(version.annual_rate),
            day_count=version.day_count,
            min_terms=version.min_terms,
            max_terms=version.max_terms,
            min_amount=Fen(version.min_amount_fen),
            max_amount=Fen(version.max_amount_fen),
            amount_step=Fen(version.amount_step_fen),
            penalty_multiplier=Rate(version.penalty_multiplier),
            penalty_rate=Rate(penalty_rate(version.annual_rate, version.penalty_multiplier)),
            penalty_base=terms.PenaltyBase(version.penalty_base),
            grace_days=version.grace_days,
            prepay=terms.PrepayPolicy(version.prepay),
            prepay_fee_rate=Rate(version.prepay_fee_rate),
            min_tail=Fen(version.min_tail_fen),
            min_payment=Fen(version.min_payment_fen),
            dpd_switch=version.dpd_switch,
            dpd_threshold=Fen(version.dpd_threshold_fen),
            waterfall=list(order_of(version.waterfall["current"])),
            late_waterfall=list(order_of(version.waterfall["late"])),
            recovery_waterfall=list(order_of(version.waterfall["recovery"])),
            funder=version.funder,
            min_read_seconds=version.min_read_seconds,
            quote_valid_minutes=version.quote_valid_minutes,
            sign_within_days=version.sign_within_days,
        )


async def product_of(context: Context, version_id: UUID) -> LoanProduct:
    """The product a loan or a quote pins."""
    product, version = await loader(context, products.versions_with_products).load(version_id)
    return LoanProduct.of(product, version)
