"""The loan contract on paper: what was agreed, the plan and the whole cost disclosure with its hash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.lending.papers.disclosure import sheet_on_paper
from domain.lending.papers.typesetting import typeset
from domain.lending.papers.wording import (
    Pair,
    Table,
    day,
    day_count,
    laid_out,
    money,
    money_in_full,
    percent,
)
from domain.lending.rules.methods import name_of
from domain.lending.rules.quoting import QuotedRow, penalty_rate_of
from domain.lending.rules.terms import Component, PenaltyBase, PrepayPolicy, Terms
from domain.shared.days import business_day
from domain.shared.secret import SecretStr

_COMPONENTS = {Component.PENALTY: "罚息", Component.INTEREST: "利息", Component.PRINCIPAL: "本金"}
_PREPAID = {
    PrepayPolicy.REDUCE_INSTALLMENT: "借款期限不变，其后各期应还金额按剩余本金重新计算",
    PrepayPolicy.REDUCE_TERM: "优先缩短借款期限，其后各期应还金额按剩余本金重新计算",
}


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """Everything a contract says."""

    lender: str
    number: str
    loan_number: str
    borrower_name: SecretStr
    id_number: SecretStr
    bank: str
    card_last4: str
    purpose: str
    product_name: str
    product_code: str
    product_version: int
    funder: str
    terms: Terms
    rows: Sequence[QuotedRow]
    cost_nominal: Decimal
    cost_effective: Decimal
    sheet: Mapping[str, Any] = field(repr=False)
    sheet_hash: bytes
    drawn_up_at: datetime


def contract_title(loan_number: str) -> str:
    return f"个人借款合同（{loan_number}）"


def contract_on_paper(facts: ContractFacts) -> bytes:
    """The contract as a PDF; the same facts give the same bytes."""
    laid: dict[str, Any] = {
        "lender": facts.lender,
        "title": "个人借款合同",
        "number": facts.number,
        "numbered": f"合同编号 {facts.number}",
        "day": day(_day_of(facts)),
        "particulars": laid_out(_particulars(facts)),
        "articles": _articles(facts),
        "plan": _plan(facts.rows).laid_out(),
        "plan_note": f"单位：元。按 {day(facts.terms.value_date)} 起息测算，以资金实际到账之日生成的还款计划为准。",
        "sheet": sheet_on_paper(facts.sheet),
        "sheet_hash": facts.sheet_hash.hex(),
        "signatures": [
            {"party": "借款人（电子签名）", "name": facts.borrower_name.reveal()},
            {"party": "贷款人（电子签章）", "name": facts.lender},
        ],
    }
    return typeset("contract", laid, at=facts.drawn_up_at)


def _day_of(facts: ContractFacts) -> date:
    return business_day(facts.drawn_up_at)


def _particulars(facts: ContractFacts) -> tuple[Pair, ...]:
    terms = facts.terms
    return (
        Pair("借款人", facts.borrower_name.reveal()),
        Pair("居民身份证号码", facts.id_number.reveal()),
        Pair("贷款人", facts.lender),
        Pair("资金方代码", facts.funder),
        Pair("借款编号", facts.loan_number, wide=True),
        Pair("产品", f"{facts.product_name}（{facts.product_code} 第 {facts.product_version} 版）", wide=True),
        Pair("借款本金", money_in_full(terms.principal_fen), wide=True),
        Pair("借款期限", f"{terms.terms} 个月"),
        Pair("还款方式", name_of(terms.method)["zh"]),
        Pair("年利率（单利）", percent(terms.annual_rate)),
        Pair("逾期罚息年利率", percent(penalty_rate_of(terms))),
        Pair(
            "综合融资成本（年化）",
            f"名义 {percent(facts.cost_nominal)}，实际 {percent(facts.cost_effective)}",
            wide=True,
        ),
        Pair("借款用途", facts.purpose),
        Pair("收款账户", f"{facts.bank} 尾号 {facts.card_last4}".strip()),
    )


def _articles(facts: ContractFacts) -> list[dict[str, Any]]:
    subjects = (
        ("借款", _loan(facts)),
        ("利息", _interest(facts.terms)),
        ("还款", _repayment(facts.terms)),
        ("逾期", _overdue(facts.terms)),
        ("提前还款", _prepayment(facts.terms)),
        ("综合融资成本", _cost(facts)),
        ("签署与生效", _signing()),
    )
    return [
        {"title": f"第{number}条　{subject}", "paragraphs": list(said)}
        for number, (subject, said) in zip("一二三四五六七", subjects, strict=True)
    ]


def _loan(facts: ContractFacts) -> tuple[str, ...]:
    terms = facts.terms
    return (
        f"贷款人向借款人提供借款{money_in_full(terms.principal_fen)}，全额发放至借款人本人名下的收款账户，"
        "不预先扣除任何利息、费用或保证金。",
        f"借款期限 {terms.terms} 个月，起息日为资金实际到账之日。借款人应按约定用途使用借款。",
    )


def _interest(terms: Terms) -> tuple[str, ...]:
    return (
        f"年利率 {percent(terms.annual_rate)}，单利。利息按未到期本金逐日计算，计息基础为{day_count(terms.day_count)}，"
        "算头不算尾，四舍五入至分。",
    )


def _repayment(terms: Terms) -> tuple[str, ...]:
    return (
        f"还款方式为{name_of(terms.method)['zh']}，各期应还日与应还金额见附件一。应还日与起息日为月内同一日，当月无该日的"
        "为当月最后一日，遇节假日不顺延；应还日当日还款视为按时。",
        f"还款先清偿已到期的款项：由最早一期起逐期依次抵充{_order(terms.waterfall)}；逾期超过 {terms.dpd_switch} 日的，"
        f"依次抵充全部{_order(terms.late_waterfall)}。溢缴款归借款人所有，由贷款人退还。",
    )


def _overdue(terms: Terms) -> tuple[str, ...]:
    base = "逾期本金" if terms.penalty_base is PenaltyBase.PRINCIPAL else "逾期本金及利息"
    grace = f"，宽限期 {terms.grace_days} 日，宽限期内还清的不计罚息" if terms.grace_days else ""
    return (
        f"未按时偿还的，自应还日起按{base}以年利率 {percent(penalty_rate_of(terms))} 逐日计收罚息，不计复利{grace}。"
        "同一逾期本金不重复计收利息。",
    )


def _prepayment(terms: Terms) -> tuple[str, ...]:
    fee = (
        "不收取手续费"
        if terms.prepay_fee_rate == 0
        else f"按提前偿还本金的 {percent(terms.prepay_fee_rate)} 收取手续费"
    )
    return (
        f"借款人可随时还款，利息按还款日之前的实际占用计算。提前还款{fee}。部分提前还款后，{_PREPAID[terms.prepay]}。",
        "提前结清的，付清到期未还款项、截至当日的利息、未到期本金及前款约定的手续费后，本合同项下债务即告清偿，"
        "贷款人应借款人要求出具结清证明。",
    )


def _cost(facts: ContractFacts) -> tuple[str, ...]:
    return (
        f"正常履约情形下，综合融资成本年化为名义 {percent(facts.cost_nominal)}、实际 {percent(facts.cost_effective)}。",
        "借款人已阅读并确认综合融资成本明示表（附件二）。除明示表列明的项目外，贷款人及合作机构不再收取任何其他息费。",
    )


def _signing() -> tuple[str, ...]:
    return (
        "本合同以可靠的电子签名签署，自双方签署之日起成立，自资金到账之日起计息。附件一、附件二为本合同的组成部分。",
    )


def _order(components: Sequence[Component]) -> str:
    return "、".join(_COMPONENTS[component] for component in components)


def _plan(rows: Sequence[QuotedRow]) -> Table:
    columns = ("期数", "应还日", "本金", "利息", "费用", "合计", "剩余本金")
    lines = tuple(
        (
            str(row.n),
            row.due_on.isoformat(),
            money(row.principal_fen),
            money(row.interest_fen),
            money(row.fee_fen),
            money(row.total_fen),
            money(row.balance_fen),
        )
        for row in rows
    )
    sums = (
        sum(row.principal_fen for row in rows),
        sum(row.interest_fen for row in rows),
        sum(row.fee_fen for row in rows),
        sum(row.total_fen for row in rows),
    )
    total = ("合计", "", *map(money, sums), "")
    return Table(columns, lines, figures=frozenset(columns[2:]), total=total)
