"""What if: somebody supposes what may happen to a loan, is told what would follow, and may commit it later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import DayNotAskable, LoanNotFound, LoanNotRunning, MoreThanOwed, RepaymentNotFound
from domain.lending.models import Loan, LoanSimulation, Repayment, RepaymentStatus
from domain.lending.rules.events import Event, Intent, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.machine import PAID_OUT, TAKES_MONEY, LoanStatus
from domain.lending.rules.payoff import valid_until
from domain.lending.rules.plan import plan_days
from domain.lending.rules.simulating import Meanwhile, PaidOff, Simulation, Supposition, simulate
from domain.lending.rules.supposing import Supposed, SupposedKind
from domain.lending.rules.terms import Terms
from domain.lending.services import journal, wishes
from domain.lending.simulation_errors import RepaymentReversed, SupposedEventNotAllowed, TooManyEvents
from domain.shared.actors import Actor, ActorKind, Role
from domain.shared.ids import new_id
from domain.shared.money import yuan

MOST_EVENTS = 24
VALIDITY = timedelta(hours=1)
"""How long a simulation can be committed; never beyond its day."""
KEPT = timedelta(days=1)
"""How long one that lapsed is kept, so that whoever commits it late is told why not."""
_BEYOND = timedelta(days=366)
"""How far past its last due date a loan can be looked at."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What is kept of a simulation, and all that came out of it. `supposed` goes with the simulation's events."""

    row: LoanSimulation
    loan: Loan
    supposed: tuple[Supposed, ...]
    would: Simulation
    committable: bool


async def simulated(
    session: AsyncSession,
    *,
    loan_id: UUID,
    supposed: Sequence[Supposed],
    on: date | None = None,
    meanwhile: Meanwhile = Meanwhile.AS_PLANNED,
    actor: Actor,
    at: datetime,
) -> Simulated:
    """What would become of a loan; nothing of it changes. A borrower supposes payments on his own, staff anything.

    What is refused is what could not be recorded. Raises LoanNotFound, LoanNotRunning, TooManyEvents,
    SupposedEventUnclear, SupposedEventNotAllowed, RepaymentNotFound, RepaymentReversed, DayNotAskable, MoreThanOwed, and
    what `rules.simulating.simulate` raises.
    """
    if len(supposed) > MOST_EVENTS:
        raise TooManyEvents(most=MOST_EVENTS, count=len(supposed))
    for n, each in enumerate(supposed):
        each.check(_about(n))
    loan = await _loan_for(session, loan_id, actor)
    version, today = loan.last_sequence, await journal.today_of(session, loan, at)
    history = await journal.history_of(session, loan)
    said = {_about(n): replace(each, on=each.on or today) for n, each in enumerate(supposed)}
    events = [await _event(session, loan, each, key, today) for key, each in said.items()]
    _must_be_thinkable(loan, said, actor, today)
    _must_be_askable(history.terms, events, on, today)
    would = simulate(history.terms, history.events, events, today=today, on=on, meanwhile=meanwhile)
    in_order = tuple(_resolved(said[str(event.key)], event) for event in would.supposed)
    committable = may_commit(actor, in_order, today)
    if actor.kind is ActorKind.BORROWER:
        _must_be_owed(would)
        if committable:
            (one,) = in_order
            await wishes.judged(
                session, loan, intent=one.intent or Intent.INSTALLMENT, amount_fen=one.amount_fen, at=at
            )
    row = LoanSimulation(
        id=new_id(),
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        made_by=actor.name,
        loan_version=version,
        supposed=[each.kept() for each in in_order],
        meanwhile=meanwhile,
        looked_at_on=would.on,
        saving_fen=would.saving_fen,
        payoff_fen=would.after.position.payoff_fen,
        made_on=today,
        made_at=at,
        valid_until=valid_until(today, at, VALIDITY),
    )
    session.add(row)
    await session.flush()
    return Simulated(row, loan, in_order, would, committable)


async def forget_lapsed(session: AsyncSession, *, at: datetime, limit: int) -> int:
    """Remove up to `limit` simulations that can no longer be committed; how many it were. Those committed stay."""
    lapsed = select(LoanSimulation.id).where(
        LoanSimulation.committed_at.is_(None), LoanSimulation.valid_until < at - KEPT
    )
    gone = await session.scalars(
        delete(LoanSimulation)
        .where(LoanSimulation.id.in_(lapsed.limit(limit)))
        .returning(LoanSimulation.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def may_commit(actor: Actor, supposed: Sequence[Supposed], today: date) -> bool:
    """Whether somebody may let this happen: a borrower one payment of today, staff what its role does, up to today."""
    if not supposed or any(each.on is None or each.on > today for each in supposed):
        return False
    if actor.kind is ActorKind.BORROWER:
        return [(each.kind, each.on) for each in supposed] == [(SupposedKind.PAYMENT, today)]
    return all(actor.has(*_WHO[each.kind]) for each in supposed)


_WHO: Mapping[SupposedKind, tuple[Role, ...]] = {
    SupposedKind.PAYMENT: (Role.CASHIER, Role.FINANCE),
    SupposedKind.WAIVER: (Role.FINANCE,),
    SupposedKind.REVERSAL: (Role.FINANCE,),
    SupposedKind.WRITE_OFF: (Role.FINANCE,),
}


def _about(n: int) -> str:
    """What an event is known by: where it stands in the input."""
    return f"events.{n}"


async def _loan_for(session: AsyncSession, loan_id: UUID, actor: Actor) -> Loan:
    """The loan, if its money is out and the asker may look at it. Raises LoanNotFound, LoanNotRunning."""
    loan = await session.get(Loan, loan_id, populate_existing=True)
    if loan is None or (actor.kind is not ActorKind.STAFF and loan.borrower_id != actor.id):
        raise LoanNotFound
    if loan.status not in PAID_OUT:
        raise LoanNotRunning(number=loan.number, status=loan.status)
    return loan


async def _event(session: AsyncSession, loan: Loan, said: Supposed, key: str, today: date) -> Supposition:
    day = said.on or today
    match said.kind:
        case SupposedKind.PAYMENT if said.amount_fen is not None:
            return Paid(key, day, 0, said.amount_fen, said.intent or Intent.INSTALLMENT)
        case SupposedKind.PAYMENT:
            return PaidOff(key, day)
        case SupposedKind.WAIVER:
            return Waived(key, day, 0, said.penalty_fen or 0, said.interest_fen or 0)
        case SupposedKind.WRITE_OFF:
            return WrittenOff(key, day, 0)
        case SupposedKind.REVERSAL:
            repayment = await session.get(Repayment, said.repayment_id, populate_existing=True)
            if repayment is None or repayment.loan_id != loan.id:
                raise RepaymentNotFound(fields=(f"{key}.repaymentId",))
            if repayment.status is RepaymentStatus.REVERSED:
                raise RepaymentReversed(number=repayment.number, fields=(f"{key}.repaymentId",))
            return Reversed(key, day, 0, repayment.event_id)


def _must_be_thinkable(loan: Loan, said: Mapping[str, Supposed], actor: Actor, today: date) -> None:
    """Refuse what this loan cannot undergo as it stands, and what this asker may not suppose."""
    reopened = any(each.kind is SupposedKind.REVERSAL for each in said.values())
    for key, each in said.items():
        is_payment = each.kind is SupposedKind.PAYMENT
        if actor.kind is ActorKind.BORROWER and (not is_payment or (each.on or today) < today):
            raise SupposedEventNotAllowed(fields=(key,))
        if each.kind is SupposedKind.WRITE_OFF and loan.status is LoanStatus.WRITTEN_OFF:
            raise LoanNotRunning(number=loan.number, status=loan.status, fields=(key,))
        if each.kind is not SupposedKind.REVERSAL and loan.status not in TAKES_MONEY and not reopened:
            raise LoanNotRunning(number=loan.number, status=loan.status, fields=(key,))


def _must_be_askable(terms: Terms, events: Sequence[Supposition], on: date | None, today: date) -> None:
    latest = max(today, date.fromordinal(plan_days(terms)[-1])) + _BEYOND
    for event in events:
        if event.date > latest:
            raise DayNotAskable(day=event.date, first=today, last=latest, fields=(f"{event.key}.on",))
    first = max((today, *(event.date for event in events)))
    if on is not None and not first <= on <= latest:
        raise DayNotAskable(day=on, first=first, last=latest)


def _resolved(said: Supposed, event: Event) -> Supposed:
    """The payment of a payoff with the sum it takes, an installment with its intent."""
    return replace(said, amount_fen=event.amount_fen, intent=event.intent) if isinstance(event, Paid) else said


def _must_be_owed(would: Simulation) -> None:
    """A borrower is not asked for more than he will owe."""
    for event in would.supposed:
        if isinstance(event, Paid) and (excess_fen := would.after.position.allocations[event.key].excess_fen):
            raise MoreThanOwed(
                amount=yuan(event.amount_fen),
                payoff=yuan(event.amount_fen - excess_fen),
                date=event.date,
                fields=(f"{event.key}.amount",),
            )
