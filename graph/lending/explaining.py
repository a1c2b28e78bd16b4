"""Why an amount of a loan is what it is: formula, values, days with balances and rates, roundings, what was paid of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from domain.lending import models
from domain.lending.rules import explaining as rules
from domain.lending.rules.events import Key
from domain.lending.rules.explaining.numbers import decimal_text, exact_yuan
from domain.lending.services.explaining import Explained
from graph.enums import described
from graph.lending.happened import LoanEvent
from graph.scalars import Fen

RowNumber = Annotated[
    int | None,
    strawberry.argument(description="An installment's number, from 1; the whole loan's amounts if not said."),
]

ExplainedAmount = rules.What
described(
    ExplainedAmount,
    "Which amount is explained: the first three are an installment's, the others the whole loan's.",
    {
        "PENALTY": "Penalty of an installment.",
        "INTEREST": "Interest of an installment.",
        "PRINCIPAL": "Principal of an installment.",
        "DUE": "All that is due.",
        "ACCRUED": "Interest earned and not yet billed.",
        "UNDUE": "Principal not due yet.",
        "PREPAYMENT_FEE": "The fee a payoff would bear.",
        "PAYOFF": "What would close the loan.",
        "EXCESS": "What is held for the borrower.",
        "DAYS_PAST_DUE": "Days since the oldest unpaid due date.",
    },
    name="ExplainedAmount",
)
ValueUnit = rules.Unit
described(
    ValueUnit,
    "What a value of a formula is counted in.",
    {
        "CNY": "Yuan, with two decimals.",
        "A_YEAR": "A rate a year, as a decimal.",
        "RATE": "A rate, as a decimal.",
        "TIMES": "A factor.",
        "DAYS": "Days.",
        "DATE": "A business day.",
        "COUNT": "A number of things.",
        "CODE": "A code of the terms.",
    },
    name="ValueUnit",
)
SegmentEnd = rules.EndedBy
described(
    SegmentEnd,
    "Why a segment of days ends.",
    {
        "DUE": "The installment fell due, or will.",
        "PAID": "A payment changed the balance, or ended the period.",
        "WAIVED": "Something that bore penalty was waived.",
        "WRITTEN_OFF": "The loan was written off.",
        "ASKED": "It does not: the question goes no further.",
    },
    name="SegmentEnd",
)
RoundingReason = rules.Why
described(
    RoundingReason,
    "Why an exact amount became whole fen.",
    {
        "DUE": "The installment fell due.",
        "EARLY": "Money came before it fell due.",
        "WRITTEN_OFF": "The loan was written off.",
        "FORECAST": "The installment will fall due, if nothing more is paid before.",
        "ASKED": "It is what would be due on the day asked about.",
    },
    name="RoundingReason",
)
PartKind = rules.PartKind
described(
    PartKind,
    "What an event did to an amount.",
    {
        "PAID": "Paid of it.",
        "WAIVED": "Let go of it.",
        "REVERSED": "Had paid of it, until the payment was reversed: it does not count.",
        "HELD": "Left over, and held for the borrower.",
        "REFUNDED": "Sent back to the borrower.",
    },
    name="AmountPartKind",
)


@strawberry.type(description="A text in both languages.")
class BothLanguages:
    zh: str = strawberry.field(description="In Chinese.")
    en: str = strawberry.field(description="In English.")

    @classmethod
    def of(cls, text: rules.Text) -> "BothLanguages":
        return cls(zh=text.zh, en=text.en)


@strawberry.type(description="A value that goes into a formula.")
class FormulaValue:
    name: str = strawberry.field(description="Its name, for programs.")
    symbol: str = strawberry.field(description="How the formula writes it; empty if it only decides what applies.")
    label: BothLanguages = strawberry.field(description="Its name, for people.")
    value: str = strawberry.field(description="The value.")
    unit: ValueUnit = strawberry.field(description="What it is counted in.")

    @classmethod
    def of(cls, value: rules.Input) -> "FormulaValue":
        label = BothLanguages.of(value.label)
        return cls(name=value.name, symbol=value.symbol, label=label, value=value.value, unit=value.unit)


@strawberry.type(description="Days through which nothing changed: balance x rate x years is the exact amount.")
class AmountSegment:
    start: date = strawberry.field(description="The first day that counts.")
    end: date = strawberry.field(description="The first day that does not.")
    days: int = strawberry.field(description="How many days.")
    balance: Fen = strawberry.field(description="What earned interest, or bore penalty.")
    interest_in_balance: Fen = strawberry.field(description="What of that is unpaid interest.")
    rate: str = strawberry.field(description="The rate a year, multiplier included, as a decimal.")
    years: str = strawberry.field(
        description='The part of a year as it is reckoned, such as "20/360" or "17/365 + 14/366".'
    )
    years_fraction: str = strawberry.field(description='The same as one fraction, such as "1/18".')
    exact: str = strawberry.field(description="The exact amount in yuan; an ellipsis if its decimals do not end.")
    exact_fen: str = strawberry.field(description='The same in fen, as a fraction such as "28749/25".')
    rounding: int = strawberry.field(description="The place, from 0, of the rounding it goes into.")
    ended_by: SegmentEnd = strawberry.field(description="Why it ends.")
    event: LoanEvent | None = strawberry.field(description="What happened then; null if nothing did.")
    forecast: bool = strawberry.field(description="Whether these days are still to come.")

    @classmethod
    def of(cls, segment: rules.Segment, journal: "_Journal") -> "AmountSegment":
        return cls(
            start=segment.start,
            end=segment.end,
            days=segment.days,
            balance=Fen(segment.balance_fen),
            interest_in_balance=Fen(segment.interest_fen),
            rate=decimal_text(segment.rate),
            years=segment.years_text,
            years_fraction=str(segment.years),
            exact=exact_yuan(segment.exact_fen),
            exact_fen=str(segment.exact_fen),
            rounding=segment.rounding,
            ended_by=segment.ended_by,
            event=journal.event(segment.event),
            forecast=segment.forecast,
        )


@strawberry.type(description="An exact amount made whole fen: half a fen goes up.")
class AmountRounding:
    on: date = strawberry.field(description="The day.")
    reason: RoundingReason = strawberry.field(description="Why then.")
    rule: str = strawberry.field(description='Always "HALF_UP": floor(x + 1/2) fen.')
    carried: str = strawberry.field(
        description="What the rounding before left over, in yuan; it is part of the exact amount."
    )
    exact: str = strawberry.field(description="The exact amount in yuan; an ellipsis if its decimals do not end.")
    exact_fen: str = strawberry.field(description="The same in fen, as a fraction.")
    rounded: Fen = strawberry.field(description="What it became.")
    event: LoanEvent | None = strawberry.field(description="What happened then; null if nothing did.")

    @classmethod
    def of(cls, rounding: rules.Rounding, journal: "_Journal") -> "AmountRounding":
        return cls(
            on=rounding.on,
            reason=rounding.why,
            rule="HALF_UP",
            carried=exact_yuan(rounding.carried_fen),
            exact=exact_yuan(rounding.exact_fen),
            exact_fen=str(rounding.exact_fen),
            rounded=Fen(rounding.rounded_fen),
            event=journal.event(rounding.event),
        )


@strawberry.type(description="How much principal an installment asks from a day on, and by which plan.")
class PrincipalChange:
    on: date = strawberry.field(description="The day of the plan.")
    event: LoanEvent | None = strawberry.field(
        description="The prepayment it was made anew for; null of the plan at signing."
    )
    before: Fen = strawberry.field(description="What the installment asked before.")
    after: Fen = strawberry.field(description="What it asks from then on: given, tail and what stays.")
    spread: Fen = strawberry.field(description="The principal that the plan spreads.")
    installments: int = strawberry.field(description="Over how many installments.")
    place: int = strawberry.field(description="Which of them this is, from 1; 0: the plan does not reach it.")
    balance: Fen = strawberry.field(description="What is left of the principal before it.")
    level: Fen | None = strawberry.field(description="What the method keeps level; null if nothing.")
    level_kept: bool = strawberry.field(description="Whether that is the level of the plan at signing, kept.")
    interest: Fen = strawberry.field(description="The interest of its period as that plan has it.")
    given: Fen = strawberry.field(description="What the method gives it.")
    tail: Fen = strawberry.field(description="A last installment too small to stand alone, put into this one.")
    stays: Fen = strawberry.field(description="What was paid of it by then, and stays.")

    @classmethod
    def of(cls, change: rules.Change, journal: "_Journal") -> "PrincipalChange":
        return cls(
            on=change.on,
            event=journal.event(change.event),
            before=Fen(change.before_fen),
            after=Fen(change.after_fen),
            spread=Fen(change.spread_fen),
            installments=change.of,
            place=change.place,
            balance=Fen(change.balance_fen),
            level=None if change.level_fen is None else Fen(change.level_fen),
            level_kept=change.level_kept,
            interest=Fen(change.interest_fen),
            given=Fen(change.given_fen),
            tail=Fen(change.tail_fen),
            stays=Fen(change.stays_fen),
        )


@strawberry.type(description="What one event did to an amount.")
class AmountPart:
    kind: PartKind = strawberry.field(description="What it did.")
    on: date = strawberry.field(description="The day it counts on.")
    amount: Fen = strawberry.field(description="How much of the amount.")
    event: LoanEvent | None = strawberry.field(description="The event; of a reversed payment, the payment.")
    reversal: LoanEvent | None = strawberry.field(description="What reversed the payment; null if nothing did.")

    @classmethod
    def of(cls, part: rules.Part, journal: "_Journal") -> "AmountPart":
        return cls(
            kind=part.kind,
            on=part.on,
            amount=Fen(part.amount_fen),
            event=journal.event(part.event),
            reversal=journal.event(part.reversal),
        )


@strawberry.type(description="An amount that a sum is made of.")
class AmountAddend:
    what: ExplainedAmount = strawberry.field(description="Which amount.")
    n: int | None = strawberry.field(description="Of which installment; null of the whole loan.")
    amount: Fen = strawberry.field(description="How much.")

    @classmethod
    def of(cls, addend: rules.Addend) -> "AmountAddend":
        return cls(what=addend.what, n=addend.n, amount=Fen(addend.amount_fen))


@strawberry.type(description="An amount of a loan on a day, and why it is that: what the replay did, step by step.")
class Explanation:
    what: ExplainedAmount = strawberry.field(description="Which amount.")
    n: int | None = strawberry.field(description="Of which installment; null of the whole loan.")
    on: date = strawberry.field(description="On which business day, everything of that day included.")
    result: Fen | None = strawberry.field(
        description="The amount: of an installment what is outstanding, or will be when it falls due. Null of days."
    )
    days: int | None = strawberry.field(description="The number of days; null but of DAYS_PAST_DUE.")
    asked: Fen | None = strawberry.field(description="What the installment asks; null of the whole loan's amounts.")
    paid: Fen | None = strawberry.field(description="What was paid of that; null of the whole loan's amounts.")
    waived: Fen | None = strawberry.field(description="What was let go of that; null of the whole loan's amounts.")
    formula: BothLanguages = strawberry.field(description="The rule, in symbols and words.")
    filled: str = strawberry.field(description='The rule with its figures: "958.30 × 0.144 × 1.5 × 20/360 = …".')
    inputs: list[FormulaValue] = strawberry.field(description="The values that go into it.")
    segments: list[AmountSegment] = strawberry.field(description="The days, one after the other, by balance.")
    roundings: list[AmountRounding] = strawberry.field(description="When exact amounts became whole fen.")
    changes: list[PrincipalChange] = strawberry.field(
        description="Of principal: the plans that gave it, the last in force."
    )
    addends: list[AmountAddend] = strawberry.field(description="Of a sum: what it is made of.")
    parts: list[AmountPart] = strawberry.field(
        description="What was paid, waived or reversed of it, and by which event."
    )
    notes: list[BothLanguages] = strawberry.field(
        description="What else there is to know: not due yet, in grace, written off."
    )

    @classmethod
    def all_of(cls, told: Explained, rows: Sequence[models.LoanEvent]) -> "list[Explanation]":
        """What was explained, with the events out of the loan's whole journal."""
        journal = _Journal(dict(zip((row.id for row in rows), LoanEvent.all_of(rows), strict=True)))
        return [cls._of(each, journal) for each in told.amounts]

    @classmethod
    def _of(cls, told: rules.Explanation, journal: "_Journal") -> "Explanation":
        in_days = told.what is rules.What.DAYS_PAST_DUE
        figures = told.figures
        return cls(
            what=told.what,
            n=told.n,
            on=told.on,
            result=None if in_days else Fen(told.result),
            days=told.result if in_days else None,
            asked=Fen(figures.asked_fen) if figures else None,
            paid=Fen(figures.paid_fen) if figures else None,
            waived=Fen(figures.waived_fen) if figures else None,
            formula=BothLanguages.of(told.formula),
            filled=told.filled,
            inputs=[FormulaValue.of(value) for value in told.inputs],
            segments=[AmountSegment.of(segment, journal) for segment in told.segments],
            roundings=[AmountRounding.of(rounding, journal) for rounding in told.roundings],
            changes=[PrincipalChange.of(change, journal) for change in told.changes],
            addends=[AmountAddend.of(addend) for addend in told.addends],
            parts=[AmountPart.of(part, journal) for part in told.parts],
            notes=[BothLanguages.of(note) for note in told.notes],
        )


class _Journal:
    """A loan's events by key."""

    def __init__(self, events: Mapping[UUID, LoanEvent]) -> None:
        self._events = events

    def event(self, key: Key | None) -> LoanEvent | None:
        return self._events.get(key) if isinstance(key, UUID) else None
