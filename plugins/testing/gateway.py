"""The provider as an author plays it for the kit: in memory, with a purse that can be counted."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import StrEnum

import httpx

from domain.payments.ports import MandateResult, PaymentResult, RawRequest


class Mishap(StrEnum):
    """What a gateway may be told to do with a payment or a refund. Later kits may know more: say False to what is not yours."""

    NO_MONEY = "NO_MONEY"
    """The account has no money: the debit is refused."""
    OTHER_SUM = "OTHER_SUM"
    """A fen more or less is taken than was asked."""
    WAITS = "WAITS"
    """It is in hand, and stays so: no money moves, and nothing is refused."""
    NEW_WORD = "NEW_WORD"
    """How it stands is said, and signed, by a word or a code that is in no document."""


class Gateway(ABC):
    """What the channel's calls reach in a check. Each check is given a new one, to which nothing has happened.

    It keeps what real ones keep: a number is one payment however often it comes, and answers are signed. Override what
    your channel offers; `sms_code` where a mandate is signed by a code, `sign` where it is on a page, `pay` where
    borrowers pay by themselves, `happens` for what may go wrong without being a fault of yours.
    """

    @abstractmethod
    def transport(self) -> httpx.AsyncBaseTransport:
        """What answers the channel: `httpx.MockTransport(...)`, or `httpx.ASGITransport(...)`."""

    @abstractmethod
    def taken_fen(self) -> int:
        """What all borrowers paid so far, less what went back to them."""

    async def pay(self, order_no: str, made: PaymentResult) -> None:
        """The borrower does what `made.action` says, and pays."""
        raise NotImplementedError("the channel has products, so its gateway must let a borrower pay by them")

    def sms_code(self) -> str:
        """The code in the last text message. 000000 must be a wrong one."""
        return "123456"

    async def sign(self, mandate_no: str, begun: MandateResult) -> None:
        """The borrower goes to the page that `begun.action` names, and signs."""
        raise NotImplementedError("mandates are signed on a page, so its gateway must let a borrower sign there")

    def happens(self, order_no: str, mishap: Mishap) -> bool:  # noqa: ARG002 - nothing, as it comes
        """From now on this happens to the payment, or the refund, of this number. False where it is not played here."""
        return False

    def notices(self) -> Sequence[RawRequest]:
        """What it would have posted to us by now, signed."""
        return ()

    async def aclose(self) -> None:  # noqa: B027 - most have nothing to close
        """The check is over."""
