"""What debits are made with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.payments.ports import Capabilities, PaymentChannel
from domain.payments.services.withholding import Wanted
from domain.shared.clock import Clock
from domain.shared.db import Sessions


@dataclass(frozen=True, slots=True)
class DebitDesk:
    """The database and its clock, the channels that can be called, what each can do, and who says what is still owed."""

    sessions: Sessions
    clock: Clock
    channels: Mapping[str, PaymentChannel]
    capabilities: Callable[[str], Capabilities]
    wanted: Wanted
