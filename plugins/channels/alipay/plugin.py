"""Announces the Alipay channel; what speaks to Alipay is loaded when it is made."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.payments.ports import BillKind, Capabilities, MandateSigning, OrderNoRule, Product, RefundAbility
from plugins.channels.alipay.config import AlipayConfig
from plugins.hookspecs import hookimpl
from plugins.spec import ChannelRuntime, ChannelSpec

if TYPE_CHECKING:
    from plugins.channels.alipay.channel import AlipayChannel

CAPABILITIES = Capabilities(
    products=frozenset({Product.PAGE, Product.WAP, Product.APP, Product.QR}),
    query=True,
    close=True,
    refund=frozenset({RefundAbility.FULL, RefundAbility.PARTIAL, RefundAbility.MULTIPLE}),
    refund_query=True,
    notify=True,
    bill=frozenset({BillKind.TRADE, BillKind.FUND}),
    min_fen=1,
    max_fen=100_000_000_00,
    order_no=OrderNoRule(r"[A-Za-z0-9_]+", 64),
    notify_answer="success",
    # A payment may be on its way while the order is being closed.
    paid_after_close_possible=True,
    query_final_after=timedelta(minutes=5),
)

MASKED = frozenset(
    {
        "buyer_logon_id",
        "buyer_id",
        "buyer_user_id",
        "buyer_open_id",
        "alipay_user_id",
        "alipay_logon_id",
        "agreement_no",
        "app_private_key",
    }
)
"""Payers, and keys, in Alipay's words."""


def _capabilities(config: AlipayConfig) -> Capabilities:
    if not config.withholding:
        return CAPABILITIES
    return replace(CAPABILITIES, autodebit=True, mandate_sign=frozenset({MandateSigning.PAGE}), mandate_card=False)


def _make(config: AlipayConfig, runtime: ChannelRuntime) -> "AlipayChannel":
    from plugins.channels.alipay.channel import AlipayChannel  # noqa: PLC0415 - loads cryptography and httpx

    return AlipayChannel(config, runtime)


@hookimpl
def payment_channels() -> list[ChannelSpec]:
    return [
        ChannelSpec(
            code="alipay",
            name_zh="支付宝",
            name_en="Alipay",
            config_model=AlipayConfig,
            capabilities=CAPABILITIES,
            factory=_make,
            package="suidai",
            masked_fields=MASKED,
            configured=_capabilities,
        )
    ]
