"""Whatever happens to a loan, in whatever order we hear of it: every law of the books holds after each step.

And at the end the books hold what the slow second reckoning says they should, to the fen.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, RepaymentStatus
from domain.lending.queries import loans as queries
from domain.lending.rules.events import Intent
from domain.lending.rules.machine import TAKES_MONEY
from domain.lending.rules.posting import COMPONENTS
from domain.lending.rules.terms import Terms
from domain.lending.services import close_of_day, excess, journal, payoff, repayment, waiver, write_off
from domain.shared.actors import SYSTEM
from domain.shared.errors import DomainError
from domain.shared.ids import new_id
from tests.domain.lending.day_by_day import DayByDay
from tests.domain.lending.loans import any_terms, sums
from tests.domain.lending.rows import noon, running_loan, settled_attempt
from tests.domain.lending.services.laws import the_books_hold

KINDS = ["pay", "pay", "pay", "offline", "payoff", "again", "reverse", "waive", "refund", "night", "night", "write_off"]


@dataclass(frozen=True)
class Step:
    """Something that happens so many days after what happened before, and may count from some days earlier."""

    kind: str
    days: int
    late: int
    fen: int
    which: int
    intent: Intent


def steps(terms: Terms) -> st.SearchStrategy[list[Step]]:
    step = st.builds(
        Step,
        kind=st.sampled_from(KINDS),
        days=st.sampled_from([0, 0, 1, 5, 15, 28, 31, 95]),
        late=st.sampled_from([0, 0, 0, 1, 3, 40]),
        fen=sums(terms),
        which=st.integers(0, 5),
        intent=st.sampled_from(Intent),
    )
    return st.lists(step, min_size=1, max_size=8)


histories = any_terms().flatmap(lambda terms: st.tuples(st.just(terms), steps(terms)))


class Life:
    """One loan, and the day it is."""

    def __init__(self, session: AsyncSession, loan: Loan, today: date) -> None:
        self.session, self.loan, self.today = session, loan, today
        self.attempts: list[UUID] = []

    async def live(self, step: Step) -> None:
        self.today += timedelta(days=step.days)
        try:
            async with self.session.begin_nested():
                await getattr(self, step.kind)(step)
        except DomainError as refusal:
            note(f"{step.kind}: {refusal}")

    async def pay(self, step: Step) -> None:
        await self._pay(step.fen, step.intent, self._counts_from(step))

    async def offline(self, step: Step) -> None:
        await repayment.record_offline(
            self.session,
            loan_id=self.loan.id,
            payment_id=new_id(),
            amount_fen=step.fen,
            intent=step.intent,
            value_date=self._counts_from(step),
            at=noon(self.today),
            actor=SYSTEM,
        )

    async def payoff(self, _step: Step) -> None:
        quote = await payoff.quote(self.session, self.loan.id, noon(self.today))
        if quote.amount_fen:  # nothing is owed of a loan that was written off and then paid after all
            await self._pay(quote.amount_fen, Intent.PAYOFF, self.today)
        assert self.loan.status not in TAKES_MONEY or self.loan.principal_open_fen == 0

    async def again(self, step: Step) -> None:
        if self.attempts:
            attempt_id = self.attempts[step.which % len(self.attempts)]
            await repayment.apply_settled(self.session, attempt_id=attempt_id, at=noon(self.today))

    async def reverse(self, step: Step) -> None:
        made = (await queries.repayments_of(self.session, [self.loan.id]))[self.loan.id]
        standing = [each for each in made if each.status is RepaymentStatus.APPLIED]
        if standing:
            await repayment.reverse(
                self.session,
                repayment_id=standing[step.which % len(standing)].id,
                reason="bounced",
                at=noon(self.today),
                actor=SYSTEM,
            )

    async def waive(self, step: Step) -> None:
        await waiver.waive(
            self.session,
            loan_id=self.loan.id,
            penalty_fen=step.fen,
            interest_fen=step.fen // 2,
            reason="hardship",
            at=noon(self.today),
            actor=SYSTEM,
            value_date=self._counts_from(step),
        )

    async def refund(self, step: Step) -> None:
        await excess.record_offline(
            self.session,
            loan_id=self.loan.id,
            refund_id=new_id(),
            amount_fen=min(step.fen, self.loan.excess_fen),
            value_date=self.today,
            reason="the borrower's wish",
            by=SYSTEM,
            at=noon(self.today),
        )

    async def night(self, _step: Step) -> None:
        await close_of_day.close(self.session, at=noon(self.today))

    async def write_off(self, step: Step) -> None:
        await write_off.write_off(
            self.session,
            loan_id=self.loan.id,
            reason="insolvent",
            at=noon(self.today),
            actor=SYSTEM,
            value_date=self._counts_from(step),
        )

    async def reckoned_twice(self) -> bool:
        """The books of the loan, on the day they stand at, are those of the second reckoning."""
        history = await journal.history_of(self.session, self.loan)
        book = await queries.book_of(self.session, self.loan.id)
        second = DayByDay(history.terms, list(history.events), book.posted_through).books()
        assert {name: getattr(book, name) for name in COMPONENTS} == second
        return True

    def _counts_from(self, step: Step) -> date:
        assert self.loan.value_date
        return max(self.today - timedelta(days=step.late), self.loan.value_date)

    async def _pay(self, fen: int, intent: Intent, paid_on: date) -> None:
        attempt_id = await settled_attempt(
            self.session, self.loan, fen, paid_at=noon(paid_on), at=noon(self.today), intent=intent
        )
        self.attempts.append(attempt_id)
        await repayment.apply_settled(self.session, attempt_id=attempt_id, at=noon(self.today))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(histories)
async def test_every_law_holds_after_every_step(session: AsyncSession, history: tuple[Terms, list[Step]]) -> None:
    terms, happenings = history
    outer = await session.begin_nested()
    try:
        loan = await running_loan(session, terms)
        life = Life(session, loan, terms.value_date)
        assert await the_books_hold(session)
        for step in happenings:
            await life.live(step)
            assert await the_books_hold(session)
        assert await life.reckoned_twice()
    finally:
        await outer.rollback()
