"""What a borrower should know about an amount beyond its figures: not due yet, in grace, settled early, written off."""

from collections.abc import Iterator
from datetime import date, timedelta

from domain.lending.rules.explaining import words
from domain.lending.rules.explaining.explanation import Text, What
from domain.lending.rules.explaining.story import Story
from domain.lending.rules.terms import Component, PenaltyBase
from domain.shared.money import yuan


def on_penalty(story: Story, n: int, *, bears: bool) -> tuple[Text, ...]:
    """Why an installment bears no penalty, or why it stopped."""
    return (*_dropped(story, n), *_written_off(story), *(() if bears else _no_penalty(story, n)))


def on_interest(story: Story, n: int) -> tuple[Text, ...]:
    return (*_dropped(story, n), *_written_off(story), *_not_due(story, n), *_settled(story, n))


def on_principal(story: Story, n: int) -> tuple[Text, ...]:
    return (*_dropped(story, n), *_not_due(story, n), *_settled(story, n))


def on_what_is_due(story: Story) -> tuple[Text, ...]:
    """In which order a payment of that day would be applied."""
    terms, position = story.terms, story.position
    if position.written_off is not None:
        zh, en = _order(terms.recovery_waterfall)
        return (Text(f"已核销：收回款先各期{zh}。", f"Written off: what comes in pays all installments' {en}."),)
    if position.dpd > terms.dpd_switch:
        zh, en = _order(terms.late_waterfall)
        return (
            Text(
                f"逾期 {position.dpd} 天，超过 {terms.dpd_switch} 天：还款依次冲抵各期{zh}。",
                f"{position.dpd} days past due, more than {terms.dpd_switch}: a payment pays all installments' {en}.",
            ),
        )
    zh, en = _order(terms.waterfall)
    return (Text(f"还款先冲最早一期，期内依次为{zh}。", f"A payment pays the oldest installment first, in it {en}."),)


def on_excess(story: Story) -> tuple[Text, ...]:
    if not story.position.over_refunded_fen:
        return ()
    over = yuan(story.position.over_refunded_fen)
    return (
        Text(
            f"已多退 {over} 元：退款后历史有变更，应由借款人退回。",
            f"{over} yuan more was refunded than is held: history changed after it, and the borrower owes it back.",
        ),
    )


def on_days(story: Story, oldest_due: date) -> tuple[Text, ...]:
    """Why nothing counts as late although something is unpaid."""
    last_of_grace = oldest_due + timedelta(days=story.terms.grace_days)
    if story.on > last_of_grace:
        return ()
    return (Text(f"宽限期至 {last_of_grace}，当日仍为 0。", f"Through {last_of_grace} it does not count as late."),)


def _order(components: tuple[Component, ...]) -> tuple[str, str]:
    names = [words.NAMES[What(component)] for component in components]
    return "、".join(name.zh for name in names), ", then ".join(name.en for name in names)


def _dropped(story: Story, n: int) -> Iterator[Text]:
    for plan in story.account.plans:
        if n in plan.rows[len(plan.principals) :]:
            on = date.fromordinal(plan.on)
            yield Text(
                f"{on} 提前还款后重订的计划不再包含该期。",
                f"The new plan made after the prepayment of {on} ends before it.",
            )


def _written_off(story: Story) -> Iterator[Text]:
    if given_up := story.position.written_off:
        yield Text(
            f"{given_up.on} 核销后不再计利息和罚息。",
            f"Interest and penalty stopped when the loan was written off on {given_up.on}.",
        )


def _not_due(story: Story, n: int) -> Iterator[Text]:
    row = story.row(n)
    if row and not row.billed and not row.settled and story.position.undue_fen:
        yield Text(
            f"尚未到期（{row.due} 到期）；为此后不再还款时到期的金额。",
            f"It falls due on {row.due}; this is what it will be if nothing more is paid before.",
        )


def _settled(story: Story, n: int) -> Iterator[Text]:
    row = story.row(n)
    if row and row.settled and row.paid_on:
        yield Text(
            f"{row.paid_on} 提前还清，计息至当日为止。",
            f"Paid before it fell due, on {row.paid_on}: its period ended then, and no more interest is added to it.",
        )


def _no_penalty(story: Story, n: int) -> Iterator[Text]:
    terms, row = story.terms, story.row(n)
    if row is None:
        return
    last_of_grace = row.due + timedelta(days=terms.grace_days)
    if not row.billed:
        yield Text(f"{row.due} 到期，尚不计罚息。", f"It falls due on {row.due}; nothing of it is late.")
    elif story.on <= last_of_grace and row.outstanding_fen:
        yield Text(
            f"宽限期至 {last_of_grace}：此前还清不计罚息，逾期则自 {row.due} 起计。",
            f"What is paid through {last_of_grace} bears no penalty; what is not bears it from {row.due}.",
        )
    elif terms.penalty_base is PenaltyBase.PRINCIPAL and not row.principal_fen and row.outstanding_fen:
        yield Text("罚息只按本金计算，该期没有本金。", "Only principal bears penalty, and this installment has none.")
    elif not row.outstanding_fen:
        yield Text("按期还清，未产生罚息。", "It was paid in time and bore no penalty.")
