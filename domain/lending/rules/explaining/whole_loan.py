"""What is owed on the whole loan, explained: what is due, what a payoff takes, what is held, how late it is."""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from domain.lending.rules.events import ExcessRefunded
from domain.lending.rules.explaining import filling, notes, words
from domain.lending.rules.explaining.explanation import Addend, Explanation, Part, PartKind, Rounding, Text, What
from domain.lending.rules.explaining.filling import plain
from domain.lending.rules.explaining.interest import accrued_today
from domain.lending.rules.explaining.story import Story
from domain.lending.rules.explaining.watching import Why
from domain.lending.rules.terms import Component
from domain.shared.money import yuan


def explain_loan(story: Story) -> tuple[Explanation, ...]:
    """The amounts of the whole loan: what is due, what a payoff is made of, what is held for the borrower, days late."""
    return due(story), accrued(story), undue(story), fee(story), payoff(story), excess(story), days_past_due(story)


def due(story: Story) -> Explanation:
    account = story.account
    owing = ((row, component) for row in account.owing for component in Component)
    addends = [Addend(What(component), row.n, account.open_fen(row, component)) for row, component in owing]
    return _sum(story, What.DUE, words.DUE, addends, story.position.due_fen, notes=notes.on_what_is_due(story))


def accrued(story: Story) -> Explanation:
    running, terms = story.account.undue[:1], story.terms
    segments, roundings = accrued_today(story, running[0].n) if running else ((), ())
    early = [Addend(What.INTEREST, row.n, row.interest_open_fen) for row in running if row.interest_open_fen]
    amounts = [*(each.rounded_fen for each in roundings), *(each.amount_fen for each in early)]
    result_fen = story.position.accrued_fen
    worked = filling.worked(segments, roundings, plain(terms.annual_rate))
    return Explanation(
        what=What.ACCRUED,
        n=None,
        on=story.on,
        formula=words.ACCRUED,
        filled=filling.lines(worked, filling.total(amounts, result_fen)) or yuan(result_fen),
        result=result_fen,
        inputs=(
            filling.annual_rate(terms.annual_rate),
            filling.code("day_count", words.DAY_COUNT, terms.day_count),
        ),
        segments=segments,
        roundings=roundings,
        addends=early,
    )


def undue(story: Story) -> Explanation:
    addends = [Addend(What.PRINCIPAL, row.n, row.principal_open_fen) for row in story.account.undue]
    return _sum(story, What.UNDUE, words.UNDUE, addends, story.position.undue_fen)


def fee(story: Story) -> Explanation:
    """The fee a payoff on the day would bear."""
    terms, position = story.terms, story.position
    exact_fen = position.undue_fen * Fraction(terms.prepay_fee_rate)
    rounding = Rounding(story.on, Why.ASKED, Fraction(0), exact_fen, position.fee_fen)
    return Explanation(
        what=What.PREPAYMENT_FEE,
        n=None,
        on=story.on,
        formula=words.FEE,
        filled=f"{yuan(position.undue_fen)} × {plain(terms.prepay_fee_rate)} = {filling.rounded(rounding)}",
        result=position.fee_fen,
        inputs=(
            filling.money("undue", "U", words.NAMES[What.UNDUE], position.undue_fen),
            filling.rate(
                "prepay_fee_rate", "e", Text("提前还款费率", "rate of the prepayment fee"), terms.prepay_fee_rate
            ),
        ),
        roundings=(rounding,),
    )


def payoff(story: Story) -> Explanation:
    position = story.position
    addends = [
        Addend(What.DUE, None, position.due_fen),
        Addend(What.ACCRUED, None, position.accrued_fen),
        Addend(What.UNDUE, None, position.undue_fen),
        Addend(What.PREPAYMENT_FEE, None, position.fee_fen),
    ]
    return _sum(story, What.PAYOFF, words.PAYOFF, addends, position.payoff_fen, keep_zeros=True)


def excess(story: Story) -> Explanation:
    parts = sorted(_held_and_refunded(story), key=lambda part: (part.on, story.happened[part.event].sequence))
    texts = (f"{'− ' if part.kind is PartKind.REFUNDED else '+ '}{yuan(part.amount_fen)}" for part in parts)
    worked, result_fen = " ".join(texts).removeprefix("+ "), story.position.excess_fen
    if story.position.over_refunded_fen:
        worked = f"max({worked}, 0)"
    return Explanation(
        what=What.EXCESS,
        n=None,
        on=story.on,
        formula=words.EXCESS,
        filled=f"{worked} = {yuan(result_fen)}" if parts else yuan(result_fen),
        result=result_fen,
        parts=parts,
        notes=notes.on_excess(story),
    )


def _held_and_refunded(story: Story) -> Iterator[Part]:
    for key, allocation in story.position.allocations.items():
        if allocation.excess_fen:
            yield Part(PartKind.HELD, story.happened[key].date, key, allocation.excess_fen)
    for event in story.events:
        if isinstance(event, ExcessRefunded) and event.date <= story.on:
            yield Part(PartKind.REFUNDED, event.date, event.key, event.amount_fen)


def days_past_due(story: Story) -> Explanation:
    terms, account, dpd = story.terms, story.account, story.position.dpd
    oldest = account.oldest_past_threshold()
    dues = [] if oldest is None else [date.fromordinal(oldest.due)]
    return Explanation(
        what=What.DAYS_PAST_DUE,
        n=None,
        on=story.on,
        formula=words.DAYS,
        filled=f"{story.on} − {dues[0]} = {dpd}" if dpd else "0",
        result=dpd,
        inputs=(
            *(
                filling.count("installment", "", Text("最早逾期期次", "oldest installment"), row.n)
                for row in [oldest]
                if row
            ),
            *(filling.day("due_date", words.DUE_DATE, day) for day in dues),
            filling.money("threshold", "", Text("逾期起算金额", "threshold"), terms.dpd_threshold_fen),
            filling.days("grace_days", words.GRACE, terms.grace_days),
        ),
        notes=notes.on_days(story, dues[0]) if dues else (),
    )


def _sum(
    story: Story,
    what: What,
    formula: Text,
    addends: Sequence[Addend],
    result_fen: int,
    *,
    keep_zeros: bool = False,
    notes: Sequence[Text] = (),
) -> Explanation:
    told = [addend for addend in addends if addend.amount_fen or keep_zeros]
    return Explanation(
        what=what,
        n=None,
        on=story.on,
        formula=formula,
        filled=filling.total([addend.amount_fen for addend in told], result_fen) or yuan(result_fen),
        result=result_fen,
        addends=told,
        notes=notes,
    )
