"""The statement of a loan on paper: its terms, everything that happened in a period, its plan and what is owed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.lending.papers.lines import Line, lines_of, total_of
from domain.lending.papers.typesetting import typeset
from domain.lending.papers.wording import (
    NONE,
    Pair,
    Table,
    day,
    laid_out,
    moment,
    money,
    money_or_none,
    percent,
)
from domain.lending.rules.events import Event
from domain.lending.rules.methods import name_of
from domain.lending.rules.position import Position, RowPosition, RowStatus
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import Terms
from domain.shared.secret import SecretStr

_STATUS = {
    RowStatus.PENDING: "未到期",
    RowStatus.DUE: "待还",
    RowStatus.PARTIAL: "部分已还",
    RowStatus.PAID: "已还清",
}


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """Everything a statement is made of: the days `since` to `until`, both within it, and the loan as it is known."""

    lender: str
    number: str
    loan_number: str
    contract_number: str
    borrower_name: SecretStr
    id_number_masked: str
    product_name: str
    terms: Terms
    events: tuple[Event, ...]
    since: date
    until: date
    issued_at: datetime


def statement_on_paper(facts: StatementFacts) -> bytes:
    """The statement as a PDF; the same facts give the same bytes."""
    position = replay(facts.terms, facts.events, facts.until)
    lines = lines_of(facts.terms, facts.events, position)
    laid: dict[str, Any] = {
        "lender": facts.lender,
        "title": "借款对账单",
        "number": facts.number,
        "numbered": f"对账单编号 {facts.number}",
        "period": f"{day(facts.since)}至{day(facts.until)}",
        "issued": moment(facts.issued_at),
        "particulars": laid_out(_particulars(facts, position)),
        "standing": laid_out(_standing(position)),
        "lines": _lines(lines, facts.since).laid_out(),
        "plan": _plan(facts.terms, position).laid_out(),
        "owed": laid_out(_owed(position)),
        "until": day(facts.until),
    }
    return typeset("statement", laid, at=facts.issued_at)


def _particulars(facts: StatementFacts, position: Position) -> tuple[Pair, ...]:
    terms = facts.terms
    return (
        Pair("借款人", facts.borrower_name.reveal()),
        Pair("证件号码", facts.id_number_masked),
        Pair("借款编号", facts.loan_number),
        Pair("合同编号", facts.contract_number or NONE),
        Pair("产品", facts.product_name),
        Pair("还款方式", name_of(terms.method)["zh"]),
        Pair("借款本金", f"{money(terms.principal_fen)} 元"),
        Pair("年利率（单利）", percent(terms.annual_rate)),
        Pair("起息日", day(terms.value_date)),
        Pair("最后应还日", day(max(row.due for row in position.rows))),
    )


def _standing(position: Position) -> tuple[Pair, ...]:
    return (
        Pair("剩余本金（元）", money(position.undue_fen + position.principal_fen)),
        Pair("到期未还（元）", money(position.due_fen)),
        Pair("当日结清金额（元）", money(position.payoff_fen)),
        Pair("逾期天数", str(position.dpd)),
    )


def _lines(lines: Iterable[Line], since: date) -> Table:
    """The lines from `since` on, under what was carried over from before."""
    columns = ("日期", "摘要", "金额", "罚息", "利息", "本金", "手续费", "溢缴款", "剩余本金")
    before = [line for line in lines if line.on < since]
    within = [line for line in lines if line.on >= since]
    carried = [Line(since, "期初", balance_fen=before[-1].balance_fen)] if before else []
    total = total_of([*carried, *within])
    rows = tuple(
        (line.on.isoformat(), line.said, *_sums(line), money(line.balance_fen)) for line in [*carried, *within]
    )
    return Table(columns, rows, frozenset(columns[2:]), ("合计", "", *_sums(total), money(total.balance_fen)))


def _sums(line: Line) -> tuple[str, ...]:
    sums = (line.amount_fen, line.penalty_fen, line.interest_fen, line.principal_fen, line.fee_fen, line.excess_fen)
    return tuple(map(money_or_none, sums))


def _plan(terms: Terms, position: Position) -> Table:
    columns = ("期", "应还日", "本金", "利息", "罚息", "已还", "减免", "未还", "状态")
    rows = tuple(
        (
            str(row.n),
            row.due.isoformat(),
            money(row.principal_fen),
            money(row.interest_fen),
            money_or_none(row.penalty_fen),
            money_or_none(row.paid_fen),
            money_or_none(row.waived_interest_fen + row.waived_penalty_fen),
            money_or_none(row.outstanding_fen),
            _status(terms, position, row),
        )
        for row in position.rows
    )
    return Table(columns, rows, frozenset(columns[2:-1]))


def _status(terms: Terms, position: Position, row: RowPosition) -> str:
    late = (position.on - row.due).days
    if row.billed and row.outstanding_fen and late > terms.grace_days:
        return f"逾期 {late} 天"
    return _STATUS[row.status]


def _owed(position: Position) -> tuple[Pair, ...]:
    owed = (
        Pair("到期未还本金", money(position.principal_fen)),
        Pair("到期未还利息", money(position.interest_fen)),
        Pair("到期未还罚息", money(position.penalty_fen)),
        Pair("未到期本金", money(position.undue_fen)),
        Pair("截至当日的应计利息", money(position.accrued_fen)),
        Pair("提前结清手续费", money(position.fee_fen)),
        Pair("当日结清金额", money(position.payoff_fen)),
        Pair("溢缴款待退还", money(position.excess_fen)),
    )
    if position.over_refunded_fen:
        return (*owed, Pair("多退溢缴款", money(position.over_refunded_fen)))
    return owed
