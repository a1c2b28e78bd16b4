"""What packages bring, as anyone may see it: repayment methods, and calculators of deposits that nobody takes here."""

from decimal import Decimal

import strawberry

from domain.lending.rules import methods
from graph.access import anyone, query
from graph.context import Info
from graph.scalars import Fen, Rate
from plugins.calculators import Deposit, work_out
from plugins.taking import Calculator


@strawberry.type(description="A way of repaying a loan that a product can have.")
class LoanMethod:
    code: str = strawberry.field(description="Its code, which products and loans carry.")
    name_en: str = strawberry.field(description="Its name in English.")
    name_zh: str = strawberry.field(description="Its name in Chinese.")
    provider: str = strawberry.field(description="The package that provides it; suidai for the built-in ones.")
    built_in: bool = strawberry.field(description="Whether it comes with suidai itself.")

    @classmethod
    def of(cls, known: methods.Known) -> "LoanMethod":
        return cls(
            code=known.method.code,
            name_en=known.name_en,
            name_zh=known.name_zh,
            provider=known.provider,
            built_in=known.provider == methods.HOUSE,
        )


@strawberry.type(description="Something that works out a deposit. It only calculates: no deposit is taken here.")
class DepositCalculator:
    code: str = strawberry.field(description="Its code.")
    name_en: str = strawberry.field(description="Its name in English.")
    name_zh: str = strawberry.field(description="Its name in Chinese.")
    provider: str = strawberry.field(description="The package that provides it.")

    @classmethod
    def of(cls, known: Calculator) -> "DepositCalculator":
        return cls(code=known.calculator.code, name_en=known.name_en, name_zh=known.name_zh, provider=known.provider)


@strawberry.input(description="A deposit to work out.")
class CalculateDepositInput:
    calculator: str = strawberry.field(description="One of calculators, by its code.")
    amount: Fen = strawberry.field(description="What is put away: once or every month, as the calculator says.")
    months: int = strawberry.field(description="For how many months.")
    rate: Rate = strawberry.field(description="The yearly interest rate.")


@strawberry.type(description="What a deposit would come to.")
class DepositOutcome:
    paid_in: Fen = strawberry.field(description="Everything that was paid in.")
    interest: Fen = strawberry.field(description="The interest on it, paid out at the end.")
    total: Fen = strawberry.field(description="Both together.")


@strawberry.type
class MethodsQuery:
    @query(anyone, "The repayment methods that are installed, and who provides each.")
    async def repayment_methods(self) -> list[LoanMethod]:
        return [LoanMethod.of(each) for each in methods.known()]

    @query(anyone, "The deposit calculators that packages brought. No deposit is taken here.")
    async def calculators(self, info: Info) -> list[DepositCalculator]:
        return [DepositCalculator.of(each) for each in info.context.house.registry.calculators()]

    @query(anyone, "What a deposit would come to. Nothing is kept, and no deposit is taken here.")
    async def calculate_deposit(self, info: Info, input: CalculateDepositInput) -> DepositOutcome | None:
        deposit = Deposit(input.amount, input.months, Decimal(input.rate))
        outcome = work_out(info.context.house.registry.calculator(input.calculator), deposit)
        return DepositOutcome(
            paid_in=Fen(outcome.paid_in_fen), interest=Fen(outcome.interest_fen), total=Fen(outcome.total_fen)
        )
