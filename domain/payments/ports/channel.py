"""What a payment channel does for the core. A plugin's author subclasses it and overrides what he offers."""
# ruff: noqa: ARG002 - what is not offered looks at nothing it is given

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from domain.payments.ports.bills import BillAnswer, BillEntry, BillFile, BillRequest
from domain.payments.ports.faults import NotOffered
from domain.payments.ports.mandates import (
    BatchRef,
    BatchResult,
    BeginMandate,
    ConfirmMandate,
    Debit,
    DebitBatch,
    MandateRef,
    MandateResult,
)
from domain.payments.ports.notices import Notification
from domain.payments.ports.payments import CreatePayment, PaymentRef, PaymentResult, Refund, RefundRef, RefundResult
from domain.payments.ports.states import CloseResult, NoticeOutcome
from domain.shared.wire import HttpAnswer, RawRequest


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the channel could work now: keys that sign, a gateway that answers."""

    ok: bool
    problem: str = ""


@runtime_checkable
class PaymentChannel(Protocol):
    """One way to move money. Frozen values in, frozen values out; no database, no exceptions for what a provider says.

    Once a request may have left, whatever happens is a result: a timeout is UNKNOWN, not an exception. Calls may be
    made twice with the same number and must have one effect. `code` is for ever: orders carry it.
    """

    code: str

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        """Let the borrower pay: usually ACTION_REQUIRED with an action."""
        raise NotOffered(self.code, f"product {request.product}")

    @abstractmethod
    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        """What became of it, from the channel itself."""
        ...

    @abstractmethod
    async def parse_notification(self, request: RawRequest) -> Notification:
        """Read a notification; no side effects. Raises SignatureError when it proves nothing."""
        ...

    @abstractmethod
    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        """What the channel must be answered, given what the core made of its notification.

        A channel that wants something of its notice back names a second argument, `notification: Notification | None
        = None`: it is given what `parse_notification` made of it, for every outcome, and None where that proved nothing.
        An answer that cannot be sent is replaced by the one without a notification, and else by HTTP 500.
        """
        ...

    async def close_payment(self, ref: PaymentRef) -> CloseResult:
        """Make an unpaid order unpayable."""
        raise NotOffered(self.code, "close_payment")

    async def begin_mandate(self, request: BeginMandate) -> MandateResult:
        """Ask for a mandate: ACTION_REQUIRED with SmsSent or a page, or ACTIVE at once. Begun again, it is the same one."""
        raise NotOffered(self.code, "begin_mandate")

    async def confirm_mandate(self, request: ConfirmMandate) -> MandateResult:
        """Bring the code: ACTIVE with its token. After a wrong one ACTION_REQUIRED with an error."""
        raise NotOffered(self.code, "confirm_mandate")

    async def query_mandate(self, ref: MandateRef) -> MandateResult:
        """What became of it; its token, too, where the answer that brought it was lost."""
        raise NotOffered(self.code, "query_mandate")

    async def revoke_mandate(self, ref: MandateRef) -> MandateResult:
        """End it. `ref.token` is None where we never learnt it: it may have been signed all the same."""
        raise NotOffered(self.code, "revoke_mandate")

    async def debit(self, request: Debit) -> PaymentResult:
        """Take money under a mandate. An immediate SUCCEEDED is allowed, PROCESSING is usual."""
        raise NotOffered(self.code, "debit")

    async def debit_batch(self, request: DebitBatch) -> BatchResult:
        """Take many at once. What the answer does not name is UNKNOWN and is asked about."""
        raise NotOffered(self.code, "debit_batch")

    async def query_batch(self, ref: BatchRef) -> BatchResult:
        """What became of each debit of it; `complete` when no more will be said."""
        raise NotOffered(self.code, "query_batch")

    async def refund(self, request: Refund) -> RefundResult:
        """Give back a part, or all, under `refund_no`."""
        raise NotOffered(self.code, "refund")

    async def query_refund(self, ref: RefundRef) -> RefundResult:
        """What became of that refund alone."""
        raise NotOffered(self.code, "query_refund")

    async def fetch_bill(self, request: BillRequest) -> BillAnswer:
        """The bill of a day as bytes; BillNotReady for every doubt, BillEmpty only for a proven "there was no trade"."""
        raise NotOffered(self.code, "fetch_bill")

    def parse_bill(self, file: BillFile) -> Iterator[BillEntry]:
        """Read a bill: pure, no network."""
        raise NotOffered(self.code, "parse_bill")

    async def health(self) -> Health:
        """Sign something, ask something harmless."""
        return Health(ok=True)
