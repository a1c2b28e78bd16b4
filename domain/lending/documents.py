"""The loan contract as a text: plain, the same for the same facts, carrying the hash of the disclosure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.lending.rules.methods import name_of
from domain.lending.rules.quoting import QuotedRow, penalty_rate_of, plain
from domain.lending.rules.terms import PenaltyBase, Terms
from domain.shared.money import yuan
from domain.shared.secret import SecretStr

CONTENT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """Everything a contract says."""

    number: str
    loan_number: str
    borrower_name: SecretStr
    id_number: SecretStr
    bank: str
    card_last4: str
    purpose: str
    product_name: str
    funder: str
    terms: Terms
    rows: Sequence[QuotedRow]
    cost_nominal: Decimal
    cost_effective: Decimal
    disclosure_hash: bytes
    drawn_up_on: date


def contract_title(loan_number: str) -> str:
    return f"个人借款合同（{loan_number}）"


def contract_text(facts: ContractFacts) -> bytes:
    """The contract, UTF-8."""
    parts = (
        _heading(facts),
        _parties(facts),
        _loan(facts),
        _plan(facts.rows),
        _repayment(facts.terms),
        _disclosure(facts),
        _signature(),
    )
    return ("\n\n".join(parts) + "\n").encode()


def _heading(facts: ContractFacts) -> str:
    return f"个人借款合同\n\n合同编号：{facts.number}\n借款编号：{facts.loan_number}\n拟定日期：{facts.drawn_up_on}"


def _parties(facts: ContractFacts) -> str:
    return (
        "第一条 当事人\n"
        f"借款人：{facts.borrower_name.reveal()}，居民身份证号 {facts.id_number.reveal()}\n"
        f"贷款人：随贷，资金方代码 {facts.funder}"
    )


def _loan(facts: ContractFacts) -> str:
    terms = facts.terms
    return (
        "第二条 借款\n"
        f"产品：{facts.product_name}\n"
        f"借款本金：人民币 {yuan(terms.principal_fen)} 元，全额发放，不预先扣除任何息费\n"
        f"借款期限：{terms.terms} 个月\n"
        f"借款用途：{facts.purpose}\n"
        f"年利率：{_percent(terms.annual_rate)}（单利，按日计息，计息基础 {terms.day_count}，算头不算尾）\n"
        f"还款方式：{name_of(terms.method)['zh']}\n"
        f"收款账户：{facts.bank} 尾号 {facts.card_last4}\n"
        "起息日：资金实际到账之日"
    )


def _plan(rows: Sequence[QuotedRow]) -> str:
    lines = [
        f"{row.n}　{row.due_on}　本金 {yuan(row.principal_fen)}　利息 {yuan(row.interest_fen)}　"
        f"合计 {yuan(row.total_fen)}　剩余本金 {yuan(row.balance_fen)}"
        for row in rows
    ]
    head = "第三条 还款计划（单位：元；按报价日起息测算，以实际起息日生成的计划为准）"
    total = f"合计　本金 {yuan(sum(r.principal_fen for r in rows))}　利息 {yuan(sum(r.interest_fen for r in rows))}"
    return "\n".join([head, *lines, total])


def _repayment(terms: Terms) -> str:
    base = "逾期本金" if terms.penalty_base is PenaltyBase.PRINCIPAL else "逾期本金及利息"
    grace = f"，宽限期 {terms.grace_days} 日" if terms.grace_days else ""
    fee = (
        "不收取手续费"
        if terms.prepay_fee_rate == 0
        else f"按提前偿还本金的 {_percent(terms.prepay_fee_rate)} 收取手续费"
    )
    return (
        "第四条 还款、逾期与提前还款\n"
        "借款人可随时还款，利息按实际占用天数计算；到期日当日还款视为按时。\n"
        f"逾期：按{base}以年利率 {_percent(penalty_rate_of(terms))} 逐日计收罚息，不计复利{grace}；"
        "同一逾期本金不重复计收利息。\n"
        f"提前还款：{fee}。"
    )


def _disclosure(facts: ContractFacts) -> str:
    return (
        "第五条 综合融资成本\n"
        f"正常履约情形下年化综合融资成本：名义 {_percent(facts.cost_nominal)}，实际 {_percent(facts.cost_effective)}。\n"
        f"借款人已阅读并确认综合融资成本明示表，其 SHA-256 为：\n{facts.disclosure_hash.hex()}\n"
        "除明示表列明的项目外，不再收取任何其他息费。"
    )


def _signature() -> str:
    return "第六条 签署\n本合同以可靠的电子签名签署，自双方签署之日起成立，自资金到账之日起计息。"


def _percent(rate: Decimal) -> str:
    return f"{plain(rate * 100):f}%"
