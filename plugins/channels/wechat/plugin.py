"""Announces the WeChat Pay channel; what speaks to WeChat is loaded when it is made."""

from datetime import timedelta
from typing import TYPE_CHECKING

from domain.payments.ports import BillKind, Capabilities, OrderNoRule, Product, RefundAbility
from plugins.channels.wechat.config import WechatConfig
from plugins.hookspecs import hookimpl
from plugins.spec import ChannelRuntime, ChannelSpec

if TYPE_CHECKING:
    from plugins.channels.wechat.channel import WechatChannel

# No debits: WeChat grants them for listed trades only, and lending is none of them.
CAPABILITIES = Capabilities(
    products=frozenset({Product.QR, Product.JSAPI, Product.H5, Product.APP}),
    query=True,
    close=True,
    refund=frozenset({RefundAbility.FULL, RefundAbility.PARTIAL, RefundAbility.MULTIPLE}),
    refund_query=True,
    notify=True,
    bill=frozenset({BillKind.TRADE}),
    min_fen=1,
    max_fen=100_000_000_00,
    order_no=OrderNoRule(r"[0-9A-Za-z_\-|*]{6,32}", 32),
    notify_answer="",
    # A payment may be on its way while the order is being closed.
    paid_after_close_possible=True,
    query_final_after=timedelta(minutes=5),
)

MASKED = frozenset({"openid", "payer_client_ip", "user_received_account", "merchant_private_key", "apiv3_key"})
"""Payers, and keys, in WeChat's words."""


def _make(config: WechatConfig, runtime: ChannelRuntime) -> "WechatChannel":
    from plugins.channels.wechat.channel import WechatChannel  # noqa: PLC0415 - loads cryptography and httpx

    return WechatChannel(config, runtime)


@hookimpl
def payment_channels() -> list[ChannelSpec]:
    return [
        ChannelSpec(
            code="wechat",
            name_zh="微信支付",
            name_en="WeChat Pay",
            config_model=WechatConfig,
            capabilities=CAPABILITIES,
            factory=_make,
            package="suidai",
            masked_fields=MASKED,
        )
    ]
