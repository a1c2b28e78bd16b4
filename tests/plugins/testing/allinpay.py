"""Allinpay, the channel and its gateway, and ways to spoil them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from suidai_allinpay.channel import AllinpayChannel
from suidai_allinpay.sandbox.sample import Played, sample

from plugins.testing import Subject
from suidai.contract import ChannelError, ErrorCode, ErrorKind, PaymentResult, PaymentState

ALLINPAY = sample()
NO = ChannelError(ErrorKind.DECLINED, ErrorCode.OTHER)
NOTHING_DONE = ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED)
Check = Callable[[Subject], Awaitable[None]]


def spoiled(**members: Any) -> Subject:
    """Allinpay with some of its channel replaced."""
    return replace(ALLINPAY, spec=replace(ALLINPAY.spec, factory=type("Spoiled", (AllinpayChannel,), members)))


def purse(**members: Any) -> Subject:
    """Allinpay's gateway with some of it replaced."""
    return replace(ALLINPAY, gateway=type("OtherGateway", (Played,), members))


def instead(operation: str, result: Any) -> Subject:
    """A channel whose operation asks and then says this, whatever it heard."""

    async def says(self: Any, asked: Any) -> Any:
        await getattr(AllinpayChannel, operation)(self, asked)
        return result

    return spoiled(**{operation: says})


def then(operation: str, change: Callable[[Any, Any], Any]) -> Subject:
    """A channel whose operation says what `change` makes of the request and the true result."""

    async def says(self: Any, asked: Any) -> Any:
        return change(asked, await getattr(AllinpayChannel, operation)(self, asked))

    return spoiled(**{operation: says})


def altered(till: Subject, **members: Any) -> Subject:
    """The template's channel with some of it replaced."""
    made = type(till.channel())
    return replace(till, spec=replace(till.spec, factory=type("Spoiled", (made,), members)))


def changed(operation: str, change: Callable[[PaymentResult], PaymentResult]) -> Any:
    """This operation of Allinpay's, whose refusals are told so."""

    async def says(self: Any, asked: Any) -> PaymentResult:
        told = await getattr(AllinpayChannel, operation)(self, asked)
        return change(told) if told.state is PaymentState.DECLINED else told

    return says
