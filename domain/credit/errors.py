"""Refusals of credit."""

from domain.shared.errors import DomainError


class NotReadyForCredit(DomainError):
    code = "NOT_READY_FOR_CREDIT"
    english = "Before applying for credit, complete: {missing_en}."
    chinese = "申请授信前请先完成：{missing_zh}。"


class CreditApplicationOpen(DomainError):
    code = "CREDIT_APPLICATION_OPEN"
    english = "Your application {number} is being decided; wait for its outcome."
    chinese = "您的授信申请 {number} 正在处理中，请等待结果。"
    passing = True


class CreditLineExists(DomainError):
    code = "CREDIT_LINE_EXISTS"
    english = "You have the credit line {number} already."
    chinese = "您已有授信额度 {number}。"


class CreditApplicationNotFound(DomainError):
    code = "CREDIT_APPLICATION_NOT_FOUND"
    english = "There is no such credit application."
    chinese = "授信申请不存在。"
    about = ("applicationId",)


class CreditLineNotFound(DomainError):
    code = "CREDIT_LINE_NOT_FOUND"
    english = "There is no such credit line."
    chinese = "授信额度不存在。"
    about = ("creditLineId",)


class ReviewTaskNotFound(DomainError):
    code = "REVIEW_TASK_NOT_FOUND"
    english = "There is no such review task."
    chinese = "审核任务不存在。"
    about = ("taskId",)


class ReviewTaskTaken(DomainError):
    code = "REVIEW_TASK_TAKEN"
    english = "Another reviewer has taken this task."
    chinese = "该审核任务已被其他审核员领取。"
    passing = True


class ReviewTaskNotClaimed(DomainError):
    code = "REVIEW_TASK_NOT_CLAIMED"
    english = "Claim the task first: only who took it decides it."
    chinese = "请先领取任务：只有领取人可以作出决定。"
    passing = True


class ReviewTaskClosed(DomainError):
    code = "REVIEW_TASK_CLOSED"
    english = "The task is {status}: it is decided once and not again."
    chinese = "任务已是 {status}：只能决定一次。"


class FieldReasonsMissing(DomainError):
    code = "FIELD_REASONS_MISSING"
    english = "To return an application, say field by field what is to be mended."
    chinese = "退回申请时，请逐项说明需要补正的内容。"


class UnknownReviewField(DomainError):
    code = "UNKNOWN_REVIEW_FIELD"
    english = "{field!r} is no part of an application; the parts are {parts}."
    chinese = "{field!r} 不是申请的组成部分；可选：{parts}。"


class VerdictNotPossible(DomainError):
    code = "VERDICT_NOT_POSSIBLE"
    english = "{verdict} is no possible outcome of this review."
    chinese = "该审核不能作出 {verdict} 的决定。"


class CreditLineTooSmall(DomainError):
    code = "CREDIT_LINE_TOO_SMALL"
    english = "{amount} yuan was asked for; {available} yuan of the credit line is available."
    chinese = "申请金额 {amount} 元，可用额度仅 {available} 元。"
    passing = True


class CreditLineNotUsable(DomainError):
    code = "CREDIT_LINE_NOT_USABLE"
    english = "The credit line {number} is {status}; no new loan can be taken from it."
    chinese = "授信额度 {number} 状态为 {status}，不能新增借款。"
    passing = True


class LimitNotSensible(DomainError):
    code = "LIMIT_NOT_SENSIBLE"
    english = "A limit is 0.00 yuan or more, and another one than the present {limit} yuan unless freezing changes."
    chinese = "额度不得为负，且须与现额度 {limit} 元不同，除非同时变更冻结状态。"


class LimitBelowUsed(DomainError):
    code = "LIMIT_BELOW_USED"
    english = "{used} yuan of the line is in use or reserved; a limit of {limit} yuan needs the line frozen with it."
    chinese = "该额度已使用或占用 {used} 元；若调整为 {limit} 元，须同时冻结额度。"


class LineChangedMeanwhile(DomainError):
    code = "LINE_CHANGED_MEANWHILE"
    english = "The line's limit or status is no longer what it was when the change was asked for; ask anew."
    chinese = "额度或其状态在申请变更后已改变，请重新申请。"
