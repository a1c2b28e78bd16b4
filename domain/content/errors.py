"""Refusals of content."""

from domain.shared.errors import DomainError


class BannerNotFound(DomainError):
    code = "BANNER_NOT_FOUND"
    english = "There is no such banner."
    chinese = "没有这个横幅。"
    about = ("bannerId",)


class BadBannerText(DomainError):
    code = "BAD_BANNER_TEXT"
    english = "A banner's title is one line of 1 to {most} characters."
    chinese = "横幅标题为一行，1 至 {most} 个字符。"


class BadBannerAddress(DomainError):
    code = "BAD_BANNER_ADDRESS"
    english = (
        "A banner's picture and target are web addresses with https:// or http://, of {longest} characters at most."
    )
    chinese = "横幅图片与跳转地址须为以 https:// 或 http:// 开头的网址，最长 {longest} 个字符。"


class BadBannerPlace(DomainError):
    code = "BAD_BANNER_PLACE"
    english = "A banner's position is from 1 to {most}."
    chinese = "横幅位置取值 1 至 {most}。"
    about = ("position",)


class BadBannerTime(DomainError):
    code = "BAD_BANNER_TIME"
    english = "A banner is shown until a moment after the one from which it is shown."
    chinese = "横幅的结束展示时间须晚于开始展示时间。"
    about = ("shownUntil",)
