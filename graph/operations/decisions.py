"""What was decided on a loan, made once more: the figures, the policy, the verdict then and now."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from domain.lending.services import deciding_again
from domain.operations.services import decisions
from domain.shared.actors import Role
from graph.access import query, staff
from graph.context import Context, Info
from graph.enums import described
from graph.ids import read_id
from graph.operations.policies import PolicyValue

LoanDecision = deciding_again.Decision
described(
    LoanDecision,
    "What is decided about a loan by policy.",
    {
        "COST_CEILING": "Whether it costs no more than it may, as it was quoted.",
        "PURPOSE": "Whether a loan for this is given.",
        "EXPOSURE_CAP": "Whether its borrower would owe no more than one may.",
        "SEVERITY": "How pressing it is on a day.",
        "REMINDERS": "Which installments a day reminds of.",
    },
    name="LoanDecision",
)


@strawberry.type(description="Something that was weighed.")
class DecisionFigure:
    name: str = strawberry.field(description='What it is, such as "worst" or "limitThen".')
    value: str = strawberry.field(description="It, as a text: amounts in yuan, rates as decimals.")


@strawberry.type(description="A decision on a loan, made once more.")
class DecisionAgain:
    decision: LoanDecision = strawberry.field(description="What is decided.")
    decided_at: datetime = strawberry.field(description="When it was decided; of a day, its beginning.")
    under: date = strawberry.field(description="The day whose policy it is made by now.")
    policies: list[PolicyValue] = strawberry.field(description="That policy, with its source and its days.")
    figures: list[DecisionFigure] = strawberry.field(description="What was weighed; what was said then ends in Then.")
    verdict_then: str | None = strawberry.field(description="PASSED or REFUSED; null for what is only shown or sent.")
    verdict: str = strawberry.field(
        description="PASSED or REFUSED; NORMAL, WARN or RED; REMIND or NOTHING: as it comes out by this policy."
    )
    same: bool = strawberry.field(description="Whether it comes out as it did then.")
    code: str | None = strawberry.field(description="The code of the refusal, if it is one.")
    message: str | None = strawberry.field(description="The refusal with its figures, in the asker's language.")

    @classmethod
    def of(cls, context: Context, again: deciding_again.Again) -> "DecisionAgain":
        return cls(
            decision=again.decision,
            decided_at=again.decided_at,
            under=again.under,
            policies=[PolicyValue.of(value) for value in again.policies],
            figures=[DecisionFigure(name=name, value=value) for name, value in again.figures.items()],
            verdict_then=again.then,
            verdict=again.verdict,
            same=again.same,
            code=again.refusal.code if again.refusal else None,
            message=again.refusal.message(context.language) if again.refusal else None,
        )


@strawberry.type
class DecisionsQuery:
    @query(
        staff(Role.REVIEWER, Role.CASHIER, Role.FINANCE, Role.ADMIN),
        "What was decided on a loan, made once more: its cost ceiling, its purpose, what its borrower owed. Each by the "
        "policy of its own day as it was known then, unless `under` names another day.",
    )
    async def decisions_again(
        self,
        info: Info,
        loan_id: Annotated[strawberry.ID, strawberry.argument(description="The loan.")],
        under: Annotated[date | None, strawberry.argument(description="By the policy of this day.")] = None,
        on: Annotated[
            date | None,
            strawberry.argument(description="Also how pressing the loan was on this day, and what was reminded of."),
        ] = None,
    ) -> list[DecisionAgain]:
        async with info.context.reading() as (session, at):
            found = await decisions.again(
                session, loan_id=read_id("Loan", loan_id, "loanId"), under=under, on=on, at=at
            )
            return [DecisionAgain.of(info.context, each) for each in found]
