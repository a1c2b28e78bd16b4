"""The laws of the books, checked: every broken one with its figures. An empty list is what everybody wants to see."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.rules.chart import BANK, CHANNEL_FEES, CHART, FUNDING_COST, SUSPENSE, clearing, funder_payable
from domain.lending.models import Installment, Loan, LoanBook
from domain.lending.queries import journal as journal_queries
from domain.lending.queries import laws, remittances
from domain.lending.queries.laws import Difference
from domain.lending.queries.loans import booked_loans, count_booked, installments_of
from domain.lending.rules.position import RowPosition
from domain.lending.rules.posting import COMPONENTS, Components, balances
from domain.lending.services.book import posted
from domain.lending.services.history import History, events_from
from domain.lending.services.terms import terms_of
from domain.payments.queries import clearing_expected, received_by_channel

CHUNK = 200
_ENOUGH = 100
"""So many broken transfers are shown; who has more does not need the list."""

MOVED_BY_LOANS = CHART.keys() - {BANK, SUSPENSE, CHANNEL_FEES, FUNDING_COST}
"""Accounts whose whole balance comes from loans."""

PAID = (
    "penalty_paid_fen",
    "interest_paid_fen",
    "principal_paid_fen",
    "fee_earned_fen",
    "excess_received_fen",
    "recovered_fen",
)

ROW_FACTS = (
    "principal_fen",
    "paid_principal_fen",
    "paid_interest_fen",
    "paid_penalty_fen",
    "waived_interest_fen",
    "waived_penalty_fen",
)

Progress = Callable[[str, int, int], None]
"""Told which law is being checked, how many of its subjects were, and how many there are."""


@dataclass(frozen=True, slots=True)
class BrokenLaw:
    """A law, of what it does not hold, and the two figures that should be one."""

    law: str
    subject: str
    expected_fen: int
    found_fen: int

    def __str__(self) -> str:
        return f"{self.law}: {self.subject}: expected {self.expected_fen} fen, found {self.found_fen} fen"


def _silent(_law: str, _done: int, _of: int) -> None:
    return


async def verify(session: AsyncSession, progress: Progress = _silent) -> list[BrokenLaw]:
    """Check every law. The session should read one snapshot (REPEATABLE READ), or what happens meanwhile looks broken."""
    await laws.without_time_limit(session)
    found: list[BrokenLaw] = []
    checks = (_transfers, _closed_days, _control_accounts, _money)
    for n, check in enumerate(checks):
        progress("the books", n, len(checks))
        found += await check(session)
    progress("the books", len(checks), len(checks))
    async for of_chunk in _loans(session, progress):
        found += of_chunk
    return found


async def _transfers(session: AsyncSession) -> list[BrokenLaw]:
    return [
        *broken("debits are credits in all", [await laws.sides(session)]),
        *broken("a transfer balances", await laws.unbalanced_transfers(session, _ENOUGH)),
        *broken("an entry stands on its transfer's day", await laws.misdated_entries(session, _ENOUGH)),
    ]


async def _closed_days(session: AsyncSession) -> list[BrokenLaw]:
    return list(broken("a closed day is never rewritten", await laws.rewritten_days(session)))


async def _control_accounts(session: AsyncSession) -> list[BrokenLaw]:
    """What stands in the accounts that only loans move is what the loan books say."""
    expected: dict[str, int] = {}
    for funder, held in await laws.books_by_funder(session):
        for code, net_fen in balances(held, funder=funder).items():
            expected[code] = expected.get(code, 0) + net_fen
    found = await laws.net_balances(session)
    # A funding party is also remitted to, so of its account only what loans posted is compared.
    disbursed = await laws.net_by_kinds(session, prefix="loan_")
    payables = {code for code in {*expected, *disbursed} if code.startswith(funder_payable(""))}
    differences = [Difference(code, expected.get(code, 0), found.get(code, 0)) for code in sorted(MOVED_BY_LOANS)]
    differences += [Difference(code, expected.get(code, 0), disbursed.get(code, 0)) for code in sorted(payables)]
    return list(broken("an account is the sum of the loan books", differences))


async def _money(session: AsyncSession) -> list[BrokenLaw]:
    """Money that came is where it should be."""
    net = await laws.net_balances(session)
    came = await laws.net_by_kinds(session, prefix="payment_")
    received = {clearing(channel): fen for channel, fen in (await received_by_channel(session)).items()}
    received[BANK] = await laws.received_offline(session)
    expected = {clearing(channel): fen for channel, fen in (await clearing_expected(session)).items()}
    held = await laws.moved_by_payments(session)
    return [
        *broken(
            "suspense is what came and is not applied",
            [Difference(SUSPENSE, await laws.suspense_fen(session), -net.get(SUSPENSE, 0))],
        ),
        *broken(
            "what was booked as received is what came",
            [
                Difference(code, received.get(code, 0), came.get(code, 0))
                for code in sorted({*received, *came} - {SUSPENSE})
            ],
        ),
        *broken("a refund that went back is booked once", await laws.refunds_not_booked_once(session)),
        *broken(
            "a channel holds what came less what went back",
            [Difference(code, expected.get(code, 0), held.get(code, 0)) for code in sorted({*expected, *held})],
        ),
        *broken("excess is what borrowers are owed", await laws.excess_held(session)),
        *broken("a credit line is used for what is open", await laws.lines_used(session)),
        *broken("a loan that was paid out has its book", await laws.loans_without_book(session)),
        *broken("a funding party is owed what it paid out and was not remitted", await _owed(session, net)),
    ]


async def _owed(session: AsyncSession, net: Mapping[str, int]) -> list[Difference]:
    """What stands in each funding party's account, against what it paid out and what was passed on to it."""
    disbursed = {funder: held.disbursed_fen for funder, held in await laws.books_by_funder(session)}
    remitted = await remittances.remitted_by_funder(session)
    codes = {code for code in net if code.startswith(funder_payable(""))}
    funders = {*disbursed, *remitted, *(code.removeprefix(funder_payable("")) for code in codes)}
    return [
        Difference(
            funder_payable(funder),
            disbursed.get(funder, 0) - remitted.get(funder, 0),
            -net.get(funder_payable(funder), 0),
        )
        for funder in sorted(funders)
    ]


async def _loans(session: AsyncSession, progress: Progress) -> AsyncIterator[list[BrokenLaw]]:
    """Each loan's replay against its book and its stored figures, a chunk at a time: memory does not grow."""
    done, total = 0, await count_booked(session)
    after: UUID | None = None
    progress("loans", 0, total)
    while page := await booked_loans(session, limit=CHUNK, after=after):
        ids = [loan.id for loan, _, _ in page]
        journals = await journal_queries.events_of(session, ids)
        rows = await installments_of(session, ids)
        repaid = await laws.repaid(session, ids)
        for loan, book, version in page:
            terms, events = terms_of(loan, version), events_from(journals[loan.id])
            yield [*_loan(loan, book, History(terms, events), rows[loan.id], repaid.get(loan.id, Components()))]
        after, done = ids[-1], done + len(page)
        progress("loans", done, total)


def _loan(
    loan: Loan, book: LoanBook, history: History, rows: Sequence[Installment], repaid: Components
) -> Iterator[BrokenLaw]:
    try:
        standing = history.standing(book.posted_through)
    except ValueError as error:
        yield BrokenLaw("a journal can be replayed", f"{loan.number}: {error}", 0, 0)
        return
    position, target = standing.position, standing.target
    yield from _components("the loan book is the replay", loan, COMPONENTS, target, posted(book))
    yield from _components("repayments are what the replay applied", loan, PAID, target, repaid)
    open_fen = position.undue_fen + position.principal_fen
    yield from broken(
        "what is stored of a loan is its replay",
        [
            Difference(f"{loan.number}: principal_open_fen", open_fen, loan.principal_open_fen),
            *_rows(loan, position.rows, {row.n: row for row in rows}),
        ],
    )


def _rows(loan: Loan, rows: Sequence[RowPosition], stored: dict[int, Installment]) -> Iterator[Difference]:
    """Of rows, what does not change by the day."""
    for row in rows:
        found = stored.pop(row.n, None)
        for name in ROW_FACTS:
            yield Difference(f"{loan.number}: row {row.n}: {name}", getattr(row, name), getattr(found, name, 0))
    for n, left_over in stored.items():
        yield Difference(f"{loan.number}: row {n} is not in the plan", 0, left_over.principal_fen or 1)


def _components(
    law: str, loan: Loan, names: Iterable[str], expected: Components, found: Components
) -> Iterator[BrokenLaw]:
    return broken(
        law, [Difference(f"{loan.number}: {name}", getattr(expected, name), getattr(found, name)) for name in names]
    )


def broken(law: str, differences: Iterable[Difference]) -> Iterator[BrokenLaw]:
    """The law with each of the differences that are ones."""
    for each in differences:
        if each.expected_fen != each.found_fen:
            yield BrokenLaw(law, each.subject, each.expected_fen, each.found_fen)
