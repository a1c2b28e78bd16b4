"""What collectors do: take a case, try to reach the debtor, write down what he promises."""

from datetime import date
from typing import Annotated

import strawberry

from domain.collections.models import ContactAttempt as AttemptRow
from domain.collections.queries import contacting as queries
from domain.collections.services import assigning, contacting, promises
from domain.shared.actors import Role
from domain.shared.outcome import Refused, done
from graph.access import mutation, staff
from graph.collections.doings import ContactAttempt, PaymentPromise
from graph.collections.enums import ContactChannel, ContactOutcome, ContactParty
from graph.collections.types import CollectionCase
from graph.context import Info
from graph.ids import read_id, read_optional_id
from graph.problems import Problem
from graph.scalars import Fen


@strawberry.input(description="Who takes a case.")
class AssignCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    staff_id: strawberry.ID = strawberry.field(description="The collector.")


@strawberry.input(description="How somebody was tried, and what came of it.")
class RecordContactInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    channel: ContactChannel = strawberry.field(description="By which way.")
    party: ContactParty = strawberry.field(description="Whom.")
    contact_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which contact, from `locatingContacts`; left out for the debtor himself."
    )
    outcome: ContactOutcome = strawberry.field(description="What came of it.")
    note: str | None = strawberry.field(default=None, description="What is worth knowing, in 500 characters.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


@strawberry.input(description="What the debtor promised.")
class RecordPromiseInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    amount: Fen = strawberry.field(description="How much; no more than will be due by that day.")
    on: date = strawberry.field(description="By the end of which day; today at the earliest.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


AssignCaseResult = Annotated[
    CollectionCase | Problem, strawberry.union("AssignCaseResult", description="The case, or why not.")
]
RecordContactResult = Annotated[
    ContactAttempt | Problem, strawberry.union("RecordContactResult", description="What was written down, or why not.")
]
RecordPromiseResult = Annotated[
    PaymentPromise | Problem, strawberry.union("RecordPromiseResult", description="The promise, or why not.")
]


@strawberry.type
class CollectionsMutation:
    @mutation(
        staff(Role.COLLECTOR, Role.ADMIN),
        "Give a case to a collector: an administrator to whom he wants, a collector to himself what is nobody's.",
    )
    async def assign_case(self, info: Info, input: AssignCaseInput) -> AssignCaseResult:
        async with info.context.transaction() as (session, at):
            case = await assigning.assign(
                session,
                case_id=read_id("CollectionCase", input.case_id, "caseId"),
                staff_id=read_id("StaffMember", input.staff_id, "staffId"),
                actor=info.context.actor,
                at=at,
            )
            return CollectionCase.of(case)

    @mutation(
        staff(Role.COLLECTOR),
        "Write down that somebody was tried in one's own case. The contact guard decides on it at business time; what it "
        "refuses is kept among the case's decisions.",
    )
    async def record_contact(self, info: Info, input: RecordContactInput) -> RecordContactResult:
        outcome: AttemptRow | Refused
        async with info.context.once("recordContact", input) as (session, at, claim):
            if claim.outcome_id is None:
                outcome = await contacting.record(
                    session,
                    case_id=read_id("CollectionCase", input.case_id, "caseId"),
                    channel=input.channel,
                    party=input.party,
                    contact_id=read_optional_id("Contact", input.contact_id, "contactId"),
                    outcome=input.outcome,
                    note=input.note,
                    actor=info.context.actor,
                    at=at,
                )
                # A refusal settles nothing: the same request may be allowed in the morning.
                if not isinstance(outcome, Refused):
                    claim.settle("ContactAttempt", outcome.id)
            else:
                outcome = await queries.attempt(session, claim.outcome_id)
        return ContactAttempt.of(done(outcome))

    @mutation(staff(Role.COLLECTOR), "Write down what the debtor of one's own case promised to pay, and by when.")
    async def record_promise(self, info: Info, input: RecordPromiseInput) -> RecordPromiseResult:
        async with info.context.once("recordPromise", input) as (session, at, claim):
            if claim.outcome_id is None:
                made = await promises.make(
                    session,
                    case_id=read_id("CollectionCase", input.case_id, "caseId"),
                    amount_fen=input.amount,
                    on=input.on,
                    actor=info.context.actor,
                    at=at,
                )
                claim.settle("PaymentPromise", made.id)
            return PaymentPromise.of(await queries.promise(session, claim.done))
