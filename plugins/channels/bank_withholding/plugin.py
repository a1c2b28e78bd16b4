"""Announces bank withholding; what speaks to UnionPay is loaded when it is made."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.payments.ports import BillKind, Capabilities, MandateSigning, OrderNoRule, RefundAbility
from plugins.channels.bank_withholding.config import BankWithholdingConfig
from plugins.hookspecs import hookimpl
from plugins.spec import ChannelRuntime, ChannelSpec

if TYPE_CHECKING:
    from plugins.channels.bank_withholding.channel import BankWithholdingChannel

CAPABILITIES = Capabilities(
    autodebit=True,
    mandate_sign=frozenset({MandateSigning.SMS}),
    query=True,
    close=False,
    refund=frozenset({RefundAbility.FULL, RefundAbility.PARTIAL, RefundAbility.MULTIPLE}),
    refund_query=True,
    notify=True,
    bill=frozenset({BillKind.TRADE}),
    # UnionPay takes 40, and its daily file has room for 32: a longer one could not be matched.
    order_no=OrderNoRule(r"[A-Za-z0-9]{8,32}", 32),
    # What counts is the status 200.
    notify_answer="ok",
    query_final_after=timedelta(minutes=30),
)

MASKED = frozenset(
    {"accNo", "certifId", "customerNm", "customerInfo", "encryptedInfo", "fileContent", "phoneNo", "smsCode"}
)
"""Payers, and what a file holds of them, in UnionPay's words."""


def _make(config: BankWithholdingConfig, runtime: ChannelRuntime) -> "BankWithholdingChannel":
    from plugins.channels.bank_withholding.channel import (  # noqa: PLC0415 - loads cryptography and httpx
        BankWithholdingChannel,
    )

    return BankWithholdingChannel(config, runtime)


def _able(config: BankWithholdingConfig) -> Capabilities:
    return replace(CAPABILITIES, batch_autodebit=config.batch_size)


@hookimpl
def payment_channels() -> list[ChannelSpec]:
    return [
        ChannelSpec(
            code="bank_withholding",
            name_zh="银行代扣",
            name_en="Bank withholding",
            config_model=BankWithholdingConfig,
            capabilities=CAPABILITIES,
            configured=_able,
            factory=_make,
            package="suidai",
            masked_fields=MASKED,
        )
    ]
