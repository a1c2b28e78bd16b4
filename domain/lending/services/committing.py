"""A simulation comes true: what was supposed is recorded, if nothing has happened to the loan meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, LoanSimulation
from domain.lending.queries import journal as journal_queries
from domain.lending.queries import loans as queries
from domain.lending.queries.simulations import order_under_way, simulation_of
from domain.lending.queries.withholding import has_unapplied
from domain.lending.rules.events import Intent
from domain.lending.rules.supposing import Supposed, SupposedKind
from domain.lending.services import journal, repayment, waiver, write_off
from domain.lending.services.simulating import may_commit
from domain.lending.simulation_errors import (
    PaymentWayMissing,
    SimulationLapsed,
    SimulationNotCommittable,
    SimulationStale,
    SimulationUsed,
)
from domain.payments.errors import AnotherPaymentLive
from domain.payments.rules.routing import Candidate
from domain.payments.services.orders import ChannelOffer
from domain.shared import audit
from domain.shared.actors import Actor, ActorKind
from domain.shared.days import SHANGHAI, business_day

ARRIVING = "PAYMENT_ARRIVING"
"""Money has come and is about to be applied."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the order by which a borrower pays, or the loan to which staff let it happen."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Way:
    """How a borrower will pay: by a channel that he named, or by one of the candidates."""

    channel: ChannelOffer | None = None
    product: str | None = None
    return_url: str | None = None
    candidates: Sequence[Candidate] = ()


async def commit(
    session: AsyncSession,
    *,
    simulation_id: UUID,
    actor: Actor,
    way: Way,
    reason: str | None,
    at: datetime,
) -> Outcome:
    """Let a simulation of one's own come true, once, all of it or nothing, under the loan's lock.

    A borrower's payment becomes an order for him to pay. What staff supposed is recorded event by event, as of its days.
    Raises SimulationNotFound, SimulationUsed, SimulationLapsed, SimulationStale, AnotherPaymentLive,
    SimulationNotCommittable, PaymentWayMissing, and what recording the events one by one raises.
    """
    loan_id = (await simulation_of(session, simulation_id, actor.name)).loan_id
    loan = await queries.lock_loan(session, loan_id)
    row = await simulation_of(session, simulation_id, actor.name)
    today = await journal.today_of(session, loan, at)
    await _must_hold(session, row, loan, today, at)
    supposed = [Supposed.read(kept) for kept in row.supposed]
    if not may_commit(actor, supposed, today):
        raise SimulationNotCommittable
    if actor.kind is ActorKind.BORROWER:
        outcome = await _ordered(session, loan, supposed[0], way, at)
    else:
        outcome = await _recorded(session, row, supposed, reason=reason or "", actor=actor, at=at)
    row.committed_at, row.outcome_kind, row.outcome_id = at, outcome.kind, outcome.id
    audit.record(
        session,
        actor=actor,
        action="simulation.commit",
        subject=("loan", loan.id),
        at=at,
        simulation_id=str(row.id),
        loan_version=row.loan_version,
    )
    await session.flush()
    return outcome


async def _must_hold(session: AsyncSession, row: LoanSimulation, loan: Loan, today: date, at: datetime) -> None:
    """Refuse a simulation of which something is not true any more, with what it is."""
    if row.committed_at is not None:
        raise SimulationUsed(date=business_day(row.committed_at))
    if at > row.valid_until or today != row.made_on:
        raise SimulationLapsed(valid_until=f"{row.valid_until.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
    if loan.last_sequence != row.loan_version:
        events = (await journal_queries.events_of(session, [loan.id]))[loan.id]
        news = [f"{event.kind} {event.value_date}" for event in events if event.sequence > row.loan_version]
        raise SimulationStale(number=loan.number, what=", ".join(news))
    if await has_unapplied(session, loan.id):
        raise SimulationStale(number=loan.number, what=ARRIVING)
    if order := await order_under_way(session, loan.id, at):
        raise AnotherPaymentLive(number=order.number, fields=("simulationId",))


async def _ordered(session: AsyncSession, loan: Loan, payment: Supposed, way: Way, at: datetime) -> Outcome:
    if way.product is None:
        raise PaymentWayMissing
    order = await repayment.request(
        session,
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
        intent=payment.intent or Intent.INSTALLMENT,
        amount_fen=payment.amount_fen,
        channel=way.channel,
        product=way.product,
        return_url=way.return_url,
        at=at,
        candidates=way.candidates,
    )
    return Outcome("RepaymentOrder", order.id)


async def _recorded(
    session: AsyncSession, row: LoanSimulation, supposed: list[Supposed], *, reason: str, actor: Actor, at: datetime
) -> Outcome:
    for n, each in enumerate(supposed):
        # The payment's id is the event's place in its simulation: it could not be recorded twice even if we tried.
        await _record(session, row.loan_id, each, payment_id=uuid5(row.id, str(n)), reason=reason, actor=actor, at=at)
    return Outcome("Loan", row.loan_id)


async def _record(
    session: AsyncSession, loan_id: UUID, each: Supposed, *, payment_id: UUID, reason: str, actor: Actor, at: datetime
) -> None:
    match each.kind:
        case SupposedKind.PAYMENT if each.amount_fen is not None and each.on is not None:
            await repayment.record_offline(
                session,
                loan_id=loan_id,
                payment_id=payment_id,
                amount_fen=each.amount_fen,
                intent=each.intent or Intent.INSTALLMENT,
                value_date=each.on,
                at=at,
                actor=actor,
            )
        case SupposedKind.WAIVER:
            await waiver.waive(
                session,
                loan_id=loan_id,
                penalty_fen=each.penalty_fen or 0,
                interest_fen=each.interest_fen or 0,
                value_date=each.on,
                reason=reason,
                at=at,
                actor=actor,
            )
        case SupposedKind.REVERSAL if each.repayment_id is not None:
            await repayment.reverse(session, repayment_id=each.repayment_id, reason=reason, at=at, actor=actor)
        case SupposedKind.WRITE_OFF:
            await write_off.write_off(session, loan_id=loan_id, value_date=each.on, reason=reason, at=at, actor=actor)
        case _:
            raise ValueError(f"nothing can be recorded of {each}")
