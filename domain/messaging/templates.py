"""The wordings a lender starts with, in Chinese and English. A new wording is a new version; an old one is never changed.

A reminder never says more than its reader needs; no wording holds a name.
"""

from dataclasses import dataclass

from domain.messaging.rules.machine import TemplateKind

CHINESE, ENGLISH = "zh-CN", "en"
LANGUAGES = (CHINESE, ENGLISH)


@dataclass(frozen=True, slots=True)
class Wording:
    code: str
    kind: TemplateKind
    chinese: str
    english: str
    version: int = 1

    def body(self, language: str) -> str:
        return self.chinese if language == CHINESE else self.english


WORDINGS: tuple[Wording, ...] = (
    Wording(
        "LOGIN_CODE",
        TemplateKind.VERIFICATION,
        "【随贷】验证码 {code}，{minutes} 分钟内有效。请勿告知他人，我们不会向您索取。",
        "[suidai] Your code is {code}, valid for {minutes} minutes. Tell it to nobody; we will never ask for it.",
    ),
    Wording(
        "CREDIT_RETURNED",
        TemplateKind.SERVICE,
        "【随贷】您的授信申请 {number} 需补充资料，请在应用内查看原因并重新提交。",
        "[suidai] Your credit application {number} needs a correction. See the reasons in the app and submit it again.",
    ),
    Wording(
        "CREDIT_REJECTED",
        TemplateKind.SERVICE,
        "【随贷】您的授信申请 {number} 未通过，详情请在应用内查看。",
        "[suidai] Your credit application {number} was not approved. See the app for details.",
    ),
    Wording(
        "CREDIT_APPROVED",
        TemplateKind.SERVICE,
        "【随贷】您的授信申请 {number} 已通过，额度 {limit} 元。请按需借款，理性消费。",
        "[suidai] Your credit application {number} is approved: you may borrow up to {limit} yuan. Borrow what you need.",
    ),
    Wording(
        "SIGN_CONTRACT",
        TemplateKind.SERVICE,
        "【随贷】您的借款 {number} 已通过审核，请在应用内签署合同。",
        "[suidai] Your loan {number} is approved. Please sign its contract in the app.",
    ),
    Wording(
        "LOAN_REJECTED",
        TemplateKind.SERVICE,
        "【随贷】您的借款申请 {number} 未通过，详情请在应用内查看。",
        "[suidai] Your loan application {number} was not approved. See the app for details.",
    ),
    Wording(
        "DISBURSED",
        TemplateKind.SERVICE,
        "【随贷】您的借款 {number} 已放款 {amount} 元，首期还款日 {due}。",
        "[suidai] {amount} yuan of your loan {number} were paid out; the first installment is due on {due}.",
    ),
    Wording(
        "REPAYMENT_REMINDER",
        TemplateKind.REMINDER,
        "【随贷】您的借款 {number} 第 {n} 期 {amount} 元将于 {due} 到期。如已还款请忽略。",
        "[suidai] Installment {n} of your loan {number}, {amount} yuan, is due on {due}. Ignore this if already paid.",
    ),
    Wording(
        "OVERDUE_NOTICE",
        TemplateKind.OVERDUE,
        "【随贷】您的借款 {number} 第 {n} 期已于 {due} 到期，尚欠 {amount} 元，请尽快还款。如已还款请忽略。",
        "[suidai] Installment {n} of your loan {number} was due on {due}; {amount} yuan are still owed. "
        "Please repay soon. Ignore this if already paid.",
    ),
    Wording(
        "REPAYMENT_RECEIVED",
        TemplateKind.SERVICE,
        "【随贷】已收到您借款 {number} 的还款 {amount} 元，谢谢。",
        "[suidai] We received {amount} yuan for your loan {number}. Thank you.",
    ),
    Wording(
        "WITHHOLDING_DECLINED",
        TemplateKind.SERVICE,
        "【随贷】您的借款 {number} 应还 {amount} 元扣款未成功：账户余额不足。请存入足额资金，或在应用内还款。如已还款请忽略。",
        "[suidai] {amount} yuan due on your loan {number} could not be debited: there is not enough on the account. "
        "Please top it up, or repay in the app. Ignore this if already paid.",
    ),
    Wording(
        "MANDATE_SUSPENDED",
        TemplateKind.SERVICE,
        "【随贷】您的代扣授权 {number} 已无法扣款，现已停用。请在应用内撤销后重新签约，或主动还款。",
        "[suidai] Nothing can be debited under your mandate {number} any more; it is suspended. Revoke it in the app "
        "and sign a new one, or repay yourself.",
    ),
    Wording(
        "REFUND_SENT",
        TemplateKind.SERVICE,
        "【随贷】您借款 {number} 的退款 {amount} 元已原路退回，到账时间以支付渠道为准。",
        "[suidai] {amount} yuan for your loan {number} were sent back the way they came; "
        "when they arrive is up to the payment channel.",
    ),
    Wording(
        "LOAN_SETTLED",
        TemplateKind.SERVICE,
        "【随贷】您的借款 {number} 已全部结清，感谢您的信任。",
        "[suidai] Your loan {number} is settled: nothing is owed any more. Thank you.",
    ),
)
