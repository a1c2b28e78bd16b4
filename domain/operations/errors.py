"""Refusals of operations."""

from domain.shared.errors import DomainError


class JobNotFailed(DomainError):
    code = "JOB_NOT_FAILED"
    english = "There is no job with this id that was given up; one that is still being tried goes on by itself."
    chinese = "没有该标识对应的已放弃任务；仍在重试的任务会自动继续。"
