"""What outside parties must do for borrowers: read an identity card, compare a face, verify and bind a bank card.

Requests carry our reference, which is their idempotency key: the same reference with the same content has one effect.
A timeout is a result in state UNKNOWN, never an exception, and is asked about by `query` before anything is repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, runtime_checkable

from domain.shared.parties import PartyError
from domain.shared.secret import SecretStr
from domain.shared.tolerant import Tolerant


def _nothing() -> dict[str, Any]:
    return {}


class IdentityState(Tolerant):
    """What a check came to. UNREADABLE asks for better images, MISMATCHED is an answer, UNKNOWN is none."""

    MATCHED = "MATCHED"
    MISMATCHED = "MISMATCHED"
    UNREADABLE = "UNREADABLE"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class ReadCard:
    """Both sides of an identity card, as image bytes."""

    ref: str
    front: bytes = field(repr=False)
    back: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CardReading:
    """MATCHED: both sides were read and the issuing register knows this name and number."""

    state: IdentityState
    name: SecretStr | None = None
    id_number: SecretStr | None = None
    address: SecretStr | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    """None on a MATCHED card: valid for ever (长期)."""
    score: int | None = None
    provider_ref: str | None = None
    error: PartyError | None = None
    raw: Mapping[str, Any] = field(default_factory=_nothing, repr=False)


@dataclass(frozen=True, slots=True)
class MatchFace:
    """A face, as image bytes or as the token of a liveness check, against the register's picture of `id_number`."""

    ref: str
    id_number: SecretStr
    name: SecretStr
    image: bytes | None = field(default=None, repr=False)
    liveness_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FaceMatch:
    """`score` is 0 to 100 in the provider's own measure."""

    state: IdentityState
    score: int | None = None
    provider_ref: str | None = None
    error: PartyError | None = None
    raw: Mapping[str, Any] = field(default_factory=_nothing, repr=False)


@runtime_checkable
class IdentityProvider(Protocol):
    """Reads identity cards and compares faces. `code` names it for ever in the records of its checks."""

    code: str

    async def read_card(self, request: ReadCard) -> CardReading: ...

    async def match_face(self, request: MatchFace) -> FaceMatch: ...

    async def query_card(self, ref: str) -> CardReading:
        """The reading made under our reference; NOT_FOUND if there was none."""
        ...

    async def query_face(self, ref: str) -> FaceMatch:
        """The comparison made under our reference; NOT_FOUND if there was none."""
        ...


class CardState(Tolerant):
    """How far the binding of a bank card has come. Only BOUND comes with a token."""

    SMS_SENT = "SMS_SENT"
    BOUND = "BOUND"
    MISMATCHED = "MISMATCHED"
    WRONG_CODE = "WRONG_CODE"
    EXPIRED = "EXPIRED"
    UNBOUND = "UNBOUND"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class BindCard:
    """The four elements (四要素): name, identity number, card number and the phone the bank has on file."""

    ref: str
    name: SecretStr
    id_number: SecretStr
    card_number: SecretStr
    phone: SecretStr


@dataclass(frozen=True, slots=True)
class ConfirmCard:
    """The code the bank sent to that phone."""

    ref: str
    sms_code: SecretStr


@dataclass(frozen=True, slots=True)
class CardBinding:
    """`token` stands for the card from now on; the number itself need not be kept. `attempts_left` after WRONG_CODE."""

    state: CardState
    token: SecretStr | None = None
    bank: str | None = None
    card_masked: str | None = None
    attempts_left: int | None = None
    provider_ref: str | None = None
    error: PartyError | None = None
    raw: Mapping[str, Any] = field(default_factory=_nothing, repr=False)


@runtime_checkable
class BankCardVerifier(Protocol):
    """Verifies the four elements with the bank and binds the card by a code sent to its phone."""

    code: str

    async def begin(self, request: BindCard) -> CardBinding: ...

    async def confirm(self, request: ConfirmCard) -> CardBinding: ...

    async def query(self, ref: str) -> CardBinding: ...

    async def unbind(self, ref: str) -> CardBinding: ...
