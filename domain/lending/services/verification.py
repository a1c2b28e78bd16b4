"""The laws of the books, checked: every broken one with its figures. An empty list is what everybody wants to see."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.rules.chart import BANK, CHANNEL_FEES, CHART, FUNDING_COST, SUSPENSE, clearing, funder_payable
from domain.lending.queries import laws, remittances
from domain.lending.queries.laws import Difference
from domain.lending.rules.posting import balances
from domain.lending.services.agreement import LoansVerified, verify_loans
from domain.lending.services.broken import BrokenLaw, Progress, broken, silent
from domain.payments.queries import clearing_expected, received_by_channel

__all__ = ["BrokenLaw", "LoansVerified", "Progress", "broken", "verify", "verify_loans"]

_ENOUGH = 100
"""So many broken transfers are shown; who has more does not need the list."""

MOVED_BY_LOANS = CHART.keys() - {BANK, SUSPENSE, CHANNEL_FEES, FUNDING_COST}
"""Accounts whose whole balance comes from loans."""


async def verify(session: AsyncSession, progress: Progress = silent) -> list[BrokenLaw]:
    """Check every law. The session should read one snapshot (REPEATABLE READ), or what happens meanwhile looks broken."""
    await laws.without_time_limit(session)
    found: list[BrokenLaw] = []
    checks = (_transfers, _closed_days, _control_accounts, _money)
    for n, check in enumerate(checks):
        progress("the books", n, len(checks))
        found += await check(session)
    progress("the books", len(checks), len(checks))
    return [*found, *(await verify_loans(session, progress)).broken]


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
