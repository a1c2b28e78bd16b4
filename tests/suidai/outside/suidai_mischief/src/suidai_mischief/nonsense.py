"""Offers what is no channel."""

from suidai.contract import hookimpl


@hookimpl
def payment_channels() -> list[object]:
    return ["alipay please"]
