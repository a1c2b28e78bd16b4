"""Refusals of lending."""

from domain.shared.errors import DomainError


class PaymentNotPositive(DomainError):
    code = "PAYMENT_NOT_POSITIVE"
    english = "A payment is more than nothing; {amount} yuan was given."
    chinese = "还款金额必须大于零，收到的是 {amount} 元。"


class PaymentBeforeValueDate(DomainError):
    code = "PAYMENT_BEFORE_VALUE_DATE"
    english = "The loan begins on {value_date}; a payment of {date} lies before it."
    chinese = "借款自 {value_date} 起息，{date} 的还款早于起息日。"


class LoanClosed(DomainError):
    code = "LOAN_CLOSED"
    english = "Nothing is owed on this loan on {date}."
    chinese = "该笔借款在 {date} 已无欠款。"


class PayoffTooSmall(DomainError):
    code = "PAYOFF_TOO_SMALL"
    english = "Paying the loan off on {date} takes {payoff} yuan; {amount} yuan is not enough."
    chinese = "{date} 结清需要 {payoff} 元，{amount} 元不足以结清。"


class CostAboveCeiling(DomainError):
    code = "COST_ABOVE_CEILING"
    english = "The yearly cost {rate} ({measure}) is above the ceiling of {ceiling}."
    chinese = "综合年化成本 {rate}（{measure}）超过上限 {ceiling}。"
