"""An installment's penalty, interest and principal, explained."""

from collections.abc import Iterator, Sequence
from datetime import date

from domain.lending.rules.daycount import Actual, Basis
from domain.lending.rules.explaining import filling, method_rule, notes, words
from domain.lending.rules.explaining.explanation import Change, Explanation, Figures, Input, Rounding, Text, What
from domain.lending.rules.explaining.filling import plain
from domain.lending.rules.explaining.interest import interest_to_fall_due
from domain.lending.rules.explaining.penalty import penalty_rounding, penalty_segments
from domain.lending.rules.explaining.principal import principal_changes
from domain.lending.rules.explaining.story import Story
from domain.lending.rules.plan import make_plan
from domain.lending.rules.terms import Component


def figures_of(story: Story, n: int, component: Component) -> Figures:
    """The position's own figures; nothing, where a new plan does not reach the installment any more."""
    row = story.row(n)
    if row is None:
        return Figures(0, 0, 0)
    match component:
        case Component.PENALTY:
            return Figures(row.penalty_fen, row.paid_penalty_fen, row.waived_penalty_fen)
        case Component.INTEREST:
            return Figures(row.interest_fen, row.paid_interest_fen, row.waived_interest_fen)
        case Component.PRINCIPAL:
            return Figures(row.principal_fen, row.paid_principal_fen, 0)


def penalty(story: Story, n: int) -> Explanation:
    terms, figures = story.terms, figures_of(story, n, Component.PENALTY)
    segments = penalty_segments(story, n)
    roundings = penalty_rounding(story, n, segments)
    rate = f"{plain(terms.annual_rate)} × {plain(terms.penalty_multiplier)}"
    return Explanation(
        what=What.PENALTY,
        n=n,
        on=story.on,
        formula=words.PENALTY,
        filled=filling.lines(filling.worked(segments, roundings, rate), filling.outcome(_asked(roundings), figures)),
        result=figures.outstanding_fen,
        inputs=(
            filling.annual_rate(terms.annual_rate),
            filling.times("penalty_multiplier", "m", Text("罚息倍数", "penalty multiplier"), terms.penalty_multiplier),
            _day_count("penalty_day_count", story.account.reckoning.penalty.basis),
            filling.code("penalty_base", Text("罚息基数", "what bears penalty"), terms.penalty_base),
            filling.days("grace_days", words.GRACE, terms.grace_days),
            due_input(story, n),
        ),
        segments=segments,
        roundings=roundings,
        parts=story.parts(n, Component.PENALTY),
        notes=notes.on_penalty(story, n, bears=bool(segments)),
        figures=figures,
    )


def interest(story: Story, n: int) -> Explanation:
    terms, figures = story.terms, figures_of(story, n, Component.INTEREST)
    working = interest_to_fall_due(story, n)
    worked = filling.worked(working.segments, working.roundings, plain(terms.annual_rate))
    return Explanation(
        what=What.INTEREST,
        n=n,
        on=story.on,
        formula=words.INTEREST,
        filled=filling.lines(worked, filling.outcome(_asked(working.roundings), figures)),
        result=figures.outstanding_fen,
        inputs=(
            filling.annual_rate(terms.annual_rate),
            filling.code("day_count", words.DAY_COUNT, terms.day_count),
            due_input(story, n),
        ),
        segments=working.segments,
        roundings=working.roundings,
        parts=story.parts(n, Component.INTEREST),
        notes=notes.on_interest(story, n),
        figures=figures,
    )


def principal(story: Story, n: int) -> Explanation:
    terms, figures = story.terms, figures_of(story, n, Component.PRINCIPAL)
    changes = principal_changes(story, n)
    in_force = changes[-1]
    asked = method_rule.filled(terms.method, in_force)
    return Explanation(
        what=What.PRINCIPAL,
        n=n,
        on=story.on,
        formula=method_rule.formula_of(terms.method, in_force),
        filled=filling.lines(asked, filling.outcome([figures.asked_fen], figures)),
        result=figures.outstanding_fen,
        inputs=(*_principal_inputs(story, in_force), due_input(story, n)),
        changes=changes,
        parts=story.parts(n, Component.PRINCIPAL),
        notes=notes.on_principal(story, n),
        figures=figures,
    )


def _principal_inputs(story: Story, change: Change) -> Iterator[Input]:
    terms = story.terms
    yield filling.money("loan_principal", "P", Text("借款本金", "principal of the loan"), terms.principal_fen)
    yield filling.money("spread", "S", Text("计划分摊的本金", "principal that its plan spreads"), change.spread_fen)
    yield filling.count("terms", "n", Text("期数", "months"), terms.terms)
    yield filling.code("method", Text("还款方式", "repayment method"), terms.method)
    yield filling.annual_rate(terms.annual_rate)
    if not change.place:
        return
    if change.level_fen is not None:
        yield filling.money("level", "A", Text("每期固定额", "what stays level"), change.level_fen)
    yield filling.money("balance", "B", Text("该期前本金余额", "balance before it"), change.balance_fen)
    yield filling.money("interest", "I", Text("该期计划利息", "interest of its period as planned"), change.interest_fen)
    if change.tail_fen:
        yield filling.money("tail", "t", Text("并入的末期尾款", "last installment put into it"), change.tail_fen)
    if change.stays_fen:
        yield filling.money("paid_before", "s", Text("此前已还本金", "principal paid before"), change.stays_fen)


def due_on(story: Story, n: int) -> date:
    return make_plan(story.terms)[n - 1].due


def due_input(story: Story, n: int) -> Input:
    return filling.day("due_date", words.DUE_DATE, due_on(story, n))


def _asked(roundings: Sequence[Rounding]) -> list[int]:
    return [rounding.rounded_fen for rounding in roundings]


def _day_count(name: str, basis: Basis) -> Input:
    return filling.code(
        name, words.PENALTY_DAY_COUNT, f"ACT_{basis.per_year}" if isinstance(basis, Actual) else "ACT_ACT"
    )
