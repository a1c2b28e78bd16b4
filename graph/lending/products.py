"""What is offered, as anyone may see it."""

from datetime import date
from uuid import UUID

import strawberry

from domain.lending import models
from domain.lending.queries import products
from domain.lending.rules.methods import name_of
from graph.context import Context
from graph.ids import global_id
from graph.loaders import loader
from graph.scalars import Fen, Rate


@strawberry.type(description="What is offered, on the terms of a day.")
class LoanProduct:
    id: strawberry.ID = strawberry.field(description="Its id.")
    code: str = strawberry.field(description="Its code.")
    name_en: str = strawberry.field(description="Its name in English.")
    name_zh: str = strawberry.field(description="Its name in Chinese.")
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
    grace_days: int = strawberry.field(description="Days after a due date in which paying late costs nothing.")
    prepay_fee_rate: Rate = strawberry.field(description="The fee for paying principal early, as a part of it.")

    @classmethod
    def of(cls, product: models.LoanProduct, version: models.ProductVersion) -> "LoanProduct":
        method = name_of(version.method)
        return cls(
            id=global_id("LoanProduct", product.id),
            code=product.code,
            name_en=product.name_en,
            name_zh=product.name_zh,
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
            grace_days=version.grace_days,
            prepay_fee_rate=Rate(version.prepay_fee_rate),
        )


async def product_of(context: Context, version_id: UUID) -> LoanProduct:
    """The product a loan or a quote pins."""
    product, version = await loader(context, products.versions_with_products).load(version_id)
    return LoanProduct.of(product, version)
