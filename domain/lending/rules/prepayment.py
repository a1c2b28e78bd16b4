"""What becomes of the money left when everything due is paid: rows paid ahead, a prepayment, a payoff."""

from collections.abc import Callable, Mapping

from domain.lending.rules.account import Account
from domain.lending.rules.allocation import Tender
from domain.lending.rules.events import Intent
from domain.lending.rules.methods import method_named, spread
from domain.lending.rules.plan import periods_between
from domain.lending.rules.terms import Component, PrepayPolicy


def use_what_is_left(tender: Tender, intent: Intent) -> None:
    """Spread what is left of a tender as the payer intends; what it cannot take stays in the tender."""
    account = tender.account
    account.bill_accrued_early()
    if account.undue:
        takes_all = tender.left_fen >= account.undue[0].interest_open_fen + account.undue_fen
        _INTENTS[Intent.PREPAY if takes_all else intent](tender)


def _pay_ahead(tender: Tender) -> None:
    """The undue rows in order. A row that has principal and is now paid whole is settled."""
    for row in list(tender.account.undue):
        if not tender.left_fen:
            return
        tender.pay(row, Component.INTEREST)
        tender.pay(row, Component.PRINCIPAL)
        if row.principal_fen and not row.principal_open_fen and not row.interest_open_fen:
            tender.account.settle(row)


def _prepay(tender: Tender) -> None:
    """The running row's interest, then principal with its fee: all of it if the money reaches, else with a new plan."""
    account = tender.account
    tender.pay(account.undue[0], Component.INTEREST)
    fee_fen = account.reckoning.fee_fen(account.undue_fen)
    if tender.left_fen >= account.undue_fen + fee_fen:
        _pay_off(tender, fee_fen)
    elif principal_fen := account.reckoning.prepayable_fen(tender.left_fen):
        running = account.undue[0]
        running.principal_fen += principal_fen  # booked here; the new plan takes it from the rows it spreads anew
        tender.pay_fen(running, Component.PRINCIPAL, principal_fen)
        tender.pay_fee(account.reckoning.fee_fen(principal_fen))
        account.plan_anew(_PLANS[account.terms.prepay](account))


def _pay_off(tender: Tender, fee_fen: int) -> None:
    tender.pay_fee(fee_fen)
    for row in tender.account.undue:
        tender.pay(row, Component.PRINCIPAL)


def _same_number_of_rows(account: Account) -> list[int]:
    """The undue principal afresh over all undue rows, the first period beginning today."""
    return _spread(account, level_fen=None)


def _same_installment(account: Account) -> list[int]:
    """The plan's own level until the balance is gone; a tail too small to bother with goes into the row before."""
    if account.level_fen is None:
        return _same_number_of_rows(account)
    principals = _spread(account, account.level_fen)
    while principals and not principals[-1]:
        principals.pop()
    if len(principals) > 1 and principals[-1] < account.terms.min_tail_fen:
        tail_fen = principals.pop()
        principals[-1] += tail_fen
    return principals


def _spread(account: Account, level_fen: int | None) -> list[int]:
    periods = periods_between(account.reckoning, (account.day, *(row.due for row in account.undue)))
    return spread(method_named(account.terms.method), account.undue_fen, periods, level_fen)


_INTENTS: Mapping[Intent, Callable[[Tender], None]] = {
    Intent.INSTALLMENT: _pay_ahead,
    Intent.PREPAY: _prepay,
    # A payoff that is too small was refused when it came. In a replay where history has changed it prepays what it can.
    Intent.PAYOFF: _prepay,
}

_PLANS: Mapping[PrepayPolicy, Callable[[Account], list[int]]] = {
    PrepayPolicy.REDUCE_INSTALLMENT: _same_number_of_rows,
    PrepayPolicy.REDUCE_TERM: _same_installment,
}
