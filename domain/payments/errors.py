"""Refusals of payments."""

from domain.shared.errors import DomainError


class ProductNotOffered(DomainError):
    code = "PAYMENT_PRODUCT_NOT_OFFERED"
    english = "Channel {channel} does not offer {product}; it offers {offered}."
    chinese = "支付渠道 {channel} 不支持 {product}，可用方式：{offered}。"


class AmountOutsideChannel(DomainError):
    code = "AMOUNT_OUTSIDE_CHANNEL"
    english = "Channel {channel} takes from {least} to {most} yuan; {amount} yuan was asked."
    chinese = "支付渠道 {channel} 单笔限额为 {least} 至 {most} 元，本次金额为 {amount} 元。"


class BadReturnUrl(DomainError):
    code = "BAD_RETURN_URL"
    english = "The address to return to is a web address with https:// or http://, of {longest} characters at most."
    chinese = "返回地址须为以 https:// 或 http:// 开头的网址，最长 {longest} 个字符。"
    about = ("returnUrl",)


class CurrencyNotOffered(DomainError):
    code = "CURRENCY_NOT_OFFERED"
    english = "Channel {channel} does not take {currency}."
    chinese = "支付渠道 {channel} 不支持币种 {currency}。"


class AnotherPaymentLive(DomainError):
    """Passing: the other one ends, by being paid, closed, or running out of time."""

    code = "ANOTHER_PAYMENT_LIVE"
    english = "Payment {number} for the same loan is under way; pay or close it, or wait until it has ended."
    chinese = "该借款已有一笔支付 {number} 正在进行，请先完成或关闭，或等待其结束。"
    about = ("loanId",)
    passing = True


class WishAlreadyPaid(DomainError):
    code = "PAYMENT_ALREADY_MADE"
    english = "Payment {number} for the same loan has just been paid; a new one would charge twice."
    chinese = "该借款的支付 {number} 刚刚已完成，再次支付会重复扣款。"
    about = ("loanId",)


class OrderNotPayable(DomainError):
    code = "ORDER_NOT_PAYABLE"
    english = "Payment order {number} is {status}; it cannot be paid any more."
    chinese = "支付单 {number} 当前状态为 {status}，不能再支付。"
    about = ("orderId",)


class PaymentStillOpen(DomainError):
    """Passing: an unopened page ends by itself when its time is over."""

    code = "PAYMENT_STILL_OPEN"
    english = "Payment order {number} cannot be closed now; unpaid, it ends by itself at {until}."
    chinese = "支付单 {number} 暂时无法关闭；若不支付，将于 {until} 自动失效。"
    about = ("orderId",)
    passing = True


class OrderNotFound(DomainError):
    code = "ORDER_NOT_FOUND"
    english = "There is no such payment order of yours."
    chinese = "没有您的这笔支付单。"
    about = ("orderId",)
