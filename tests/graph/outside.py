"""Everybody outside the town: channels of several kinds, and a risk engine."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from domain.payments.ports import Capabilities, MandateSigning, Product, RefundAbility
from suidai.contract import ChannelSpec, hookimpl
from tests.domain.credit.engine import Engine
from tests.domain.payments.builders import FakeChannel
from tests.domain.payments.mandates import DebitChannel, Debiting
from tests.graph.api import Parties

CHANNELS = ("fake", "small", "bank", "giro", "wallet")

_WAYS = frozenset({Product.PAGE, Product.QR})
_OF_AN_ACCOUNT = replace(Debiting().capabilities, mandate_sign=frozenset({MandateSigning.PAGE}), mandate_card=False)
_GIVES_BACK = frozenset({RefundAbility.FULL, RefundAbility.PARTIAL, RefundAbility.MULTIPLE})


@dataclass(eq=False)
class Outside(Parties):
    """Who else is there than for a test of its own."""

    @hookimpl
    def risk_engines(self) -> Iterable[Any]:
        return [Engine()]

    @hookimpl
    def payment_channels(self) -> Iterable[Any]:
        return [
            _channel("fake", Capabilities(products=_WAYS, close=True, refund=_GIVES_BACK)),
            _channel("small", Capabilities(products=_WAYS, close=True, min_fen=5_00, max_fen=10_00)),
            _channel("bank", Debiting().capabilities, DebitChannel),
            _channel("giro", Debiting().capabilities, DebitChannel),
            _channel("wallet", _OF_AN_ACCOUNT, DebitChannel),
        ]


def _channel(code: str, can: Capabilities, kind: type[FakeChannel] = FakeChannel) -> ChannelSpec:
    return ChannelSpec(code, "测试", "Test", lambda **settings: settings, can, lambda config, runtime: kind(code))
