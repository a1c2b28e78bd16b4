"""What a borrower wishes to pay, judged before anything is written down, and what it would do to his loan."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import AmountMissing, MoreThanOwed, NothingDue, PaymentBelowMinimum
from domain.lending.models import Loan
from domain.lending.queries.loans import version_of
from domain.lending.rules import payoff as rules
from domain.lending.rules.events import Intent, Paid
from domain.lending.rules.machine import TAKES_MONEY
from domain.lending.rules.payoff import Preview, next_bill
from domain.lending.rules.position import Position
from domain.lending.rules.replay import check_payment
from domain.lending.services import payoff
from domain.lending.services.history import History, history_of
from domain.shared.ids import new_id
from domain.shared.money import yuan


@dataclass(frozen=True, slots=True)
class Wish:
    """A payment of today as it would be taken; `quoted_until` is until when the payoff of today holds."""

    history: History
    payment: Paid
    quoted_until: datetime

    def preview(self) -> Preview:
        return rules.preview(self.history.terms, self.history.events, self.payment)


async def judged(session: AsyncSession, loan: Loan, *, intent: Intent, amount_fen: int | None, at: datetime) -> Wish:
    """The wish, if the loan can take it. Without a sum: what is due, the next row, or the payoff.

    Raises LoanNotRunning, AmountMissing, NothingDue, MoreThanOwed, PayoffTooSmall, PaymentNotPositive, LoanClosed,
    PaymentBelowMinimum.
    """
    quote = await payoff.quote_of(session, loan, at)
    history = await history_of(session, loan)
    position = history.position(quote.parts.on)
    asked_fen = _sum_for(position, loan, intent, amount_fen)
    payment = Paid(new_id(), position.on, loan.last_sequence + 1, asked_fen, intent)
    check_payment(history.terms, history.events, payment)
    if asked_fen > position.payoff_fen:
        raise MoreThanOwed(
            amount=yuan(asked_fen), payoff=yuan(position.payoff_fen), date=position.on, fields=("amount",)
        )
    if amount_fen is not None:
        await _must_be_worth_it(session, loan, position, amount_fen)
    return Wish(history, payment, quote.valid_until)


async def preview_of(
    session: AsyncSession, loan: Loan, *, intent: Intent, amount_fen: int | None, at: datetime
) -> tuple[int, Preview] | None:
    """What would be paid today, and what that would do; None for a loan that does not run. Raises as `judged` does."""
    if loan.status not in TAKES_MONEY:
        return None
    wish = await judged(session, loan, intent=intent, amount_fen=amount_fen, at=at)
    return wish.payment.amount_fen, wish.preview()


async def _must_be_worth_it(session: AsyncSession, loan: Loan, position: Position, amount_fen: int) -> None:
    """Refuse less than the product takes at once, unless it pays all that is due or all that is owed."""
    minimum_fen = (await version_of(session, loan)).min_payment_fen
    enough_fen = min(minimum_fen, position.due_fen or minimum_fen, position.payoff_fen)
    if amount_fen < enough_fen:
        raise PaymentBelowMinimum(
            amount=yuan(amount_fen), minimum=yuan(minimum_fen), enough=yuan(enough_fen), fields=("amount",)
        )


def _sum_for(position: Position, loan: Loan, intent: Intent, amount_fen: int | None) -> int:
    if amount_fen is not None:
        return amount_fen
    if intent is Intent.PREPAY:
        raise AmountMissing(fields=("amount",))
    if intent is Intent.PAYOFF:
        return position.payoff_fen
    bill = next_bill(position)
    ahead_fen = position.accrued_fen + (bill.principal_fen if bill else 0)
    if not (asked_fen := position.due_fen or ahead_fen):
        raise NothingDue(number=loan.number, date=position.on, fields=("amount",))
    return asked_fen
