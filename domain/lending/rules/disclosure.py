"""The cost disclosure (综合融资成本明示表) as data: what is lent, every item of its cost, what else could come, nothing more.

Contents after 《个人贷款业务明示综合融资成本规定》 (in force from 2026-08-01): principal, every item with its way, standard
and payee, the yearly cost when all goes well, what a default may cost, and that nothing else is charged.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from domain.lending.rules.methods import name_of
from domain.lending.rules.quoting import CeilingTest, Figures, penalty_rate_of, plain, when_paid
from domain.lending.rules.terms import PenaltyBase, Terms
from domain.shared.money import CURRENCY, yuan

Text = dict[str, str]

NOTHING_ELSE: Text = {
    "zh": "除上述列明的项目外，贷款人及合作机构不再向借款人收取任何其他息费。",
    "en": "Beside the items listed here, neither the lender nor anyone working with it charges the borrower anything.",
}


def disclosure_sheet(
    figures: Figures, tested: CeilingTest, *, product: Text, funder: str, min_payment_fen: int = 0
) -> dict[str, Any]:
    """The sheet as plain data: amounts in yuan as texts, rates as decimal texts, sentences in Chinese and English."""
    terms, ceiling, worst = figures.terms, tested.ceiling, tested.worst
    payee: Text = {"zh": f"贷款人（资金方：{funder}）", "en": f"the lender (funded by {funder})"}
    return {
        "version": 2,
        "currency": CURRENCY,
        "product": product,
        "principal": yuan(terms.principal_fen),
        "received": yuan(terms.principal_fen),
        "terms": terms.terms,
        "method": {"code": terms.method, **name_of(terms.method)},
        "valueDate": terms.value_date.isoformat(),
        "items": [_interest(figures, payee)],
        "totalCost": yuan(figures.total_interest_fen + figures.total_fee_fen),
        "totalRepayment": yuan(figures.total_fen),
        "annualisedCost": {
            "nominal": _rate(figures.cost.nominal),
            "effective": _rate(figures.cost.effective),
            "simple": _rate(figures.cost.simple),
            "measure": ceiling.measure.value,
            "ceiling": _rate(ceiling.limit),
            "source": ceiling.source,
            "worstCase": {
                "path": worst.path.value,
                "months": worst.months,
                "when": when_paid(worst.path, worst.months),
                "rate": _rate(worst.rate),
            },
        },
        "contingent": [_penalty(terms, payee), _prepayment(terms, payee)],
        "minimumPayment": _minimum_payment(min_payment_fen),
        "nothingElse": dict(NOTHING_ELSE),
    }


def sheet_hash(sheet: Mapping[str, Any]) -> bytes:
    """SHA-256 of the sheet as canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(sheet, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return sha256(text.encode()).digest()


def _interest(figures: Figures, payee: Text) -> dict[str, Any]:
    rate = _percent(figures.terms.annual_rate)
    return {
        "code": "INTEREST",
        "name": {"zh": "利息", "en": "interest"},
        "way": {"zh": "按日计息，按还款计划分期支付", "en": "accrues by the day, paid with each installment"},
        "standard": {
            "zh": f"年利率 {rate}（单利，计息基础 {figures.terms.day_count}）",
            "en": f"{rate} a year (simple, day count {figures.terms.day_count})",
        },
        "annualRate": _rate(figures.terms.annual_rate),
        "amount": yuan(figures.total_interest_fen),
        "payee": payee,
    }


def _penalty(terms: Terms, payee: Text) -> dict[str, Any]:
    rate = _percent(penalty_rate_of(terms))
    base_zh, base_en = (
        ("逾期本金", "overdue principal")
        if terms.penalty_base is PenaltyBase.PRINCIPAL
        else ("逾期本金及利息", "overdue principal and interest")
    )
    grace_zh = f"，宽限 {terms.grace_days} 日" if terms.grace_days else ""
    grace_en = f", after {terms.grace_days} days of grace" if terms.grace_days else ""
    return {
        "code": "PENALTY",
        "name": {"zh": "罚息", "en": "penalty interest"},
        "when": {"zh": "仅在逾期时", "en": "only on what is overdue"},
        "standard": {
            "zh": f"年利率 {rate}，按{base_zh}逐日计收，不计复利{grace_zh}",
            "en": f"{rate} a year by the day on {base_en}, never compounded{grace_en}",
        },
        "annualRate": _rate(penalty_rate_of(terms)),
        "payee": payee,
    }


def _prepayment(terms: Terms, payee: Text) -> dict[str, Any]:
    rate = _percent(terms.prepay_fee_rate)
    free = terms.prepay_fee_rate == 0
    return {
        "code": "PREPAYMENT_FEE",
        "name": {"zh": "提前还款手续费", "en": "prepayment fee"},
        "when": {"zh": "仅在提前还款时", "en": "only on what is prepaid"},
        "standard": {
            "zh": "不收取" if free else f"提前偿还本金的 {rate}",
            "en": "none" if free else f"{rate} of the principal prepaid",
        },
        "rate": _rate(terms.prepay_fee_rate),
        "payee": payee,
    }


def _minimum_payment(min_payment_fen: int) -> dict[str, str]:
    """What a borrower must know before he pays in parts: it costs nothing and binds him."""
    if not min_payment_fen:
        return {"amount": yuan(0), "zh": "单次还款金额不设下限。", "en": "Any sum may be paid at once."}
    amount = yuan(min_payment_fen)
    return {
        "amount": amount,
        "zh": f"单次还款不低于 {amount} 元，到期款项或全部欠款低于该金额的除外。",
        "en": f"{amount} yuan or more is paid at once, unless less is due or owed.",
    }


def _rate(rate: Decimal) -> str:
    return f"{plain(rate):f}"


def _percent(rate: Decimal) -> str:
    return f"{plain(rate * 100):f}%"
