"""How a plugin offers a channel or a provider, and what it is given to work with."""

import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from domain.payments.ports import Capabilities, PaymentChannel
from domain.shared.secret import SecretStr

if TYPE_CHECKING:
    import logging

    import httpx

CONTRACT_VERSION = "1.1"
"""Major and minor. A minor only adds optional things, so a plugin made for any minor of this major is taken.

Another major is refused with a sentence. When a second major comes, the one before it is taken through a shim, which
turns its values into the new ones at the registry, until the next; what will go is said one minor ahead, in the log,
when a plugin that uses it is registered. A spec says in so many words which version it was written for: one that leaves
it to the default claims whatever is installed.
"""

CODE = re.compile(r"[a-z][a-z0-9_]{1,31}")


def _nothing_to_seal_with(_: object) -> NoReturn:
    raise LookupError("this runtime was made without a key to seal with")


@dataclass(frozen=True, slots=True)
class ChannelRuntime:
    """All that a plugin has of the world: an HTTP client with time limits, the time, a log, secrets. No database.

    Everything sent through `http` is audited. `clock()` is business time, which in development may run ahead. `cache`
    is the plugin's own and lives as long as the process; it holds nothing that cannot be fetched again. What is personal
    in a `channel_state` goes through `seal`, and comes back through `unseal`, which raises ValueError for what this
    plugin did not seal.
    """

    code: str
    http: "httpx.AsyncClient" = field(repr=False)
    clock: Callable[[], datetime] = field(repr=False)
    tz: tzinfo
    logger: "logging.Logger" = field(repr=False)
    secrets: Callable[[str], SecretStr] = field(repr=False)
    notify_base_url: str
    cache: MutableMapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    seal: Callable[[str | SecretStr], str] = field(default=_nothing_to_seal_with, repr=False)
    unseal: Callable[[str], SecretStr] = field(default=_nothing_to_seal_with, repr=False)

    def notify_url(self, kind: str = "payments") -> str:
        """Where outside parties tell us: `<base>/notify/payments/alipay`. It never has a query string."""
        return f"{self.notify_base_url.rstrip('/')}/notify/{kind}/{self.code}"


ConfigModel = Callable[..., Any]
"""A frozen dataclass or pydantic model: called with the settings as keywords, raises on what it cannot take.

Fields typed `SecretStr` are secrets: masked when shown, encrypted when kept.
"""


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """What a plugin says of a channel before it is made. Making it is `factory(config_model(**settings), runtime)`.

    `code` is for ever: orders carry it. Making a spec does no I/O and imports nothing heavy; the factory may.
    `capabilities` is what the channel does as it comes; `configured(config)`, where given, what settings make of it.
    `masked_fields` are the provider's own names for what nobody may read (`accNo`, `openid`): their values, in JSON or in
    a form, are masked in the audit of every exchange and in the plugin's log. What such things are called everywhere
    (`name`, `phone`, `id_number`, `card_number`, `token`, `secret`...) is masked anyway.
    """

    code: str
    name_zh: str
    name_en: str
    config_model: ConfigModel
    capabilities: Capabilities
    factory: Callable[[Any, ChannelRuntime], PaymentChannel]
    package: str = ""
    version: str = ""
    contract_version: str = CONTRACT_VERSION
    configured: Callable[[Any], Capabilities] | None = None
    masked_fields: frozenset[str] = frozenset()

    def capabilities_of(self, config: object) -> Capabilities:
        return self.configured(config) if self.configured else self.capabilities


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """What a plugin says of another outside party before it is made, as ChannelSpec does of a channel.

    A `sandbox` provider plays its party and is refused in production.
    """

    code: str
    name_zh: str
    name_en: str
    config_model: ConfigModel
    factory: Callable[[Any, ChannelRuntime], Any]
    package: str = ""
    version: str = ""
    contract_version: str = CONTRACT_VERSION
    sandbox: bool = False
    masked_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """Something that happened to a payment, told to observers after it was committed. No personal data.

    `name` is a `Happening`, or a word of a later version. `order_no` is what the channel knows the payment by: our own
    number of an order for which it never was asked, empty for a mandate. `facts` are plain values, as there are:
    `amount_fen`, `received_fen`, `order` (our number), `state`, `method`, `refund_no`, `purpose`, `mandate_no`, `reason`.
    After a crash the same event may be told again, with the same `event_id`; the order of events is not promised.
    """

    name: str
    channel: str
    order_no: str
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    event_id: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))
