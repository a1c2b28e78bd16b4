"""Refusals of reconciliation."""

from domain.shared.errors import DomainError


class BillNotWanted(DomainError):
    code = "BILL_NOT_WANTED"
    english = "There is no bill of {channel!r} for {day}: bills are from a channel's first payment through yesterday."
    chinese = "没有渠道 {channel!r} 在 {day} 的对账单：对账单自该渠道首笔支付之日起，至昨日止。"
    about = ("channel", "day")


class DiscrepancyNotFound(DomainError):
    code = "DISCREPANCY_NOT_FOUND"
    english = "There is no such discrepancy."
    chinese = "没有这笔对账差异。"
    about = ("discrepancyId",)


class DiscrepancyResolved(DomainError):
    code = "DISCREPANCY_RESOLVED"
    english = "Discrepancy {number} is {state}; nothing is left to decide."
    chinese = "对账差异 {number} 当前状态为 {state}，无需再处理。"
    about = ("discrepancyId",)


class NothingToAccept(DomainError):
    code = "NOTHING_TO_ACCEPT"
    english = "Discrepancy {number} ({finding}) has no sum that could be booked; ask the channel, or let ours stand."
    chinese = "对账差异 {number}（{finding}）没有可入账的金额；请向渠道查询，或以我方为准。"
    about = ("resolution",)
