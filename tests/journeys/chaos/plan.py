"""What a run will do, all of it decided before it begins: the same seed and size make the same plan.

How the processes' work falls in time cannot be said beforehand, so a plan that is played twice is not the same run: but
it has the same loans, orders, ways to pay, habits, faults and kills, in the same order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from random import Random
from typing import TypeVar

from plugins.sandbox.faults import Fault

ALIPAY, WECHAT, BANK = "alipay", "wechat", "bank_withholding"
API, WORKER, SANDBOX, POSTGRES, VALKEY = "api", "worker", "sandbox", "postgres", "valkey"
MORTALS = (API, WORKER, SANDBOX, POSTGRES, WORKER, API, VALKEY, SANDBOX, WORKER, API, POSTGRES, VALKEY)
"""Who is killed from outside, in turn. The sandbox is every channel's gateway at once."""

WAYS = (
    *((ALIPAY, product) for product in ("PAGE", "WAP", "APP", "QR")),
    *((WECHAT, product) for product in ("QR", "H5", "APP", "JSAPI")),
)
OF_SEVERAL = frozenset({"QR", "APP"})
"""Products that more than one channel has."""
CardT = TypeVar("CardT")
Way = tuple[str, str]
"""A channel and one of its products."""

MOMENTS = ((9, 59), (13, 0), (17, 59))
"""Of a day; after the first and the last, a minute later, comes a withholding run."""
RUNS = (0, 2)
ACTS_A_DAY = 45
DAYS_A_MONTH = 4
"""More are spread over more months: a loan is debited for one installment a month."""

FAILPOINTS = (
    "payments.after_submitting",
    "payments.after_batch_claim",
    "payments.after_inbox",
    "payments.after_refund_submitting",
    "jobs.before_done",
    "reconciliation.after_fetch",
    "reconciliation.after_reading",
)
"""Where a process dies on the way, each once; for every four kills from outside there is one of these."""


class Habit(StrEnum):
    """What a borrower does with what he is given to pay with."""

    PAYS = "PAYS"
    PRESSES_TWICE = "PRESSES_TWICE"
    """Two presses at the same time."""
    PAYS_UNHEARD = "PAYS_UNHEARD"
    """He presses the button that loses the notice."""
    PAYS_AND_IS_HEARD_THRICE = "PAYS_AND_IS_HEARD_THRICE"
    LOOKS = "LOOKS"
    """He opens the cashier and goes away."""
    FORGETS = "FORGETS"
    CLOSES = "CLOSES"
    PAYS_WHAT_IS_CLOSED = "PAYS_WHAT_IS_CLOSED"
    PAYS_WHILE_CLOSING = "PAYS_WHILE_CLOSING"
    GOES_ON = "GOES_ON"
    """He opens another page by another way, pays that, and then the first one too."""
    RACES = "RACES"
    """He asks for two pages at the same time, and pays whatever he gets."""


class Agreement(StrEnum):
    """What a borrower does with an agreement (商家扣款) that Alipay shows him to sign."""

    SIGNS = "SIGNS"
    SIGNS_UNHEARD = "SIGNS_UNHEARD"
    """The notice of it is lost."""
    ENDS_IT = "ENDS_IT"
    """He signs, and ends it at Alipay while a withholding run is on."""
    TAKES_IT_BACK = "TAKES_IT_BACK"
    """He signs, and revokes it with us while a withholding run is on."""
    LEAVES_IT = "LEAVES_IT"


ENDED = (Agreement.ENDS_IT, Agreement.TAKES_IT_BACK)

_HABITS = {
    Habit.PAYS: 30,
    Habit.PRESSES_TWICE: 8,
    Habit.PAYS_UNHEARD: 10,
    Habit.PAYS_AND_IS_HEARD_THRICE: 8,
    Habit.LOOKS: 4,
    Habit.FORGETS: 4,
    Habit.CLOSES: 5,
    Habit.PAYS_WHAT_IS_CLOSED: 7,
    Habit.PAYS_WHILE_CLOSING: 6,
    Habit.GOES_ON: 10,
    Habit.RACES: 8,
}

ON_THE_CALL = (Fault.LOSE_ANSWER, Fault.BREAK, Fault.BAD_SIGNATURE, Fault.DROP_CONNECTION, Fault.SLOW)
"""Planned for the next that a party is asked, whatever it is: the new order, or a question about an older one."""
ON_THE_NOTICE = (
    Fault.LOSE_NOTICE,
    Fault.REPEAT_NOTICE,
    Fault.DELAY_NOTICE,
    Fault.REORDER_NOTICES,
    Fault.FORGED_NOTICE,
    Fault.WRONG_NOTICE,
)
ON_THE_ORDER = (*ON_THE_CALL, *ON_THE_NOTICE, Fault.WRONG_AMOUNT, Fault.REFUSE_REFUND, Fault.LATE_SUCCESS)
"""Planned for an order that exists, before it is paid."""
ON_A_DEBIT = (*ON_THE_CALL, *ON_THE_NOTICE, Fault.WRONG_AMOUNT, Fault.INSUFFICIENT_FUNDS)
"""Planned for the next debits, before a withholding run."""
ON_A_BILL = (Fault.BILL_MISSING_ROW, Fault.BILL_EXTRA_ROW, Fault.BILL_OTHER_AMOUNT)
"""Planned for payments of the last day; each must be found by reconciliation, and by nobody else."""
ON_A_BATCH = (*ON_THE_CALL,)
"""Planned for the next call about a batch of debits."""
ON_AN_AGREEMENT = (Fault.REPEAT_NOTICE, Fault.DELAY_NOTICE, Fault.REORDER_NOTICES, Fault.FORGED_NOTICE)
"""Planned for the next notice of an agreement; one that is lost is the borrower's habit."""
SECONDS = {Fault.SLOW: 6, Fault.DELAY_NOTICE: 3, Fault.REORDER_NOTICES: 4}
"""A borrower is answered within 5 seconds; the rest is not worth waiting for."""


@dataclass(frozen=True, slots=True)
class Loan:
    """`due` is the day, counted from the run's first, on which it has its first due date."""

    principal_fen: int
    terms: int
    due: int
    card_ending: str | None
    """Of the card that may be debited, None for one that may not; the bank goes by it."""
    agreement: Agreement | None
    """Whether he is asked to let his account at Alipay be debited, and what he does."""
    told: Fault | None = None
    """What goes wrong when Alipay tells that he signed, and once more when it tells that it is over."""


@dataclass(frozen=True, slots=True)
class Act:
    """One wish of one borrower. `repeats`: so often the same request is sent, at the same time."""

    n: int
    loan: int
    intent: str
    amount_fen: int | None
    way: Way
    other_way: Way
    """Of the second page, where there is one."""
    we_choose: bool
    """He names no channel, so we choose one, and go on to another if it fails."""
    habit: Habit
    repeats: int
    on_the_call: Fault | None
    on_the_order: Fault | None


@dataclass(frozen=True, slots=True)
class Kill:
    """`kill -9` so many milliseconds after the wave began; `slow`: a party that answers slowly just then, so that a call
    is under way."""

    who: str
    after_ms: int
    slow: str


@dataclass(frozen=True, slots=True)
class Wave:
    """What happens at about the same moment of business time, of a day counted from the run's first."""

    month: int
    day: int
    hour: int
    minute: int
    runs: bool
    """A withholding run comes on top."""
    acts: tuple[Act, ...]
    kills: tuple[Kill, ...]
    on_debits: tuple[tuple[str, Fault], ...]
    """By channel."""
    on_a_batch: Fault | None
    endings: tuple[int, ...]
    """Loans whose borrowers end their agreements now."""
    verdict: str | None
    """What a cashier decides about the oldest wrong amount on the work list, if there is one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run."""

    seed: int
    loans: tuple[Loan, ...]
    failpoints: tuple[str, ...]
    waves: tuple[Wave, ...]
    batches_from: int
    """The wave from which on the bank takes many debits in one request."""
    on_bills: tuple[tuple[str, Fault], ...]
    """By channel; one each, so that what was found can be told apart."""

    @property
    def acts(self) -> list[Act]:
        return [act for wave in self.waves for act in wave.acts]

    @property
    def kills(self) -> list[Kill]:
        return [kill for wave in self.waves for kill in wave.kills]


def _dealt(dice: Random, deck: Sequence[CardT]) -> Iterator[CardT]:
    """One after another from a shuffled deck, which is shuffled anew when it is through: all come, about equally often."""
    while True:
        yield from dice.sample(deck, len(deck))


def plan(seed: int, orders: int, kills: int) -> Plan:
    """The plan of a run of about so many orders asked for by borrowers; what is debited comes on top."""
    dice = Random(seed)
    days = max(1, round(orders / ACTS_A_DAY))
    loans = _loans(dice, min(max(orders // 6, 12), 32), min(days, DAYS_A_MONTH))
    acts = tuple(_acts(dice, orders, loans))
    moments = list(_moments(days))
    deaths: list[list[Kill]] = [[] for _ in moments]
    for n in range(kills):
        who = MORTALS[n % len(MORTALS)]
        dice.choice(deaths).append(Kill(who, dice.randrange(400, 2500), dice.choice((ALIPAY, WECHAT, BANK))))
    on_debits, on_agreements, on_batches = (_dealt(dice, faults) for faults in (ON_A_DEBIT, ON_A_DEBIT, ON_A_BATCH))
    running = [n for n, moment in enumerate(moments) if moment[-1]]
    batches_from = next(n for n in running if n >= len(moments) // 2) if days > 1 else 0
    endings: list[list[int]] = [[] for _ in moments]
    for n, loan in enumerate(loans):
        if loan.agreement in ENDED:
            endings[dice.choice(running)].append(n)
    waves = tuple(
        Wave(
            month,
            day,
            hour,
            minute,
            runs,
            acts[n * len(acts) // len(moments) : (n + 1) * len(acts) // len(moments)],
            tuple(sorted(deaths[n], key=lambda kill: kill.after_ms)),
            (
                *((BANK, fault) for fault in islice(on_debits, dice.randint(2, 5) if runs else 0)),
                *((ALIPAY, fault) for fault in islice(on_agreements, dice.randint(1, 2) if runs else 0)),
            ),
            next(on_batches) if runs and n >= batches_from else None,
            tuple(endings[n]),
            dice.choice(("REFUND", "APPLY", None)),
        )
        for n, (month, day, hour, minute, runs) in enumerate(moments)
    )
    on_bills = tuple((channel, dice.choice(ON_A_BILL)) for channel in (ALIPAY, WECHAT, BANK))
    # Where the first bills are the last ones, too, what is wrong with a copy must not die with who fetched it.
    places = [place for place in FAILPOINTS if days > 1 or place != "reconciliation.after_fetch"]
    failpoints = tuple(dice.sample(places, min(len(places), (kills + 3) // 4)))
    return Plan(seed, loans, failpoints, waves, batches_from, on_bills)


def _loans(dice: Random, count: int, days: int) -> tuple[Loan, ...]:
    """Every second one has a card that may be debited; of those one is of an account that is always empty, one of a slow
    bank. Every second one is asked for an agreement, half of them beside their card."""
    odd_cards = {1: "5151", 3: "0303"}
    agreements = _dealt(dice, tuple(Agreement))
    told = _dealt(Random(count), (*ON_AN_AGREEMENT, None))
    return tuple(
        Loan(
            principal_fen=100_00 * dice.randint(60, 300),
            terms=dice.choice((6, 12, 24)),
            due=n // 2 % days,
            card_ending=odd_cards.get(n, f"{dice.randrange(7000, 9999)}") if n % 2 else None,
            agreement=next(agreements) if n % 4 in (0, 3) else None,
            told=next(told) if n % 4 in (0, 3) else None,
        )
        for n in range(count)
    )


def _acts(dice: Random, orders: int, loans: Sequence[Loan]) -> Iterator[Act]:
    asked = n = 0
    # Who is debited seldom pays himself: else nothing would be left to debit.
    keenness = [1.0 if loan.card_ending or loan.agreement else 4.0 for loan in loans]
    paid_off = 0
    on_calls = {channel: _dealt(dice, ON_THE_CALL) for channel in (ALIPAY, WECHAT)}
    on_orders = {channel: _dealt(dice, ON_THE_ORDER) for channel in (ALIPAY, WECHAT)}
    while asked < orders:
        habit = dice.choices(list(_HABITS), weights=list(_HABITS.values()))[0]
        asked += 2 if habit in (Habit.GOES_ON, Habit.RACES) else 1
        loan = dice.choices(range(len(loans)), weights=keenness)[0]
        intent = dice.choices(("INSTALLMENT", "PREPAY", "PAYOFF"), weights=(60, 37, 3))[0]
        if intent == "PAYOFF" and paid_off < len(loans) // 4:
            keenness[loan], paid_off = 0.2, paid_off + 1  # there is little to pay on it from here on
        elif intent == "PAYOFF":
            intent = "INSTALLMENT"
        way = dice.choice(WAYS)
        yield Act(
            n=n,
            loan=loan,
            intent=intent,
            amount_fen=dice.randint(50_00, 900_00) if intent == "PREPAY" else None,
            way=way,
            other_way=dice.choice([other for other in WAYS if other != way]),
            we_choose=way[1] in OF_SEVERAL and dice.random() < 0.5,
            habit=habit,
            repeats=dice.choices((1, 2, 3), weights=(80, 14, 6))[0],
            on_the_call=next(on_calls[way[0]]) if dice.random() < 0.18 else None,
            on_the_order=next(on_orders[way[0]]) if dice.random() < 0.35 else None,
        )
        n += 1


def _moments(days: int) -> Iterator[tuple[int, int, int, int, bool]]:
    """Month, day, hour, minute, and whether a withholding run follows."""
    for number in range(days):
        month, day = divmod(number, DAYS_A_MONTH)
        for n, (hour, minute) in enumerate(MOMENTS):
            yield month, day, hour, minute, n in RUNS
