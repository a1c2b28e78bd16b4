"""What the books should hold of a loan, and the transfers that bring them there from what they hold."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

from domain.ledger.rules import chart
from domain.ledger.rules.lines import Line, credit, debit
from domain.lending.rules.events import Event, WrittenOff
from domain.lending.rules.position import Position, WriteOff
from domain.lending.rules.replay import in_effect, replay
from domain.lending.rules.terms import Terms

NONACCRUAL_FROM_DPD = 90
"""From so many days past due on, interest that was earned and not paid is no income; it stands in memo."""


@dataclass(frozen=True, slots=True)
class Components:
    """What the books hold of a loan, or should: each sum since the value date, in fen.

    `nonaccrual` is interest kept out of income, `memo` what of it still stands off balance; they differ once a loan was
    written off, when what comes in is recovery.
    """

    disbursed_fen: int = 0
    interest_earned_fen: int = 0
    penalty_earned_fen: int = 0
    fee_earned_fen: int = 0
    principal_paid_fen: int = 0
    interest_paid_fen: int = 0
    penalty_paid_fen: int = 0
    excess_received_fen: int = 0
    excess_refunded_fen: int = 0
    interest_waived_fen: int = 0
    penalty_waived_fen: int = 0
    nonaccrual_fen: int = 0
    memo_fen: int = 0
    principal_written_off_fen: int = 0
    interest_written_off_fen: int = 0
    penalty_written_off_fen: int = 0
    recovered_fen: int = 0

    def minus(self, other: "Components") -> "Components":
        return Components(*(mine - its for mine, its in zip(self.values(), other.values(), strict=True)))

    def plus(self, other: "Components") -> "Components":
        return Components(*(mine + its for mine, its in zip(self.values(), other.values(), strict=True)))

    def values(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in COMPONENTS)


COMPONENTS: Sequence[str] = tuple(each.name for each in fields(Components))
"""The names of the components; the loan book has a column of each."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A transfer to make, by the row of the posting table it comes from."""

    kind: str
    lines: tuple[Line, ...]


def target(terms: Terms, events: Iterable[Event], position: Position) -> Components:
    """What the books should hold on the position's day; `position` is the replay of these terms and events."""
    totals = position.totals
    components = Components(
        disbursed_fen=terms.principal_fen,
        interest_earned_fen=totals.interest_earned_fen,
        penalty_earned_fen=totals.penalty_earned_fen,
        fee_earned_fen=totals.fee_earned_fen,
        principal_paid_fen=totals.paid_principal_fen,
        interest_paid_fen=totals.paid_interest_fen,
        penalty_paid_fen=totals.paid_penalty_fen,
        excess_received_fen=totals.excess_fen,
        excess_refunded_fen=totals.excess_refunded_fen,
        interest_waived_fen=totals.waived_interest_fen,
        penalty_waived_fen=totals.waived_penalty_fen,
        recovered_fen=totals.recovery_fen,
    )
    if position.written_off is not None:
        return _written_off(components, position, position.written_off, _before_write_off(terms, events))
    if position.dpd >= NONACCRUAL_FROM_DPD:
        unpaid_fen = totals.interest_earned_fen - totals.paid_interest_fen - totals.waived_interest_fen
        return replace(components, nonaccrual_fen=unpaid_fen, memo_fen=unpaid_fen)
    return components


def _written_off(components: Components, position: Position, given_up: WriteOff, before: Position) -> Components:
    """What was in memo is no loss any more: it never was income. The claim to it stays in memo until it is paid."""
    nonaccrual_fen = given_up.interest_fen if before.dpd >= NONACCRUAL_FROM_DPD else 0
    return replace(
        components,
        nonaccrual_fen=nonaccrual_fen,
        memo_fen=min(nonaccrual_fen, position.interest_fen),
        principal_written_off_fen=given_up.principal_fen,
        interest_written_off_fen=given_up.interest_fen - nonaccrual_fen,
        penalty_written_off_fen=given_up.penalty_fen,
    )


def _before_write_off(terms: Terms, events: Iterable[Event]) -> Position:
    counting = in_effect(events)
    end = next(n for n, event in enumerate(counting) if isinstance(event, WrittenOff))
    return replay(terms, counting[:end], counting[end].date)


def look_again_on(position: Position) -> date | None:
    """When a loan to which nothing happens is to be replayed again, for more than its interest may move by itself.

    What is due bears penalty and grows older every day. None: nothing moves any more.
    """
    if position.written_off is not None:
        return None
    if position.due_fen:
        return position.on + timedelta(days=1)
    return position.accrual.until if position.accrual else None


def postings(change: Components, *, funder: str, refunded_from: str = chart.BANK) -> tuple[Posting, ...]:
    """The transfers for a change of components (target less posted), in the order of the posting table.

    Differences below zero stand on the other side. `refunded_from` is the account excess was sent back from.
    """
    found = (Posting(kind, tuple(lines)) for kind, lines in _table(change, funder, refunded_from))
    return tuple(posting for posting in found if any(line.debit_fen or line.credit_fen for line in posting.lines))


def _table(change: Components, funder: str, refunded_from: str) -> Iterator[tuple[str, list[Line]]]:
    yield (
        "loan_disbursed",
        [
            debit(chart.LOANS_PRINCIPAL, change.disbursed_fen),
            credit(chart.funder_payable(funder), change.disbursed_fen),
        ],
    )
    yield (
        "loan_earned",
        [
            debit(chart.LOANS_INTEREST, change.interest_earned_fen),
            credit(chart.INCOME_INTEREST, change.interest_earned_fen),
            debit(chart.LOANS_PENALTY, change.penalty_earned_fen),
            credit(chart.INCOME_PENALTY, change.penalty_earned_fen),
        ],
    )
    yield "loan_applied", _applied(change)
    yield (
        "loan_recovered",
        [debit(chart.SUSPENSE, change.recovered_fen), credit(chart.INCOME_RECOVERY, change.recovered_fen)],
    )
    yield (
        "loan_waived",
        [
            debit(chart.WAIVERS, change.interest_waived_fen + change.penalty_waived_fen),
            credit(chart.LOANS_INTEREST, change.interest_waived_fen),
            credit(chart.LOANS_PENALTY, change.penalty_waived_fen),
        ],
    )
    yield (
        "loan_nonaccrual",
        [
            debit(chart.INCOME_INTEREST, change.nonaccrual_fen),
            credit(chart.LOANS_INTEREST, change.nonaccrual_fen),
            debit(chart.NONACCRUAL, change.memo_fen),
            credit(chart.NONACCRUAL_CONTRA, change.memo_fen),
        ],
    )
    yield "loan_written_off", _given_up(change)
    yield (
        "loan_excess_refunded",
        [debit(chart.EXCESS, change.excess_refunded_fen), credit(refunded_from, change.excess_refunded_fen)],
    )


def _applied(change: Components) -> list[Line]:
    parts = [
        credit(chart.LOANS_INTEREST, change.interest_paid_fen),
        credit(chart.LOANS_PRINCIPAL, change.principal_paid_fen),
        credit(chart.LOANS_PENALTY, change.penalty_paid_fen),
        credit(chart.INCOME_FEE, change.fee_earned_fen),
        credit(chart.EXCESS, change.excess_received_fen),
    ]
    return [debit(chart.SUSPENSE, sum(part.credit_fen for part in parts)), *parts]


def _given_up(change: Components) -> list[Line]:
    parts = [
        credit(chart.LOANS_PRINCIPAL, change.principal_written_off_fen),
        credit(chart.LOANS_INTEREST, change.interest_written_off_fen),
        credit(chart.LOANS_PENALTY, change.penalty_written_off_fen),
    ]
    return [debit(chart.WRITE_OFF, sum(part.credit_fen for part in parts)), *parts]


def balances(held: Components, *, funder: str) -> dict[str, int]:
    """What these components put on the accounts in all: account to debits less credits.

    Suspense and the account of refunds are left out: money comes and goes there that no loan knows of.
    """
    net: dict[str, int] = {}
    for posting in postings(held, funder=funder, refunded_from=_ELSEWHERE):
        for line in posting.lines:
            net[line.account_code] = net.get(line.account_code, 0) + line.debit_fen - line.credit_fen
    return {code: fen for code, fen in net.items() if code not in {chart.SUSPENSE, _ELSEWHERE}}


_ELSEWHERE = "elsewhere"
