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


class NoChannel(DomainError):
    """Passing: windows end, channels come back."""

    code = "NO_CHANNEL_AVAILABLE"
    english = "No channel takes {amount} yuan by {product} now; the next one to work again does so at {until}."
    chinese = "目前没有支付渠道可通过 {product} 收取 {amount} 元；最早恢复时间：{until}。"
    passing = True


class ChannelAtRest(DomainError):
    """Passing: its maintenance ends."""

    code = "CHANNEL_AT_REST"
    english = "Channel {channel} does not work until {until}, Beijing time; these do now: {others}."
    chinese = "支付渠道 {channel} 维护中，预计北京时间 {until} 恢复；目前可用渠道：{others}。"
    passing = True


class ChannelLimitReached(DomainError):
    """Passing: the day ends."""

    code = "CHANNEL_LIMIT_REACHED"
    english = "This sum is more than may go through channel {channel} at once or today; these take it: {others}."
    chinese = "该金额超出支付渠道 {channel} 的单笔或当日限额；目前可用渠道：{others}。"
    passing = True


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


class AutodebitNotOffered(DomainError):
    code = "AUTODEBIT_NOT_OFFERED"
    english = "Channel {channel} does not debit under a mandate; take one that says autodebit."
    chinese = "支付渠道 {channel} 不支持委托扣款，请选择支持代扣的渠道。"
    about = ("channel",)


class CardToBindAnew(DomainError):
    """It was bound before its number was kept for this."""

    code = "CARD_TO_BIND_ANEW"
    english = "A mandate needs the card's number, which is not kept of this card; unbind it and bind it anew."
    chinese = "签约代扣需要银行卡号，而该卡未保存卡号，请解绑后重新绑定。"
    about = ("bankCardId",)


class MandateNeedsCard(DomainError):
    code = "MANDATE_NEEDS_CARD"
    english = "Channel {channel} debits a card; say which one."
    chinese = "渠道 {channel} 从银行卡扣款，请指定银行卡。"
    about = ("bankCardId",)


class MandateTakesNoCard(DomainError):
    code = "MANDATE_TAKES_NO_CARD"
    english = "Channel {channel} debits the account one signs with there, not a card; name none."
    chinese = "渠道 {channel} 从签约时使用的账户扣款，不使用银行卡，请勿指定银行卡。"
    about = ("bankCardId",)


class MandateExists(DomainError):
    code = "MANDATE_EXISTS"
    english = "Mandate {number} for this card or account is {status}; revoke it before signing another."
    chinese = "该卡或账户在此渠道已有代扣授权 {number}（{status}），请先撤销再重新签约。"
    about = ("bankCardId",)


class MandatePending(DomainError):
    """Passing: the channel's answer is awaited."""

    code = "MANDATE_PENDING"
    english = "The channel has not answered about mandate {number} yet; look again in a moment."
    chinese = "支付渠道尚未答复代扣授权 {number}，请稍后再试。"
    about = ("mandateId",)
    passing = True


class MandateTooSoon(DomainError):
    code = "MANDATE_TOO_SOON"
    english = "A mandate for this card or account was just begun; it can be begun anew in {seconds} seconds."
    chinese = "该卡或账户的签约刚刚发起，请 {seconds} 秒后再试。"
    about = ("bankCardId",)
    passing = True


class TooManyMandates(DomainError):
    code = "TOO_MANY_MANDATES"
    english = "At most {most} mandates a day can be begun; come back tomorrow."
    chinese = "每日最多发起 {most} 次签约，请明日再试。"
    passing = True


class MandateNotFound(DomainError):
    code = "MANDATE_NOT_FOUND"
    english = "There is no such mandate of yours."
    chinese = "没有您的这项代扣授权。"
    about = ("mandateId",)


class MandateNotAwaitingCode(DomainError):
    code = "MANDATE_NOT_AWAITING_CODE"
    english = "Mandate {number} is {status}; no code is awaited."
    chinese = "代扣授权 {number} 当前状态为 {status}，无需验证码。"
    about = ("mandateId",)


class BadMandateCode(DomainError):
    code = "BAD_MANDATE_CODE"
    english = "The code consists of 4 to 8 digits."
    chinese = "验证码应为 4 至 8 位数字。"
    about = ("code",)


class MandateCodeWrong(DomainError):
    code = "MANDATE_CODE_WRONG"
    english = "The code is not the one that was sent; {left} more tries."
    chinese = "验证码不正确，还可尝试 {left} 次。"
    about = ("code",)


class MandateNotReached(DomainError):
    """Passing: the code was not used up."""

    code = "MANDATE_NOT_REACHED"
    english = "The channel could not be reached; try the same code again."
    chinese = "暂时无法连接支付渠道，请用同一验证码重试。"
    passing = True


class OrderNotFound(DomainError):
    code = "ORDER_NOT_FOUND"
    english = "There is no such payment order of yours."
    chinese = "没有您的这笔支付单。"
    about = ("orderId",)


class UnplacedNotFound(DomainError):
    code = "UNPLACED_PAYMENT_NOT_FOUND"
    english = "There is no such payment on the work list."
    chinese = "待处理款项清单中没有这笔款项。"
    about = ("unplacedPaymentId",)


class AlreadyResolved(DomainError):
    code = "UNPLACED_PAYMENT_RESOLVED"
    english = "Payment {order_no} is resolved already: {resolution}."
    chinese = "收款 {order_no} 已处理完毕：{resolution}。"
    about = ("unplacedPaymentId",)


class RefundUnderWay(DomainError):
    """Passing: the refund ends."""

    code = "REFUND_UNDER_WAY"
    english = "Refund {number} of this payment is under way; wait until it has ended."
    chinese = "该收款的退款 {number} 正在处理，请等待其结束。"
    about = ("unplacedPaymentId",)
    passing = True


class NothingToResolve(DomainError):
    code = "NOTHING_IN_SUSPENSE"
    english = "Nothing lies in suspense for payment {order_no}; it can only be closed, once a person has seen to it."
    chinese = "收款 {order_no} 在待处理科目中没有金额，只能在人工处理后关闭。"
    about = ("action",)


class MoneyInSuspense(DomainError):
    code = "MONEY_IN_SUSPENSE"
    english = "{amount} yuan lie in suspense for payment {order_no}; refund them or apply them to a loan."
    chinese = "收款 {order_no} 尚有 {amount} 元待处理，请退款或计入借款。"
    about = ("action",)


class RefundTooLarge(DomainError):
    code = "REFUND_TOO_LARGE"
    english = "Of payment {order_no} at most {room} yuan can still go back; {amount} yuan was asked."
    chinese = "收款 {order_no} 最多还可退 {room} 元，申请金额为 {amount} 元。"


class RefundNotOffered(DomainError):
    code = "REFUND_NOT_OFFERED"
    english = "Channel {channel} cannot give {amount} yuan of this payment back; a person sends it by bank transfer."
    chinese = "支付渠道 {channel} 无法退还该收款的 {amount} 元，请通过银行转账退还。"
    passing = True


class ChannelUnknown(DomainError):
    code = "CHANNEL_UNKNOWN"
    english = "No plugin that works offers the channel {channel!r}; there are {known}."
    chinese = "没有可用插件提供支付渠道 {channel!r}；现有：{known}。"
    about = ("code",)


class ChannelSettingsUnreadable(DomainError):
    code = "CHANNEL_SETTINGS_UNREADABLE"
    english = (
        "Settings are a JSON object of {most} characters at most, without letters that cannot be kept; leave them out "
        "to keep those in force, or with useEnvironment."
    )
    chinese = (
        "设置须为不超过 {most} 个字符的 JSON 对象，且不含无法保存的字符；保留现有设置或使用 useEnvironment 时请勿填写。"
    )
    about = ("settings",)


class ChannelSettingsRefused(DomainError):
    """`why` names settings, and never shows one."""

    code = "CHANNEL_SETTINGS_REFUSED"
    english = "Channel {channel} cannot work with these settings: {why}."
    chinese = "支付渠道 {channel} 无法使用这些设置：{why}。"


class ChannelSettingsMissing(DomainError):
    code = "CHANNEL_SETTINGS_MISSING"
    english = "Channel {channel} has no settings, neither here nor in the environment: give them."
    chinese = "支付渠道 {channel} 在此处及环境变量中均无设置，请填写。"
    about = ("settings",)


class ChannelSettingsUnchanged(DomainError):
    code = "CHANNEL_SETTINGS_UNCHANGED"
    english = "Channel {channel} is set up like this already."
    chinese = "支付渠道 {channel} 的设置没有变化。"
    about = ("settings",)


class ChannelSettingsChangedMeanwhile(DomainError):
    code = "CHANNEL_SETTINGS_CHANGED_MEANWHILE"
    english = "The settings of channel {channel} were changed meanwhile; look at them and ask anew."
    chinese = "支付渠道 {channel} 的设置已被更改，请查看后重新申请。"
