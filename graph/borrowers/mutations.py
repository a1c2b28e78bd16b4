"""What borrowers do, and what staff does with their data."""

from typing import Annotated

import strawberry

from domain.borrowers.services import reveal
from domain.shared.actors import Role
from graph.access import mutation, staff
from graph.borrowers.enums import PersonalField
from graph.borrowers.log_ins import LogInMutations
from graph.borrowers.proving import ProvingMutations
from graph.borrowers.telling import TellingMutations
from graph.context import Info
from graph.ids import read_id
from graph.problems import Problem


@strawberry.input(description="Which piece of personal data to show, and what for.")
class RevealPersonalDataInput:
    id: strawberry.ID = strawberry.field(description="The borrower.")
    field: PersonalField = strawberry.field(description="What to show.")
    purpose: str = strawberry.field(description="What for, in 4 to 200 characters; it is written down.")


@strawberry.type(description="A piece of personal data in the clear. Whoever asked for it, and why, is on record.")
class RevealedData:
    kind: PersonalField = strawberry.field(description="What it is.")
    value: str = strawberry.field(description="The value.")


RevealPersonalDataResult = Annotated[
    RevealedData | Problem, strawberry.union("RevealPersonalDataResult", description="The value, or why not.")
]


@strawberry.type
class BorrowersMutation(LogInMutations, TellingMutations, ProvingMutations):
    @mutation(staff(Role.REVIEWER, Role.CASHIER), "Show a piece of personal data in the clear. It is audited.")
    async def reveal_personal_data(self, info: Info, input: RevealPersonalDataInput) -> RevealPersonalDataResult:
        async with info.context.transaction() as (session, at):
            value = await reveal.reveal(
                session,
                borrower_id=read_id("Borrower", input.id, "id"),
                field=input.field,
                purpose=input.purpose,
                actor=info.context.actor,
                at=at,
            )
        return RevealedData(kind=input.field, value=value.reveal())
