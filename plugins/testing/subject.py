"""The channel under test, as its author sets it up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from domain.payments.ports import BillFile, Capabilities, PaymentChannel, RawRequest
from domain.shared.secret import SecretStr
from plugins.runtime import Audit
from plugins.spec import ChannelSpec
from plugins.testing.gateway import Gateway
from plugins.testing.surroundings import runtime


@dataclass(frozen=True, slots=True)
class Subject:
    """`settings` are as an operator writes them; `module` is the one that the entry point names.

    `order_no` is a number the channel takes, `now` the time at which everything happens. `gateway` makes a provider to
    which nothing has happened yet; with it the checks go through payments, mandates and refunds to their end. `notices`
    and `probes` are requests as the provider posts them, `bill` a file with a payment and a refund, `empty_bill` one
    without a trade.
    """

    spec: ChannelSpec
    settings: Mapping[str, Any] = field(repr=False)
    module: str = ""
    order_no: str = "RP202611210001"
    now: datetime = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
    gateway: Callable[[], Gateway] | None = field(default=None, repr=False)
    notices: tuple[RawRequest, ...] = field(default=(), repr=False)
    probes: tuple[RawRequest, ...] = field(default=(), repr=False)
    bill: BillFile | None = None
    empty_bill: BillFile | None = None

    def config(self) -> Any:
        return self.spec.config_model(**self.settings)

    def capabilities(self) -> Capabilities:
        return self.spec.capabilities_of(self.config())

    def channel(
        self, transport: httpx.AsyncBaseTransport | None = None, *, audit: Audit | None = None
    ) -> PaymentChannel:
        """The channel before this provider; without one, a call fails the test."""
        given = runtime(
            now=self.now,
            transport=transport,
            code=self.spec.code,
            audit=audit,
            masked_fields=self.spec.masked_fields,
        )
        return self.spec.factory(self.config(), given)

    def secrets(self) -> list[str]:
        """What the configuration keeps in SecretStr, revealed."""
        config = self.config()
        held = (getattr(config, name, None) for name in self.settings)
        return [value.reveal() for value in held if isinstance(value, SecretStr)]


class NothingToTry(Exception):
    """There is nothing here that this check could try; why, in a sentence."""


def must(holds: object, sentence: str) -> None:
    """Fail the test with this sentence unless it holds."""
    if not holds:
        raise AssertionError(sentence)


def must_be(thing: object, wanted: type, what: str) -> None:
    """Fail the test unless a plugin gave what its type says; types are not checked where it was written."""
    must(isinstance(thing, wanted), f"{what} is a {type(thing).__name__}, not a {wanted.__name__}")
