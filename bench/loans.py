"""The loans that are measured: terms by the few facts that matter, and the eventful life of one of 36 months."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event, Intent, Paid, Reversed, Waived
from domain.lending.rules.plan import make_plan, plan_level_fen
from domain.lending.rules.reckoning import reckon
from domain.lending.rules.terms import PenaltyBase, PrepayPolicy, Terms

EVENTS = 100
SEED = 20260115


def terms_like(principal_fen: int, rate: Decimal, months: int, value_date: date, day_count: DayCount) -> Terms:
    return Terms(
        principal_fen=principal_fen,
        annual_rate=rate,
        method="EQUAL_INSTALLMENT",
        terms=months,
        value_date=value_date,
        day_count=day_count,
        penalty_multiplier=Decimal("1.5"),
        penalty_base=PenaltyBase.PRINCIPAL,
        grace_days=3,
        prepay=PrepayPolicy.REDUCE_INSTALLMENT,
        prepay_fee_rate=Decimal("0.01"),
        min_tail_fen=10_00,
        dpd_switch=90,
        dpd_threshold_fen=0,
    )


def forget() -> None:
    """Nothing is kept of plans worked out before: hardly two loans of a portfolio have the same terms."""
    for kept in (make_plan, plan_level_fen, reckon):
        kept.cache_clear()


def eventful(day_count: DayCount = DayCount.ACT_365) -> tuple[Terms, list[Event], date]:
    """36 months with 100 events: early, late and partial payments, prepayments, waivers, reversals; and the day it ends."""
    random = Random(SEED)  # noqa: S311  not a secret: the same life each time
    terms = terms_like(300_000_00, Decimal("0.144"), 36, date(2023, 1, 31), day_count)
    installment_fen = plan_level_fen(terms) or 0
    last = terms.value_date + timedelta(days=36 * 30)
    days = sorted(terms.value_date + timedelta(days=random.randrange(1, 36 * 30)) for _ in range(EVENTS))
    events: list[Event] = []
    for n, day in enumerate(days):
        paid = [event.key for event in events if isinstance(event, Paid)]
        chance = random.random()
        if chance < 0.08 and paid:
            events.append(Reversed(str(n), day, n, random.choice(paid[-5:])))
        elif chance < 0.16:
            events.append(Waived(str(n), day, n, random.randrange(1, 50_00), random.randrange(50_00)))
        elif chance < 0.22:
            events.append(Paid(str(n), day, n, random.randrange(2_000_00, 9_000_00), Intent.PREPAY))
        else:
            events.append(Paid(str(n), day, n, installment_fen * random.randrange(15, 58) // 100))
    return terms, events, last
