"""The certificate that a loan is settled (结清证明) on paper."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.lending.papers.typesetting import typeset
from domain.lending.papers.wording import Pair, day, laid_out, money, money_in_full
from domain.lending.rules.position import Position
from domain.shared.days import business_day
from domain.shared.secret import SecretStr


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Everything the certificate says of a loan on which nothing is owed."""

    lender: str
    number: str
    loan_number: str
    contract_number: str
    borrower_name: SecretStr
    id_number: SecretStr
    principal_fen: int
    terms: int
    value_date: date
    settled_on: date
    early: bool
    position: Position
    issued_at: datetime


def certificate_on_paper(facts: CertificateFacts) -> bytes:
    """The certificate as a PDF; the same facts give the same bytes. Raises ValueError if something is owed."""
    if not facts.position.closed:
        raise ValueError(f"loan {facts.loan_number} is not settled")
    laid: dict[str, Any] = {
        "lender": facts.lender,
        "title": "结清证明",
        "number": facts.number,
        "numbered": f"证明编号 {facts.number}",
        "paragraphs": _said(facts),
        "particulars": laid_out(_particulars(facts)),
        "note": f"本证明依据 {day(business_day(facts.issued_at))} 的账务记录出具。核验时请提供证明编号。",
        "day": day(business_day(facts.issued_at)),
    }
    return typeset("certificate", laid, at=facts.issued_at)


def _said(facts: CertificateFacts) -> list[str]:
    signed = f"《个人借款合同》（编号 {facts.contract_number}）项下" if facts.contract_number else ""
    how = "提前结清" if facts.early else "结清"
    return [
        f"兹证明：借款人{facts.borrower_name.reveal()}（居民身份证号码 {facts.id_number.reveal()}）在{facts.lender}的"
        f"{signed}借款（编号 {facts.loan_number}），本金{money_in_full(facts.principal_fen)}，期限 {facts.terms} 个月，"
        f"自{day(facts.value_date)}起息，已于{day(facts.settled_on)}{how}。",
        "该笔借款的本金、利息、罚息和费用均已结清，借款人在该笔借款项下不再欠付任何款项。",
    ]


def _particulars(facts: CertificateFacts) -> tuple[Pair, ...]:
    totals = facts.position.totals
    pairs = [
        Pair("借款本金", f"{money(facts.principal_fen)} 元"),
        Pair("起息日", day(facts.value_date)),
        Pair("结清日", day(facts.settled_on)),
        Pair("结清方式", "提前结清" if facts.early else "到期结清"),
        Pair("已还本金", f"{money(totals.paid_principal_fen)} 元"),
        Pair("已还利息", f"{money(totals.paid_interest_fen)} 元"),
        Pair("已还罚息", f"{money(totals.paid_penalty_fen)} 元"),
        Pair("已还手续费", f"{money(totals.paid_fee_fen)} 元"),
    ]
    if waived_fen := totals.waived_interest_fen + totals.waived_penalty_fen:
        pairs.append(Pair("减免利息与罚息", f"{money(waived_fen)} 元"))
    if facts.position.excess_fen:
        pairs.append(Pair("溢缴款待退还", f"{money(facts.position.excess_fen)} 元"))
    return tuple(pairs)
