"""What outside parties must do for a loan: have its contract signed, and pay the money out.

Requests carry our reference as idempotency key. A timeout is a result in state UNKNOWN, never an exception. Money is
never sent twice: after UNKNOWN a disbursement is asked about by `query`, and only NOT_FOUND allows the same reference
to be sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

from domain.shared.parties import PartyError
from domain.shared.secret import SecretStr
from domain.shared.tolerant import Tolerant
from domain.shared.wire import Callback, RawRequest


def _nothing() -> dict[str, Any]:
    return {}


class SignState(Tolerant):
    SENT = "SENT"
    VIEWED = "VIEWED"
    SIGNED = "SIGNED"
    EXPIRED = "EXPIRED"
    VOID = "VOID"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Signer:
    name: SecretStr
    id_number: SecretStr
    phone: SecretStr


@dataclass(frozen=True, slots=True)
class SignRequest:
    """A document to be signed by all of `signers` until `expires_at`."""

    ref: str
    title: str
    document: bytes = field(repr=False)
    content_type: str
    signers: tuple[Signer, ...]
    expires_at: datetime
    return_url: str | None = None


@dataclass(frozen=True, slots=True)
class SignResult:
    """`sign_urls` has the address of the signing page for each signer, in order."""

    state: SignState
    sign_urls: tuple[str, ...] = field(default=(), repr=False)
    provider_ref: str | None = None
    signed_at: datetime | None = None
    error: PartyError | None = None
    raw: Mapping[str, Any] = field(default_factory=_nothing, repr=False)


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """The document with the provider's seal. `sha256` is of `content`, and was compared with what the provider says."""

    content: bytes = field(repr=False)
    content_type: str
    sha256: str
    original_sha256: str
    seal: str
    signed_at: datetime


@runtime_checkable
class ESignProvider(Protocol):
    """Has a document signed by people who are not here."""

    code: str

    async def create(self, request: SignRequest) -> SignResult: ...

    async def query(self, ref: str) -> SignResult: ...

    async def parse_callback(self, request: RawRequest) -> Callback[SignResult]:
        """Read a callback; no side effects. Raises SignatureError when it proves nothing."""
        ...

    async def fetch_signed(self, ref: str) -> SignedDocument | None:
        """The signed document; None when it cannot be had now or its hash is wrong: ask again."""
        ...


class FundingState(Tolerant):
    """ACCEPTED is a promise to try; only SUCCEEDED moved money, and only FAILED is sure that none moved or will."""

    ACCEPTED = "ACCEPTED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class PayeeAccount:
    """Where the money goes: a bound card, by its token where the party knows it, and by its number where not."""

    name: SecretStr
    bank: str
    token: SecretStr | None = None
    card_number: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Disburse:
    """Pay a loan out. `ref` is for this loan's disbursement alone; the same ref never pays twice."""

    ref: str
    loan_number: str
    amount_fen: int
    account: PayeeAccount
    purpose: str = ""
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class RemittanceItem:
    """What was repaid on one loan and belongs to the funding party."""

    loan_number: str
    principal_fen: int
    interest_fen: int
    penalty_fen: int = 0


@dataclass(frozen=True, slots=True)
class Remit:
    """A day's repayments passed on to the funding party."""

    ref: str
    day: date
    items: tuple[RemittanceItem, ...]
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class FundingResult:
    """SUCCEEDED comes with the amount and the value date, from which interest runs; FAILED with reasons."""

    state: FundingState
    amount_fen: int | None = None
    currency: str | None = None
    value_date: date | None = None
    provider_ref: str | None = None
    reasons: tuple[str, ...] = ()
    error: PartyError | None = None
    raw: Mapping[str, Any] = field(default_factory=_nothing, repr=False)


@runtime_checkable
class FundingParty(Protocol):
    """Whose money is lent."""

    code: str

    async def disburse(self, request: Disburse) -> FundingResult: ...

    async def query(self, ref: str) -> FundingResult: ...

    async def parse_callback(self, request: RawRequest) -> Callback[FundingResult]:
        """Read a callback; no side effects. Raises SignatureError when it proves nothing."""
        ...

    async def remit(self, request: Remit) -> FundingResult: ...
