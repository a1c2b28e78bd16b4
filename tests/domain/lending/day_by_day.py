"""The same arithmetic a second time, the slow way: fractions, every day by itself, nothing shared with the rules.

Only terms and events are taken from the code under test. It walks from the value date one day at a time, so it cannot
make the mistakes that reckoning in spans can. It answers what may be asked of a loan, and what the books should hold.
"""

from calendar import isleap, monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any

from domain.lending.rules.events import Event, ExcessRefunded, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.terms import Terms

DAY = timedelta(days=1)


def rounded(x: Fraction) -> int:
    return floor(x + Fraction(1, 2))


def month_later(day: date, months: int) -> date:
    year, month = day.year, day.month + months
    while month > 12:
        year, month = year + 1, month - 12
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass
class Installment:
    due: date
    principal: int
    billed: bool = False
    settled: bool = False
    interest: int = 0
    penalty: Fraction = Fraction(0)
    paid: dict[str, int] = field(default_factory=lambda: {"penalty": 0, "interest": 0, "principal": 0})
    waived: dict[str, int] = field(default_factory=lambda: {"penalty": 0, "interest": 0, "principal": 0})

    def owes(self, what: str) -> int:
        return self.charged(what) - self.paid[what] - self.waived[what]

    def charged(self, what: str) -> int:
        if what == "penalty":
            return rounded(self.penalty)
        return self.interest if what == "interest" else self.principal


class DayByDay:
    """A loan replayed to the end of a day."""

    def __init__(self, terms: Terms, events: list[Event], to: date) -> None:
        self.terms = terms
        self.rate = Fraction(terms.annual_rate)
        self.grid = [month_later(terms.value_date, k) for k in range(terms.terms + 1)]
        self.today = terms.value_date
        self.accrued = Fraction(0)
        self.given_up: dict[str, int] | None = None
        self.off_balance = False
        self.refunded = 0
        self.booked: set[Any] = set()
        self.allocations: dict[Any, dict[str, int]] = {}
        self.waivers: dict[Any, dict[str, int]] = {}
        dues = self.grid[-1:] if terms.method == "BULLET" else self.grid[1:]
        self.level: int | None = None
        self.rows = [Installment(due, 0) for due in dues]
        for row, principal in zip(self.rows, self.plan(terms.principal_fen, dues, None), strict=True):
            row.principal = principal

        reversed_keys = {event.payment_key for event in events if isinstance(event, Reversed)}
        while True:
            for event in sorted(events, key=lambda event: event.sequence):
                if event.date == self.today and event.key not in reversed_keys:
                    self.happen(event)
            if self.today == to:
                break
            self.sleep()

    # a day passes

    def fraction_of(self, day: date, penalty: bool) -> Fraction:
        """What part of a year `day` is."""
        name = str(self.terms.day_count)
        if name == "ACT_ACT":
            return Fraction(1, 366 if isleap(day.year) else 365)
        if name == "ACT_365":
            return Fraction(1, 365)
        if name == "ACT_360" or penalty:
            return Fraction(1, 360)
        k = max(k for k, start in enumerate(self.grid) if start <= day)
        return Fraction(1, 12 * (self.grid[k + 1] - self.grid[k]).days)

    def span(self, start: date, end: date) -> Fraction:
        total = Fraction(0)
        while start < end:
            total += self.fraction_of(start, penalty=False)
            start += DAY
        return total

    def sleep(self) -> None:
        yesterday, self.today = self.today, self.today + DAY
        if self.undue():
            self.accrued += self.undue_principal() * self.rate * self.fraction_of(yesterday, penalty=False)
        for row in self.rows:
            if row.billed and self.given_up is None:
                self.punish(row, yesterday)
        for row in self.undue():
            if row.due == self.today:
                self.bill(row)

    def punish(self, row: Installment, yesterday: date) -> None:
        last_day_of_grace = row.due + timedelta(days=self.terms.grace_days)
        if self.today <= last_day_of_grace:
            return
        since = row.due if yesterday == last_day_of_grace else yesterday
        base = row.owes("principal")
        if str(self.terms.penalty_base) == "PRINCIPAL_AND_INTEREST":
            base += row.owes("interest")
        while since < self.today:
            a_day = self.fraction_of(since, penalty=True)
            row.penalty += base * self.rate * Fraction(self.terms.penalty_multiplier) * a_day
            since += DAY

    def bill(self, row: Installment) -> None:
        row.interest += rounded(self.accrued)
        self.accrued = Fraction(0)
        row.billed = True

    # what is there

    def undue(self) -> list[Installment]:
        return [row for row in self.rows if not row.billed and not row.settled]

    def billed(self) -> list[Installment]:
        return [row for row in self.rows if row.billed]

    def undue_principal(self) -> int:
        return sum(row.owes("principal") for row in self.undue())

    def fee(self, principal: int) -> int:
        return rounded(principal * Fraction(self.terms.prepay_fee_rate))

    def due(self, what: str) -> int:
        return sum(row.owes(what) for row in self.billed())

    def dpd(self) -> int:
        for row in self.billed():
            if row.owes("principal") + row.owes("interest") > self.terms.dpd_threshold_fen:
                late = (self.today - row.due).days
                return late if late > self.terms.grace_days else 0
        return 0

    # something happens

    def happen(self, event: Event) -> None:
        if self.given_up is None:
            self.booked.add(event.key)
        if isinstance(event, Paid):
            self.pay(event)
        elif isinstance(event, Waived):
            self.waivers[event.key] = {
                "penalty_fen": self.waive("penalty", event.penalty_fen),
                "interest_fen": self.waive("interest", event.interest_fen),
            }
        elif isinstance(event, ExcessRefunded):
            self.refunded += event.amount_fen
        elif isinstance(event, WrittenOff) and self.given_up is None:
            self.off_balance = self.dpd() >= 90
            for row in self.undue():
                self.bill(row)
            self.given_up = {what: self.due(what) for what in ("penalty", "interest", "principal")}

    def waive(self, what: str, asked: int) -> int:
        given = min(asked, self.due(what))
        left = given
        for row in self.billed():
            part = min(left, row.owes(what))
            row.waived[what] += part
            left -= part
        return given

    def pay(self, payment: Paid) -> None:
        self.left = payment.amount_fen
        self.went = {"penalty": 0, "interest": 0, "principal": 0, "fee": 0}
        if self.given_up is not None or self.dpd() > self.terms.dpd_switch:
            order = self.terms.late_waterfall if self.given_up is None else self.terms.recovery_waterfall
            for what in order:
                for row in self.billed():
                    self.give(row, what.lower())
        else:
            for row in self.billed():
                for what in self.terms.waterfall:
                    self.give(row, what.lower())
        if self.left and self.undue():
            self.use(str(payment.intent))
        self.allocations[payment.key] = {f"{what}_fen": part for what, part in self.went.items()}
        self.allocations[payment.key]["excess_fen"] = self.left

    def give(self, row: Installment, what: str, most: int | None = None) -> None:
        part = min(self.left, row.owes(what)) if most is None else most
        row.paid[what] += part
        self.went[what] += part
        self.left -= part

    def use(self, intent: str) -> None:
        running = self.undue()[0]
        early = rounded(self.accrued)
        running.interest += early
        self.accrued -= early
        if intent == "INSTALLMENT" and self.left < running.owes("interest") + self.undue_principal():
            for row in self.undue():
                if self.left:
                    self.give(row, "interest")
                    self.give(row, "principal")
                    if row.principal > 0 and row.owes("interest") == row.owes("principal") == 0:
                        row.settled = True
                        self.accrued = Fraction(0)
            return
        self.give(running, "interest")
        undue = self.undue_principal()
        if self.left >= undue + self.fee(undue):
            self.take_fee(self.fee(undue))
            for row in self.undue():
                self.give(row, "principal")
            return
        prepaid = 0
        low, high = 0, self.left
        while low <= high:
            middle = (low + high) // 2
            if middle + self.fee(middle) <= self.left:
                prepaid, low = middle, middle + 1
            else:
                high = middle - 1
        if prepaid:
            running.principal += prepaid
            self.give(running, "principal", prepaid)
            self.take_fee(self.fee(prepaid))
            self.plan_anew(undue - prepaid)

    def take_fee(self, fee: int) -> None:
        self.went["fee"] += fee
        self.left -= fee

    def plan_anew(self, balance: int) -> None:
        rows = self.undue()
        shorter = str(self.terms.prepay) == "REDUCE_TERM" and self.terms.method.startswith("EQUAL_")
        principals = self.plan(balance, [row.due for row in rows], self.level if shorter else None)
        if shorter:
            while principals[-1] == 0:
                del principals[-1]
            if len(principals) > 1 and principals[-1] < self.terms.min_tail_fen:
                principals[-2:] = [principals[-2] + principals[-1]]
        for k, row in enumerate(rows):
            row.principal = row.paid["principal"] + (principals[k] if k < len(principals) else 0)
            row.settled = k >= len(principals)
        self.accrued = Fraction(0)

    def plan(self, balance: int, dues: list[date], level: int | None) -> list[int]:
        """The principals of a plan made today."""
        spans = [self.span(start, end) for start, end in zip([self.today, *dues], dues, strict=False)]
        if not self.terms.method.startswith("EQUAL_"):
            return [0] * (len(dues) - 1) + [balance]
        if level is None:
            level = self.level_of(balance, spans)
            self.level = self.level or level
        principals: list[int] = []
        for span in spans[:-1]:
            wish = level
            if self.terms.method == "EQUAL_INSTALLMENT":
                wish = max(level - rounded(balance * self.rate * span), 0)
            principals.append(min(wish, balance))
            balance -= principals[-1]
        return [*principals, balance]

    def level_of(self, balance: int, spans: list[Fraction]) -> int:
        if self.terms.method == "EQUAL_PRINCIPAL":
            return rounded(Fraction(balance, len(spans)))
        worth, discount = Fraction(0), Fraction(1)
        for span in spans:
            discount /= 1 + self.rate * span
            worth += discount
        return rounded(balance / worth)

    # what may be asked

    def answers(self) -> dict[str, Any]:
        early = sum(row.owes("interest") for row in self.undue())
        opened: list[tuple[date, int, int]] = []
        exact, start, balance = self.accrued, self.today, self.undue_principal()
        for row in self.undue():
            exact += balance * self.rate * self.span(start, row.due)
            opened.append((row.due, row.owes("principal"), row.owes("interest") + rounded(exact)))
            exact, start, balance = Fraction(0), row.due, balance - row.owes("principal")
        return {
            "penalty_fen": self.due("penalty"),
            "interest_fen": self.due("interest"),
            "principal_fen": self.due("principal"),
            "accrued_fen": early + rounded(self.accrued),
            "undue_fen": self.undue_principal(),
            "fee_fen": self.fee(self.undue_principal()),
            "dpd": self.dpd(),
            "open": opened,
            "interest_earned_fen": sum(row.interest for row in self.rows) + rounded(self.accrued),
            "penalty_earned_fen": sum(rounded(row.penalty) for row in self.rows),
        }

    def touched(self) -> dict[date, tuple[int, ...]]:
        """Of rows on which something was paid or waived, by due date: principal, paid and waived parts, penalty borne."""
        return {
            row.due: (row.principal, *row.paid.values(), *row.waived.values(), rounded(row.penalty))
            for row in self.rows
            if any(row.paid.values()) or any(row.waived.values())
        }

    def books(self) -> dict[str, int]:
        """What the books should hold of the loan today."""

        def paid(what: str) -> int:
            return sum(went[f"{what}_fen"] for key, went in self.allocations.items() if key in self.booked)

        def waived(what: str) -> int:
            return sum(went[f"{what}_fen"] for key, went in self.waivers.items() if key in self.booked)

        recovered = [went for key, went in self.allocations.items() if key not in self.booked]
        earned = sum(row.interest for row in self.rows) + rounded(self.accrued)
        held = {
            "disbursed_fen": self.terms.principal_fen,
            "interest_earned_fen": earned,
            "penalty_earned_fen": sum(rounded(row.penalty) for row in self.rows),
            "fee_earned_fen": paid("fee"),
            "principal_paid_fen": paid("principal"),
            "interest_paid_fen": paid("interest"),
            "penalty_paid_fen": paid("penalty"),
            "excess_received_fen": sum(went["excess_fen"] for went in self.allocations.values()),
            "excess_refunded_fen": self.refunded,
            "interest_waived_fen": waived("interest"),
            "penalty_waived_fen": waived("penalty"),
            "recovered_fen": sum(
                went[f"{part}_fen"] for went in recovered for part in ("penalty", "interest", "principal")
            ),
        }
        lost = self.given_up or {"penalty": 0, "interest": 0, "principal": 0}
        if self.given_up is not None:
            kept_out = lost["interest"] if self.off_balance else 0
            memo = min(kept_out, self.due("interest"))
        else:
            kept_out = memo = earned - paid("interest") - waived("interest") if self.dpd() >= 90 else 0
        return held | {
            "nonaccrual_fen": kept_out,
            "memo_fen": memo,
            "principal_written_off_fen": lost["principal"],
            "interest_written_off_fen": lost["interest"] - (kept_out if self.given_up is not None else 0),
            "penalty_written_off_fen": lost["penalty"],
        }
