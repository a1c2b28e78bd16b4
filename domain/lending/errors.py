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
    about = ("valueDate",)


class LoanClosed(DomainError):
    code = "LOAN_CLOSED"
    english = "Nothing is owed on this loan on {date}."
    chinese = "该笔借款在 {date} 已无欠款。"
    about = ("loanId",)


class PayoffTooSmall(DomainError):
    code = "PAYOFF_TOO_SMALL"
    english = "Paying the loan off on {date} takes {payoff} yuan; {amount} yuan is not enough."
    chinese = "{date} 结清需要 {payoff} 元，{amount} 元不足以结清。"


class CostAboveCeiling(DomainError):
    code = "COST_ABOVE_CEILING"
    english = "{when_en}, the loan has a yearly cost of {rate} ({measure}), which is above the ceiling of {ceiling}."
    chinese = "{when_zh}时，综合年化成本为 {rate}（{measure}），超过上限 {ceiling}。"


class LoanNotFound(DomainError):
    code = "LOAN_NOT_FOUND"
    english = "There is no such loan."
    chinese = "没有这笔借款。"
    about = ("loanId",)


class LoanNotRunning(DomainError):
    code = "LOAN_NOT_RUNNING"
    english = "Loan {number} is {status}; nothing can be paid or changed on it."
    chinese = "借款 {number} 当前状态为 {status}，不能还款或变更。"
    about = ("loanId",)


class NothingDue(DomainError):
    code = "NOTHING_DUE"
    english = "Nothing can be paid on loan {number} on {date} without a sum: give one, or pay it off."
    chinese = "借款 {number} 在 {date} 没有可直接支付的期款，请填写金额或选择结清。"


class AmountMissing(DomainError):
    code = "AMOUNT_MISSING"
    english = "A prepayment needs its sum."
    chinese = "提前还款必须填写金额。"


class MoreThanOwed(DomainError):
    code = "MORE_THAN_OWED"
    english = "{payoff} yuan closes the loan on {date}; {amount} yuan is more than that."
    chinese = "{date} 结清只需 {payoff} 元，{amount} 元超出应还总额。"


class PaymentBelowMinimum(DomainError):
    code = "PAYMENT_BELOW_MINIMUM"
    english = (
        "{amount} yuan is less than the {minimum} yuan this loan takes at once. Pay {enough} yuan or more: less than the "
        "minimum is taken only where it is all that is due or owed."
    )
    chinese = (
        "{amount} 元低于该笔借款的单次最低还款额 {minimum} 元，请至少支付 {enough} 元；"
        "仅在还清全部到期款项或全部欠款时可低于最低还款额。"
    )


class PaymentInFuture(DomainError):
    code = "PAYMENT_IN_FUTURE"
    english = "A payment cannot be dated {date}: today is {today}."
    chinese = "还款日期 {date} 晚于今天 {today}。"
    about = ("valueDate",)


class PaymentAlreadyUsed(DomainError):
    code = "PAYMENT_ALREADY_USED"
    english = "Payment {payment_id} was applied before, to another loan or with another sum."
    chinese = "支付 {payment_id} 已入账，且借款或金额不同。"


class RepaymentNotFound(DomainError):
    code = "REPAYMENT_NOT_FOUND"
    english = "There is no such repayment."
    chinese = "没有这笔还款。"
    about = ("repaymentId",)


class ValueDateInFuture(DomainError):
    code = "VALUE_DATE_IN_FUTURE"
    english = "What is done today cannot count from {date}: today is {today}. Leave `valueDate` out for today."
    chinese = "今天是 {today}，起算日 {date} 不能晚于今天；不填写 `valueDate` 即为今天。"
    about = ("valueDate",)


class ValueDateBeforeLoan(DomainError):
    code = "VALUE_DATE_BEFORE_LOAN"
    english = "Loan {number} begins on {first}; nothing on it can count from {date}. Say a day from {first} on."
    chinese = "借款 {number} 自 {first} 起息，起算日 {date} 不能早于起息日，请填写 {first} 及以后的日期。"
    about = ("valueDate",)


class NothingToWaive(DomainError):
    code = "NOTHING_TO_WAIVE"
    english = "On {date} {penalty} yuan of penalty and {interest} yuan of interest are due; nothing of what was asked."
    chinese = "{date} 到期未还罚息 {penalty} 元、利息 {interest} 元，没有可减免的金额。"
    about = ("penalty", "interest")


class WaiverNotPositive(DomainError):
    code = "WAIVER_NOT_POSITIVE"
    english = "A waiver is of penalty or interest, none below nothing and one above it."
    chinese = "减免的罚息与利息不能为负，且至少一项大于零。"
    about = ("penalty", "interest")


class ExcessTooSmall(DomainError):
    code = "EXCESS_TOO_SMALL"
    english = "{held} yuan is held for the borrower of loan {number}; {amount} yuan cannot be refunded."
    chinese = "借款 {number} 应退金额为 {held} 元，不能退还 {amount} 元。"


class ExcessNotYetHeld(DomainError):
    code = "EXCESS_NOT_YET_HELD"
    english = (
        "On {date} {held} yuan was held for the borrower of loan {number}; {amount} yuan did not go back that day."
    )
    chinese = "{date} 借款 {number} 应退金额为 {held} 元，当日不可能退还 {amount} 元。"
    about = ("valueDate",)


class ExcessNotRefundable(DomainError):
    """Passing: a channel may come back."""

    code = "EXCESS_NOT_REFUNDABLE"
    english = (
        "No payment channel of loan {number} can send {amount} yuan back; send it by bank transfer and take that down "
        "with recordOfflineRefund."
    )
    chinese = "借款 {number} 的支付渠道无法退还 {amount} 元，请通过银行转账退还后用 recordOfflineRefund 登记。"
    about = ("amount",)
    passing = True


class LoanMissing(DomainError):
    code = "LOAN_MISSING"
    english = "Payment {order_no} belongs to no loan; say to which it is to be applied."
    chinese = "收款 {order_no} 未关联借款，请指定要计入的借款。"
    about = ("loanId",)


class PaymentOfAnotherLoan(DomainError):
    code = "PAYMENT_OF_ANOTHER_LOAN"
    english = "Payment {order_no} was made for another loan; leave `loanId` out to apply it there."
    chinese = "收款 {order_no} 属于另一笔借款；不填写 `loanId` 即计入该笔借款。"
    about = ("loanId",)


class PenaltyAboveCeiling(DomainError):
    code = "PENALTY_ABOVE_CEILING"
    english = "The penalty rate {rate} a year is above the ceiling of {ceiling}."
    chinese = "罚息年利率 {rate} 超过上限 {ceiling}。"


class ProductNotFound(DomainError):
    code = "PRODUCT_NOT_FOUND"
    english = "There is no loan product {product!r} on offer on {day}."
    chinese = "{day} 没有可申请的借款产品 {product!r}。"


class AmountBelowMinimum(DomainError):
    code = "AMOUNT_BELOW_MINIMUM"
    english = "{amount} yuan is less than the product's smallest loan, {minimum} yuan."
    chinese = "借款金额 {amount} 元低于产品最低金额 {minimum} 元。"


class AmountAboveMaximum(DomainError):
    code = "AMOUNT_ABOVE_MAXIMUM"
    english = "{amount} yuan is more than the product's largest loan, {maximum} yuan."
    chinese = "借款金额 {amount} 元高于产品最高金额 {maximum} 元。"


class AmountNotAStep(DomainError):
    code = "AMOUNT_NOT_A_STEP"
    english = "{amount} yuan is no multiple of {step} yuan."
    chinese = "借款金额 {amount} 元须为 {step} 元的整数倍。"


class TermsNotOffered(DomainError):
    code = "TERMS_NOT_OFFERED"
    english = "{terms} months were asked for; the product is offered for {minimum} to {maximum}."
    chinese = "申请期数 {terms} 期，产品期数为 {minimum} 至 {maximum} 期。"


class ValueDateNotPossible(DomainError):
    code = "VALUE_DATE_NOT_POSSIBLE"
    english = "A loan can begin from {earliest} to {latest}, not on {day}."
    chinese = "起息日应在 {earliest} 至 {latest} 之间，不能为 {day}。"


class ProductNotSensible(DomainError):
    code = "PRODUCT_NOT_SENSIBLE"
    english = "These terms of a product cannot be: {why_en}."
    chinese = "产品条款不成立：{why_zh}。"


class MethodUnusable(DomainError):
    """A loan cannot be worked out for want of its repayment method; whoever does many loans leaves it and says so.

    Passing: the package can be installed, or mended.
    """

    passing = True


class MethodUnknown(MethodUnusable):
    code = "METHOD_UNKNOWN"
    english = "The repayment method {method} is provided by no package here; install it, or choose one of {known}."
    chinese = "没有已安装的程序包提供还款方式 {method}，请安装该程序包，或选用：{known}。"
    passing = True


class MethodBroken(MethodUnusable):
    code = "METHOD_BROKEN"
    english = "The repayment method {method} gave an answer that cannot be: {why}. Its package is to be mended."
    chinese = "还款方式 {method} 给出的结果不成立：{why}。请修复提供它的程序包。"
    passing = True


class QuoteNotFound(DomainError):
    code = "QUOTE_NOT_FOUND"
    english = "There is no such quote."
    chinese = "报价不存在。"


class QuoteExpired(DomainError):
    code = "QUOTE_EXPIRED"
    english = "The quote was valid until {valid_until}; request a new one."
    chinese = "报价有效期至 {valid_until}，请重新获取报价。"


class DisclosureNotOpened(DomainError):
    code = "DISCLOSURE_NOT_OPENED"
    english = "Open the cost disclosure and read it before confirming it."
    chinese = "请先打开并阅读综合融资成本明示表，再进行确认。"
    about = ("quoteId",)
    passing = True


class DisclosureNotReadYet(DomainError):
    code = "DISCLOSURE_NOT_READ_YET"
    english = "The cost disclosure can be confirmed after {seconds} seconds of reading, {left} from now."
    chinese = "综合融资成本明示表须阅读满 {seconds} 秒方可确认，还需 {left} 秒。"
    about = ("quoteId",)
    passing = True


class QuoteNotConfirmed(DomainError):
    code = "QUOTE_NOT_CONFIRMED"
    english = "Confirm the quote's cost disclosure before applying for the loan."
    chinese = "申请借款前请先确认报价的综合融资成本明示表。"
    passing = True


class QuoteUsed(DomainError):
    code = "QUOTE_USED"
    english = "The quote was used for the loan {number}; request a new one for another loan."
    chinese = "该报价已用于借款 {number}，如需再借请重新获取报价。"


class PurposeMissing(DomainError):
    code = "PURPOSE_MISSING"
    english = "Say what the loan is for, in up to {longest} characters."
    chinese = "请说明借款用途，最多 {longest} 个字符。"


class PurposeRefused(DomainError):
    code = "PURPOSE_REFUSED"
    english = "A loan for {purpose} is not given."
    chinese = "不发放用途为 {purpose} 的借款。"


class BankCardNotUsable(DomainError):
    code = "BANK_CARD_NOT_USABLE"
    english = "The money can only go to a bank card of your own that is bound."
    chinese = "借款只能发放至本人已绑定的银行卡。"
    about = ("bankCardId",)


class NoCreditLine(DomainError):
    code = "NO_CREDIT_LINE"
    english = "You have no credit line yet; apply for credit first."
    chinese = "您尚无授信额度，请先申请授信。"
    passing = True


class ExposureAboveCap(DomainError):
    code = "EXPOSURE_ABOVE_CAP"
    english = "With {amount} yuan more you would owe {exposure} yuan; one person may owe {cap} yuan at most."
    chinese = "新增 {amount} 元后您的借款余额为 {exposure} 元，超过每人上限 {cap} 元。"
    passing = True


class LoanNotCancellable(DomainError):
    code = "LOAN_NOT_CANCELLABLE"
    english = "The loan {number} is {status}; it can be cancelled only before its money is on the way."
    chinese = "借款 {number} 状态为 {status}，仅在放款前可以取消。"
    about = ("loanId",)


class LoanNotToBeSigned(DomainError):
    code = "LOAN_NOT_TO_BE_SIGNED"
    english = "The loan {number} is {status}; there is nothing to sign."
    chinese = "借款 {number} 状态为 {status}，无需签署合同。"
    about = ("loanId",)


class ContractNotReady(DomainError):
    code = "CONTRACT_NOT_READY"
    english = "The contract is being prepared; try again in a moment."
    chinese = "合同正在准备中，请稍后再试。"
    about = ("loanId",)
    passing = True


class FundingNotRetryable(DomainError):
    code = "FUNDING_NOT_RETRYABLE"
    english = "The loan {number} is {status}; only a disbursement that failed can be tried again."
    chinese = "借款 {number} 状态为 {status}，仅放款失败的借款可以重新放款。"
    about = ("loanId",)


class NotKnownYet(DomainError):
    code = "NOT_KNOWN_YET"
    english = "What will be known at {known_at} nobody knows: ask for a moment up to now, {now}."
    chinese = "{known_at} 时的已知情况尚无法查询，请查询不晚于当前时间 {now} 的时刻。"
    about = ("knownAt",)


class DayNotAskable(DomainError):
    code = "DAY_NOT_ASKABLE"
    english = "There is no answer for {day}: ask for a day from {first} to {last}."
    chinese = "{day} 无法查询，请查询 {first} 至 {last} 之间的日期。"
    about = ("asOf",)


class LoanWrittenOff(DomainError):
    code = "LOAN_WRITTEN_OFF"
    english = "The loan was written off on {date}; it cannot be again."
    chinese = "该笔借款已于 {date} 核销，不能重复核销。"


class InstallmentNotFound(DomainError):
    code = "INSTALLMENT_NOT_FOUND"
    english = "The loan's plan has no installment {n}; its installments are 1 to {rows}."
    chinese = "还款计划没有第 {n} 期，期次为 1 至 {rows}。"
    about = ("n",)
