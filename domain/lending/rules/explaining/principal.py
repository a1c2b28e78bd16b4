"""The principal of an installment: what the plan at signing gave it, and what every new plan made of it."""

from datetime import date

from domain.lending.rules.explaining.explanation import Change
from domain.lending.rules.explaining.story import Story
from domain.lending.rules.explaining.watching import Replanned
from domain.lending.rules.methods import level_fen, method_named, spread
from domain.lending.rules.plan import make_plan, periods_between
from domain.lending.rules.terms import PrepayPolicy


def principal_changes(story: Story, n: int) -> tuple[Change, ...]:
    """The plan at signing, and every new plan made while the installment was not due."""
    changes = [_signed(story, n)]
    for plan in story.account.plans:
        if n in plan.rows:
            changes.append(_replanned(story, plan, n, changes[-1].after_fen))
    return tuple(changes)


def _signed(story: Story, n: int) -> Change:
    plan = make_plan(story.terms)
    row = plan[n - 1]
    return Change(
        on=story.terms.value_date,
        event=None,
        before_fen=0,
        after_fen=row.principal_fen,
        spread_fen=story.terms.principal_fen,
        balance_fen=sum(each.principal_fen for each in plan[n - 1 :]),
        of=len(plan),
        place=n,
        level_fen=story.account.level_fen,
        level_kept=False,
        interest_fen=row.interest_fen,
        given_fen=row.principal_fen,
        tail_fen=0,
        stays_fen=0,
    )


def _replanned(story: Story, plan: Replanned, n: int, before_fen: int) -> Change:
    k = plan.rows.index(n)
    periods = periods_between(story.account.reckoning, (plan.on, *plan.dues))
    kept = story.account.level_fen if story.terms.prepay is PrepayPolicy.REDUCE_TERM else None
    method = method_named(story.terms.method)
    given = spread(method, plan.balance_fen, periods, kept)
    reached = k < len(plan.principals)
    balance_fen = sum(given[k:])
    return Change(
        on=date.fromordinal(plan.on),
        event=plan.event.key if plan.event else None,
        before_fen=before_fen,
        after_fen=plan.paid[k] + (plan.principals[k] if reached else 0),
        spread_fen=plan.balance_fen,
        balance_fen=balance_fen if reached else 0,
        of=len(plan.principals),
        place=k + 1 if reached else 0,
        level_fen=level_fen(method, plan.balance_fen, periods) if kept is None else kept,
        level_kept=kept is not None,
        interest_fen=periods.interest_fen(balance_fen, k) if reached else 0,
        given_fen=given[k] if reached else 0,
        tail_fen=plan.principals[k] - given[k] if reached else 0,
        stays_fen=plan.paid[k],
    )
