"""Offers a channel that looks like one, and that raises, answers nonsense, or sleeps when it is asked for anything."""

import asyncio
from types import SimpleNamespace
from typing import Any, NoReturn

from suidai.contract import Capabilities, ChannelSpec, HttpAnswer, NoticeOutcome, PaymentChannel, Product, hookimpl


class Rubbish(PaymentChannel):
    def __init__(self, _config: object, _runtime: object) -> None:
        self.code = "rubbish"

    async def create_payment(self, _request: object) -> NoReturn:
        raise SystemError("nobody planned for this")

    async def query_payment(self, _ref: object) -> Any:
        return "it is paid, believe me"

    async def parse_notification(self, _request: object) -> Any:
        await asyncio.sleep(3600)

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        return HttpAnswer(200 if outcome is NoticeOutcome.ACCEPTED else 500)


@hookimpl
def payment_channels() -> list[ChannelSpec]:
    return [
        ChannelSpec(
            code="rubbish",
            name_zh="废话",
            name_en="Rubbish",
            config_model=SimpleNamespace,
            capabilities=Capabilities(products=frozenset({Product.QR})),
            factory=Rubbish,
        )
    ]
