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


class NotACollector(DomainError):
    code = "NOT_A_COLLECTOR"
    english = "A case is assigned to an active member of staff who is a collector."
    chinese = "案件只能分派给在职的催收人员。"
