"""Refusals of collections."""

from domain.shared.errors import DomainError


class CaseNotFound(DomainError):
    code = "CASE_NOT_FOUND"
    english = "There is no such collection case."
    chinese = "没有这个催收案件。"


class CaseClosed(DomainError):
    code = "CASE_CLOSED"
    english = "Collection case {number} is closed; nothing is left to do in it."
    chinese = "催收案件 {number} 已关闭，无需再处理。"


class CaseNotTaken(DomainError):
    code = "CASE_NOT_TAKEN"
    english = "Collection case {number} is nobody's yet; take it first: assign it to yourself."
    chinese = "催收案件 {number} 尚未分派，请先将其分派给自己。"
    passing = True


class NotACollector(DomainError):
    code = "NOT_A_COLLECTOR"
    english = "A case is assigned to an active member of staff who is a collector."
    chinese = "案件只能分派给在职的催收人员。"


class NotYoursToAssign(DomainError):
    code = "NOT_YOURS_TO_ASSIGN"
    english = "A collector takes a case for himself; only an administrator gives it to somebody else."
    chinese = "催收人员只能为自己领取案件；分派给他人须由管理员操作。"


class ContactNotAllowed(DomainError):
    """`reason_en`, `reason_zh`: what the rule says; `again_en`, `again_zh`: from when it would be allowed."""

    code = "CONTACT_NOT_ALLOWED"
    english = "This contact is not allowed: {reason_en} (rule {rule}, {source}). {again_en}"
    chinese = "不得进行此次联系：{reason_zh}（规则 {rule}，{source}）。{again_zh}"
    passing = True


class ContactNeeded(DomainError):
    code = "CONTACT_NEEDED"
    english = "Say which contact was tried; for the debtor himself leave `contactId` out."
    chinese = "请指明联系的是哪位联系人；联系借款人本人时不要填写 `contactId`。"
    about = ("contactId",)


class ContactNotFound(DomainError):
    code = "CONTACT_NOT_FOUND"
    english = "The debtor has named no such contact."
    chinese = "借款人没有这位联系人。"
    about = ("contactId",)


class OutcomeNotPossible(DomainError):
    code = "OUTCOME_NOT_POSSIBLE"
    english = "{outcome} cannot come of this; possible are {possible}."
    chinese = "此类联系不会有结果 {outcome}；可选：{possible}。"
    about = ("outcome",)


class PromiseNotPositive(DomainError):
    code = "PROMISE_NOT_POSITIVE"
    english = "A promise is of more than 0.00 yuan; {amount} was given."
    chinese = "承诺金额必须大于 0.00 元，收到的是 {amount}。"
    about = ("amount",)


class PromiseTooLarge(DomainError):
    code = "PROMISE_TOO_LARGE"
    english = "By {on} {due} yuan will be due; a promise of {amount} is more than that."
    chinese = "至 {on} 到期应还 {due} 元，承诺 {amount} 元超出应还金额。"
    about = ("amount",)
    passing = True


class PromiseDayNotPossible(DomainError):
    code = "PROMISE_DAY_NOT_POSSIBLE"
    english = "A promise is for a day from {first} to {last}; {on} was given."
    chinese = "承诺还款日须在 {first} 至 {last} 之间，收到的是 {on}。"
    about = ("on",)


class PromiseOpen(DomainError):
    code = "PROMISE_OPEN"
    english = "{amount} yuan are promised for {on} already; another promise can be made once that day is over."
    chinese = "已承诺于 {on} 还款 {amount} 元；该日过后方可再作承诺。"
    about = ("caseId",)
    passing = True
