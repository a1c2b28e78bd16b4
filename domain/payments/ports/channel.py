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
from domain.shared.wire import HttpAnswer, RawRequest, SignatureError


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the channel could work now: keys that sign, a gateway that answers."""

    ok: bool
    problem: str = ""


@runtime_checkable
class PaymentChannel(Protocol):
    """One way to move money. Frozen values in, frozen values out; no database, no exceptions for what a provider says.

    Override what your `Capabilities` offer, and `query_payment` in any case. The rest refuses as it is here: NotOffered,
    which the core never meets, because it asks the capabilities first. Raise it only for a part of what you offer, a kind of
    bill say; out of a call that moves money it would count as UNKNOWN, as every exception does.

    Once a request may have left, whatever happens is a result: a timeout is UNKNOWN, not an exception. Each call may be
    made twice with the same number, by this process or by another, and must have one effect. `code` is for ever: orders
    carry it.
    """

    code: str

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        """Let the borrower pay `amount_fen` until `expires_at`. Offered by `Capabilities.products`.

        Called once the attempt is committed, and again, under the same `order_no`, while its borrower has no action.
        ACTION_REQUIRED with the action: he is shown it, and the order is asked about. PROCESSING: it is asked about. SUCCEEDED
        with sum, currency and time: booked. DECLINED, CLOSED: it is over, and he may pay anew, under a new number.
        UNKNOWN: nothing new is begun until the answer to `query_payment`; with an error that is NOT_EXECUTED it is made again.
        """
        raise NotOffered(self.code, f"product {request.product}")

    @abstractmethod
    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        """What became of a payment or a debit, from the provider itself. It moves nothing and may be asked at any time.

        Asked on a ladder from seconds to days until it is over, and after each notice or answer that names another sum. The
        answer may be lost, and your `channel_state` with it: `order_no` and `submitted_at` are always there. States are as
        for `create_payment`; NOT_FOUND is doubt until `Capabilities.query_final_after`, and from then on means that no
        money came. SUCCEEDED may also follow on DECLINED, CLOSED or NOT_FOUND: money that came late is booked.
        """
        ...

    async def close_payment(self, ref: PaymentRef) -> CloseResult:
        """Make an unpaid order unpayable. Offered by `Capabilities.close`.

        Called before a debit of the same loan, and for an order that nobody wants any more. CLOSED: it can no longer be paid,
        and another attempt may begin. ALREADY_PAID, UNKNOWN: it is asked about. NOT_FOUND: they do not know it, as
        `query_payment` would say.
        """
        raise NotOffered(self.code, "close_payment")

    async def begin_mandate(self, request: BeginMandate) -> MandateResult:
        """Ask for a borrower's permission to debit him. Offered by `Capabilities.mandate_sign`.

        Begun again under its `mandate_no` it is the same mandate. ACTION_REQUIRED with SmsSent: `confirm_mandate` follows,
        with your `channel_state`. ACTION_REQUIRED with RedirectUrl or HtmlForm: he signs on that page, and `query_mandate` or
        a notice tells. PROCESSING: it is asked about. ACTIVE, only with its token: it may be debited. DECLINED: he is told,
        and may begin another. UNKNOWN: it is asked about, and begun no second time.
        """
        raise NotOffered(self.code, "begin_mandate")

    async def confirm_mandate(self, request: ConfirmMandate) -> MandateResult:
        """Bring the code that he received, after a `begin_mandate` that said SmsSent. For those who sign by SMS.

        ACTIVE with its token: it may be debited. ACTION_REQUIRED with an error: the code was wrong, he enters it again, five
        times at most. DECLINED: no code will do any more. PROCESSING, UNKNOWN: it is asked about.
        """
        raise NotOffered(self.code, "confirm_mandate")

    async def query_mandate(self, ref: MandateRef) -> MandateResult:
        """How a mandate stands. `ref.token` is None where we never learnt it. Offered by `Capabilities.mandate_sign`.

        Asked while it is being signed and after an answer that was lost. ACTIVE with its token, which may have been in the
        answer that was lost: without one it stays doubt. ACTION_REQUIRED: he has not signed yet. DECLINED, REVOKED, EXPIRED:
        it is over. NOT_FOUND: of one whose beginning was not answered, that it never came to be.
        """
        raise NotOffered(self.code, "query_mandate")

    async def revoke_mandate(self, ref: MandateRef) -> MandateResult:
        """End it. `ref.token` is None where we never learnt it: it may have been signed all the same.

        For us it is over before this is called. REVOKED, EXPIRED, NOT_FOUND: it is over there, too. Anything else: it is
        asked about, and revoked again while it is still there.
        """
        raise NotOffered(self.code, "revoke_mandate")

    async def debit(self, request: Debit) -> PaymentResult:
        """Take money under a mandate that is ACTIVE. Offered by `Capabilities.autodebit`.

        Called once the attempt is committed, perhaps a day later; never again while its outcome is open, unless you said that
        surely nothing happened (NOT_EXECUTED). PROCESSING is usual, an immediate SUCCEEDED is allowed, then as for
        `create_payment`. DECLINED carries an error: its `code` and `retry` say whether it is tried on a later day, waits for
        the borrower, or suspends the mandate. UNKNOWN is asked about, and stops every other automatic debit of the loan.
        """
        raise NotOffered(self.code, "debit")

    async def debit_batch(self, request: DebitBatch) -> BatchResult:
        """Take many at once, no more than `Capabilities.batch_autodebit`.

        Sent again under its `batch_no` it is the same batch. `items` tells of each debit, by order number, what is known, as
        `debit` would; one that it does not name is UNKNOWN. What is open is asked about, by the batch and then one by one.
        """
        raise NotOffered(self.code, "debit_batch")

    async def query_batch(self, ref: BatchRef) -> BatchResult:
        """What became of each debit of a batch; `complete` when no more will be said. Offered by `batch_autodebit`.

        A debit that is still open then is asked about by `query_payment`, with its place in the batch.
        """
        raise NotOffered(self.code, "query_batch")

    async def refund(self, request: Refund) -> RefundResult:
        """Give back a part, or all, under `refund_no`. Offered by `Capabilities.refund`: FULL, PARTIAL, MULTIPLE.

        Sent again, under its number and with its sums, until you have taken it. PROCESSING: it is asked about. SUCCEEDED, with
        its sum, only once the money has gone back: booked. DECLINED: for good, and a person decides what else to do. UNKNOWN,
        or an error that is NOT_EXECUTED: it is asked about, or sent again.
        """
        raise NotOffered(self.code, "refund")

    async def query_refund(self, ref: RefundRef) -> RefundResult:
        """What became of that refund alone. Offered by `Capabilities.refund_query`; without it the refund itself is repeated.

        States are as for `refund`. NOT_FOUND, proven: it never reached them, and is sent again, as is one that was never
        answered and of which they say PROCESSING: some say so of any number.
        """
        raise NotOffered(self.code, "query_refund")

    async def parse_notification(self, request: RawRequest) -> Notification:
        """Read a notification: proven over its raw bytes, the same each time, no side effects. With `Capabilities.notify`.

        What its result says is applied as an answer is; a sum other than ours moves nothing until `query_payment` says it, too.
        Raises SignatureError when it proves nothing, and nothing else: any other exception is our fault, and it comes again.
        """
        raise SignatureError(f"channel {self.code} sends no notifications")

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        """What the provider must be answered, given what the core made of its notification. With `Capabilities.notify`.

        A channel that wants something of its notice back names a second argument, `notification: Notification | None
        = None`: it is given what `parse_notification` made of it, for every outcome, and None where that proved nothing.
        An answer that cannot be sent is replaced by the one without a notification, and else by HTTP 500.
        """
        return HttpAnswer(404)

    async def fetch_bill(self, request: BillRequest) -> BillAnswer:
        """The bill of a Beijing day, as bytes, of a kind that `Capabilities.bill` names.

        BillFile, its `sha256` over its bytes: kept, read by `parse_bill`, compared with what we have. BillNotReady, for every
        doubt: asked for again, later. BillEmpty, only for a proven "there was no trade" after the hour at which bills are
        there: the day is compared as one on which nothing came.
        """
        raise NotOffered(self.code, "fetch_bill")

    def parse_bill(self, file: BillFile) -> Iterator[BillEntry]:
        """Read a bill: pure, the same each time. Each line is a row, a total or a BillProblem; it raises nothing."""
        raise NotOffered(self.code, "parse_bill")

    async def health(self) -> Health:
        """Sign something, ask something harmless (`health_by_query`): whether keys, rights and the way there are good."""
        return Health(ok=True)
