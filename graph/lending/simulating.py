"""What if: events somebody supposes, what would follow from them, and letting them come true."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from domain.lending.rules.events import Event, Paid
from domain.lending.rules.simulating import Meanwhile
from domain.lending.rules.supposing import Supposed, SupposedKind
from domain.lending.services import committing, simulating
from domain.lending.services.committing import Way
from domain.shared.actors import Actor, Role
from graph.access import borrower, logged_in, mutation
from graph.context import Context, Info
from graph.enums import described
from graph.ids import global_id, read_id, read_optional_id
from graph.lending.enums import RepaymentIntent
from graph.lending.happened import EventAllocation, EventWaiver
from graph.lending.loading import loan_of
from graph.lending.outlook import Outlook
from graph.lending.types import Loan
from graph.payments.channels import offered
from graph.payments.sending import sent
from graph.payments.types import PaymentProduct, RepaymentOrder
from graph.problems import Problem
from graph.scalars import Fen

described(
    SupposedKind,
    "What can be supposed.",
    {
        "PAYMENT": "Money is paid: `amount` (left out of a PAYOFF: what it takes), `intent`, `on`.",
        "WAIVER": "What is due is let go of, up to `penalty` and `interest`, on `on`. Staff only.",
        "REVERSAL": "The repayment `repaymentId` never was. Staff only.",
        "WRITE_OFF": "The loan is given up on `on`. Staff only.",
    },
    name="SimulatedEventKind",
)
described(
    Meanwhile,
    "What happens between today and the day that is looked at, beside what is supposed.",
    {
        "AS_PLANNED": "What is due is paid today, and every installment on its due day.",
        "NOTHING": "Nothing: installments may be missed.",
    },
)


@strawberry.input(description="One thing that is supposed: its kind, and what that kind needs, nothing else.")
class SimulatedEventInput:
    kind: SupposedKind = strawberry.field(description="What it is.")
    on: date | None = strawberry.field(default=None, description="When it counts; today if not said.")
    amount: Fen | None = strawberry.field(default=None, description="Of a payment: how much.")
    intent: RepaymentIntent | None = strawberry.field(
        default=None, description="Of a payment: what it is for; INSTALLMENT if not said."
    )
    penalty: Fen | None = strawberry.field(default=None, description="Of a waiver: penalty at most.")
    interest: Fen | None = strawberry.field(default=None, description="Of a waiver: interest at most.")
    repayment_id: strawberry.ID | None = strawberry.field(default=None, description="Of a reversal: which repayment.")

    def read(self, n: int) -> Supposed:
        return Supposed(
            kind=self.kind,
            on=self.on,
            amount_fen=self.amount,
            intent=self.intent,
            penalty_fen=self.penalty,
            interest_fen=self.interest,
            repayment_id=read_optional_id("Repayment", self.repayment_id, f"events.{n}.repaymentId"),
        )


@strawberry.input(description="What may happen to a loan.")
class SimulateLoanInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    events: list[SimulatedEventInput] = strawberry.field(description="At most 24, in any order.")
    as_of: date | None = strawberry.field(
        default=None, description="The day to look at, not before any event; the last event's if not said."
    )
    meanwhile: Meanwhile = strawberry.field(
        default=Meanwhile.AS_PLANNED, description="What happens from today to that day beside it."
    )


@strawberry.input(description="A simulation of one's own that is to come true.")
class CommitSimulationInput:
    simulation_id: strawberry.ID = strawberry.field(description="The simulation.")
    channel: str | None = strawberry.field(
        default=None,
        description="A borrower's: by which channel he pays. Without it we choose, as createRepayment does.",
    )
    product: PaymentProduct | None = strawberry.field(default=None, description="A borrower's: the way to pay.")
    return_url: str | None = strawberry.field(default=None, description="Where the channel sends the browser after.")
    payer_id: str | None = strawberry.field(
        default=None, description="Who pays, as the channel knows him inside its own app (openid); JSAPI needs it."
    )
    reason: str | None = strawberry.field(
        default=None, description="The staff's: why; a waiver, a reversal and a write-off need it."
    )
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


@strawberry.type(description="Something that is supposed, and what it would do.")
class SimulatedEvent:
    kind: SupposedKind = strawberry.field(description="What it is.")
    on: date = strawberry.field(description="When it counts.")
    amount: Fen | None = strawberry.field(description="Of a payment: how much.")
    intent: RepaymentIntent | None = strawberry.field(description="Of a payment: what it is for.")
    planned: bool = strawberry.field(description="Whether it is not said but assumed: a payment as planned, meanwhile.")
    allocation: EventAllocation | None = strawberry.field(description="Of a payment: where it would go.")
    waived: EventWaiver | None = strawberry.field(description="Of a waiver: what it would really let go of.")
    repayment_id: strawberry.ID | None = strawberry.field(description="Of a reversal: which repayment.")

    @classmethod
    def all_of(cls, made: simulating.Simulated) -> "list[SimulatedEvent]":
        """Supposed and planned ones in the order in which they would count."""
        position, would = made.would.after.position, made.would
        said = dict(zip((event.key for event in would.supposed), made.supposed, strict=True))
        told: list[SimulatedEvent] = []
        for event in sorted((*would.supposed, *would.planned), key=_place):
            each = said.get(event.key) or Supposed(SupposedKind.PAYMENT)
            spread, waiver = position.allocations.get(event.key), position.waivers.get(event.key)
            told.append(
                cls(
                    kind=each.kind,
                    on=event.date,
                    amount=Fen(event.amount_fen) if isinstance(event, Paid) else None,
                    intent=event.intent if isinstance(event, Paid) else None,
                    planned=event.key not in said,
                    allocation=EventAllocation.of(spread) if spread else None,
                    waived=EventWaiver.of(waiver) if waiver else None,
                    repayment_id=global_id("Repayment", each.repayment_id) if each.repayment_id else None,
                )
            )
        return told


@strawberry.type(
    description="What a loan would be after events that have not happened, beside what it is without them."
)
class Simulation:
    id: strawberry.ID = strawberry.field(description="Its id: what commitSimulation takes.")
    loan: Loan = strawberry.field(description="The loan; nothing of it has changed.")
    loan_version: int = strawberry.field(description="The last sequence of the loan's journal that it knows of.")
    as_of: date = strawberry.field(description="The day that is looked at.")
    events: list[SimulatedEvent] = strawberry.field(description="What is supposed, and what is assumed meanwhile.")
    before: Outlook = strawberry.field(description="The loan without what is supposed, paid as planned until that day.")
    after: Outlook = strawberry.field(description="The loan with it.")
    saving: Fen | None = strawberry.field(
        description="What the loan costs less over its whole life, negative if more; null if it is written off."
    )
    committable: bool = strawberry.field(description="Whether the asker may commit it.")
    valid_until: datetime = strawberry.field(description="Until when, if nothing happens to the loan meanwhile.")

    @classmethod
    def of(cls, made: simulating.Simulated) -> "Simulation":
        would, saving_fen = made.would, made.would.saving_fen
        return cls(
            id=global_id("Simulation", made.row.id),
            loan=Loan.of(made.loan),
            loan_version=made.row.loan_version,
            as_of=would.on,
            events=SimulatedEvent.all_of(made),
            before=Outlook.of(would.before),
            after=Outlook.of(would.after),
            saving=None if saving_fen is None else Fen(saving_fen),
            committable=made.committable,
            valid_until=made.row.valid_until,
        )


SimulateLoanResult = Annotated[
    Simulation | Problem, strawberry.union("SimulateLoanResult", description="What would be, or why it cannot be.")
]
CommitSimulationResult = Annotated[
    RepaymentOrder | Loan | Problem,
    strawberry.union("CommitSimulationResult", description="A borrower's order, the staff's loan, or why not."),
]


def _who_may_commit(actor: Actor) -> bool:
    return borrower(actor) or actor.has(Role.CASHIER, Role.FINANCE)


@strawberry.type
class SimulatingMutation:
    @mutation(
        logged_in,
        "What would become of a loan if something happened to it. A borrower supposes payments on his own loan, staff "
        "anything. Nothing of the loan changes; the simulation is kept, so that it can be committed.",
    )
    async def simulate_loan(self, info: Info, input: SimulateLoanInput) -> SimulateLoanResult:
        async with info.context.transaction() as (session, at):
            made = await simulating.simulated(
                session,
                loan_id=read_id("Loan", input.loan_id, "loanId"),
                supposed=[each.read(n) for n, each in enumerate(input.events)],
                on=input.as_of,
                meanwhile=input.meanwhile,
                actor=info.context.actor,
                at=at,
            )
        return Simulation.of(made)

    @mutation(
        _who_may_commit,
        "Let a simulation of one's own come true, once, if nothing has happened to the loan since. A borrower's payment "
        "of today becomes an order, as by createRepayment; what staff supposed is recorded, all of it or nothing.",
    )
    async def commit_simulation(self, info: Info, input: CommitSimulationInput) -> CommitSimulationResult:
        async with info.context.once("commitSimulation", input) as (session, at, claim):
            if claim.outcome_id is None:
                outcome = await committing.commit(
                    session,
                    simulation_id=read_id("Simulation", input.simulation_id, "simulationId"),
                    actor=info.context.actor,
                    way=_way(info.context, input),
                    reason=input.reason,
                    at=at,
                )
                claim.settle(outcome.kind, outcome.id)
        if claim.row.outcome_kind == "Loan":
            return await loan_of(info.context, claim.done)
        return await sent(info.context, claim.done, payer_id=input.payer_id)


def _way(context: Context, input: CommitSimulationInput) -> Way:
    house = context.house
    channel = None if input.channel is None else offered(house, input.channel)
    return Way(channel, input.product and input.product.value, input.return_url, house.registry.candidates())


def _place(event: Event) -> tuple[date, int]:
    return event.date, event.sequence
