"""The hooks a plugin may implement. They register objects; none moves money.

pluggy only discovers: asking a hook to pay would ask every plugin to pay. Each hook below is called once when a
process starts, must return at once, do no I/O and import nothing heavy. Adding an argument to a hook is compatible;
renaming or removing one is not.
"""
# pyright: reportReturnType=false
# A hook specification has a docstring for a body; what it says it returns is for its implementers.

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from domain.borrowers.ports import BankCardVerifier, IdentityProvider
    from domain.credit.ports import CreditBureau, DataSource, RiskEngine
    from domain.lending.ports import ESignProvider, FundingParty
    from domain.lending.rules.methods import RepaymentMethod
    from domain.messaging.ports import SmsSender
    from plugins.calculators import DepositCalculator
    from plugins.spec import ChannelSpec, PaymentEvent, ProviderSpec

PROJECT = "suidai"
ENTRY_POINTS = "suidai.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def payment_channels() -> "Iterable[ChannelSpec]":
    """The payment channels this plugin has. A code that is already taken is refused."""


@hookspec
def repayment_methods() -> "Iterable[RepaymentMethod]":
    """The repayment methods this plugin has. Products and loans carry a method's code: it is for ever.

    Each is tried before it is taken; one that fails, or whose code is already taken, is set aside. Taking a package away
    leaves its loans waiting for it and no other loan.
    """


@hookspec
def deposit_calculators() -> "Iterable[DepositCalculator]":
    """Deposit calculators: they calculate and keep nothing. Each is tried before it is taken."""


@hookspec
def identity_providers() -> "Iterable[ProviderSpec | IdentityProvider]":
    """Who reads identity cards and compares faces."""


@hookspec
def bank_card_verifiers() -> "Iterable[ProviderSpec | BankCardVerifier]":
    """Who verifies the four elements and binds a bank card."""


@hookspec
def credit_bureaus() -> "Iterable[ProviderSpec | CreditBureau]":
    """Who gives credit reports."""


@hookspec
def risk_engines() -> "Iterable[ProviderSpec | RiskEngine]":
    """Who scores credit applications."""


@hookspec
def esign_providers() -> "Iterable[ProviderSpec | ESignProvider]":
    """Who has contracts signed."""


@hookspec
def funding_parties() -> "Iterable[ProviderSpec | FundingParty]":
    """Whose money is lent."""


@hookspec
def sms_senders() -> "Iterable[ProviderSpec | SmsSender]":
    """Who sends text messages."""


@hookspec
def data_sources() -> "Iterable[ProviderSpec | DataSource]":
    """Who gives a person's data with his consent."""


@hookspec
def payment_event(event: "PaymentEvent") -> None:
    """Something happened to a payment. Called from the outbox, after commit, on every plugin; errors are only logged.

    Each plugin is called on a thread of its own and has 2 seconds; one that takes longer misses what happens meanwhile.
    """
