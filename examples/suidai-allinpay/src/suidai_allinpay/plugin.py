"""Announces Allinpay agreement pay; what speaks to Allinpay is loaded when the channel is made."""

from datetime import timedelta
from typing import TYPE_CHECKING

from suidai.contract import (
    BillKind,
    Capabilities,
    ChannelRuntime,
    ChannelSpec,
    MandateSigning,
    OrderNoRule,
    RefundAbility,
    hookimpl,
)
from suidai_allinpay.config import AllinpayConfig

if TYPE_CHECKING:
    from suidai_allinpay.channel import AllinpayChannel

MOST_IN_A_BATCH = 1000

CAPABILITIES = Capabilities(
    autodebit=True,
    mandate_sign=frozenset({MandateSigning.SMS}),
    batch_autodebit=MOST_IN_A_BATCH,
    query=True,
    close=False,
    refund=frozenset({RefundAbility.FULL, RefundAbility.PARTIAL, RefundAbility.MULTIPLE}),
    refund_query=True,
    notify=True,
    bill=frozenset({BillKind.TRADE}),
    # An order number is Allinpay's REQ_SN, and stands in REMARK, which is shorter.
    order_no=OrderNoRule(r"[A-Za-z0-9_-]{1,40}", 40),
    notify_answer="success",
    # "No such trade" (1002) says nothing before: a trade may still be on its way inside.
    query_final_after=timedelta(minutes=30),
)

MASKED = frozenset(
    {"ACCOUNT_NO", "ACCOUNT_NAME", "ID", "TEL", "CVV2", "VAILDDATE", "VERCODE", "AGRMNO", "USER_PASS", "CONTENT"}
)
"""Payers, their permission, and what a statement holds of them, in Allinpay's words."""


def _make(config: AllinpayConfig, runtime: ChannelRuntime) -> "AllinpayChannel":
    from suidai_allinpay.channel import AllinpayChannel  # noqa: PLC0415 - loads cryptography, httpx and an XML parser

    return AllinpayChannel(config, runtime)


@hookimpl
def payment_channels() -> list[ChannelSpec]:
    return [
        ChannelSpec(
            code="allinpay",
            name_zh="通联协议支付",
            name_en="Allinpay agreement pay",
            config_model=AllinpayConfig,
            capabilities=CAPABILITIES,
            factory=_make,
            package="suidai-allinpay",
            version="0.1.0",
            contract_version="1.1",
            masked_fields=MASKED,
        )
    ]
