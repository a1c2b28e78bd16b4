"""What the staff does with a loan that is not paid as agreed: a waiver, a write-off."""

from datetime import date
from typing import Annotated

import strawberry

from domain.lending.services import waiver, write_off
from domain.shared.actors import Role
from graph.access import mutation, staff
from graph.context import Info
from graph.ids import read_id
from graph.lending.loading import loan_of
from graph.lending.types import Loan
from graph.problems import Problem
from graph.scalars import Fen


@strawberry.input(description="Penalty and interest to let go of, up to these sums.")
class WaiveInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    penalty: Fen = strawberry.field(description="Penalty at most.")
    interest: Fen = strawberry.field(description="Interest at most.")
    reason: str = strawberry.field(description="Why.")
    value_date: date | None = strawberry.field(
        default=None, description="The day it counts from: what was due then is let go of. Today if not said."
    )
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


@strawberry.input(description="A loan to give up, as of a day.")
class WriteOffInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    reason: str = strawberry.field(description="Why.")
    value_date: date | None = strawberry.field(
        default=None, description="The day it counts from: what was paid after it is recovery. Today if not said."
    )
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


def _or_problem(name: str) -> object:
    return strawberry.union(name, description="What was changed, or why not.")


WaiveResult = Annotated[Loan | Problem, _or_problem("WaiveResult")]
WriteOffResult = Annotated[Loan | Problem, _or_problem("WriteOffResult")]


@strawberry.type
class ServicingMutation:
    @mutation(staff(Role.FINANCE), "Let go of penalty and interest that are due. A waiver is not taken back.")
    async def waive(self, info: Info, input: WaiveInput) -> WaiveResult:
        loan_id = read_id("Loan", input.loan_id, "loanId")
        async with info.context.once("waive", input) as (session, at, claim):
            if claim.outcome_id is None:
                await waiver.waive(
                    session,
                    loan_id=loan_id,
                    penalty_fen=input.penalty,
                    interest_fen=input.interest,
                    reason=input.reason,
                    value_date=input.value_date,
                    at=at,
                    actor=info.context.actor,
                )
                claim.settle("Loan", loan_id)
        return await loan_of(info.context, loan_id)

    @mutation(
        staff(Role.FINANCE),
        "Give a loan up: it earns nothing more, and what still comes is recovery. Once and for good: a write-off cannot "
        "be taken back.",
    )
    async def write_off(self, info: Info, input: WriteOffInput) -> WriteOffResult:
        loan_id = read_id("Loan", input.loan_id, "loanId")
        async with info.context.once("writeOff", input) as (session, at, claim):
            if claim.outcome_id is None:
                await write_off.write_off(
                    session,
                    loan_id=loan_id,
                    reason=input.reason,
                    value_date=input.value_date,
                    at=at,
                    actor=info.context.actor,
                )
                claim.settle("Loan", loan_id)
        return await loan_of(info.context, loan_id)
