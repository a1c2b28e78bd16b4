"""Refusals of operations."""

from domain.shared.errors import DomainError


class JobNotFailed(DomainError):
    code = "JOB_NOT_FAILED"
    english = "There is no job with this id that was given up; one that is still being tried goes on by itself."
    chinese = "没有该标识对应的已放弃任务；仍在重试的任务会自动继续。"


class PolicyUnknown(DomainError):
    code = "POLICY_UNKNOWN"
    english = "There is no policy {name!r}; there are {known}."
    chinese = "没有名为 {name!r} 的策略；现有：{known}。"
    about = ("name",)


class PolicyNotSensible(DomainError):
    code = "POLICY_NOT_SENSIBLE"
    english = "{name} cannot be gone by like this: {why}. It is {shape_en}."
    chinese = "{name} 的取值无法执行，应为：{shape_zh}。"
    about = ("value",)


class PolicySourceMissing(DomainError):
    code = "POLICY_SOURCE_MISSING"
    english = (
        "Say where the value comes from, a law or a decision of the lender, in 2 to {most} characters on one line."
    )
    chinese = "请注明取值来源（法规或机构决定），一行 2 至 {most} 个字符。"
    about = ("source",)


class PolicyDayNotPossible(DomainError):
    code = "POLICY_DAY_NOT_POSSIBLE"
    english = "A policy changes from {earliest} to {latest}, not on {day}: what was in force is never rewritten."
    chinese = "策略只能自 {earliest} 至 {latest} 之间的日期起变更，不能为 {day}；已生效的取值不可改写。"
    about = ("effectiveFrom",)


class PolicyUnchanged(DomainError):
    code = "POLICY_UNCHANGED"
    english = "{name} has this value from this source on {day} already."
    chinese = "{name} 在 {day} 已是该取值和来源。"
    about = ("value",)


class PolicyWithoutValue(DomainError):
    code = "POLICY_WITHOUT_VALUE"
    english = (
        "{name} has no value in force on {day}; ask for a later day, or enter its first by `suidai migrate --seed`."
    )
    chinese = "{name} 在 {day} 没有生效的取值，请查询更晚的日期，或先运行 `suidai migrate --seed`。"
    about = ("name",)
    passing = True


class PolicyChangedMeanwhile(DomainError):
    code = "POLICY_CHANGED_MEANWHILE"
    english = "{name} was changed since this was asked for; refuse this change and ask anew."
    chinese = "{name} 在申请之后已变更，请驳回本申请并重新提交。"
    about = ("changeId",)
