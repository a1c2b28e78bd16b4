"""Rows of borrowers: who a person is, how he logs in, what he told and proved about himself.

A `..._sealed` column holds what `Box.seal(<column name without _sealed>, text)` of the borrower's own box returned;
an `..._index` column holds the keyring's blind index of the same value.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

from domain.borrowers.rules import machine
from domain.borrowers.rules.machine import CardStatus, CheckStatus
from domain.shared.actors import Actor, ActorKind
from domain.shared.crypto import Box, Keyring
from domain.shared.db import Base, Row
from domain.shared.ids import new_id
from domain.shared.logins import LoginSession


def _owner() -> MappedColumn[UUID]:
    return mapped_column(ForeignKey("borrowers.id"), index=True)


class BorrowerStatus(StrEnum):
    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"


class Borrower(Row):
    """A person. `data_key` is his wrapped key: without it nothing sealed about him can be read again."""

    __tablename__ = "borrowers"
    __table_args__ = (Index("ix_borrowers_registered", "registered_at", "id"),)

    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[BorrowerStatus] = mapped_column(default=BorrowerStatus.ACTIVE)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    password_hash: Mapped[str | None]
    registered_at: Mapped[datetime]

    def box(self, keyring: Keyring) -> Box:
        """The box of what is sealed about him. Raises LookupError after erasure."""
        if self.data_key is None:
            raise LookupError(f"the data of borrower {self.id} was erased")
        return keyring.box(self.data_key)

    def actor(self) -> Actor:
        return Actor(ActorKind.BORROWER, self.id)


class BorrowerSession(LoginSession):
    """A log-in of a borrower."""

    __tablename__ = "borrower_sessions"

    borrower_id: Mapped[UUID] = _owner()


class CodePurpose(StrEnum):
    REGISTER = "REGISTER"
    LOGIN = "LOGIN"
    RESET_PASSWORD = "RESET_PASSWORD"
    CHANGE_PHONE = "CHANGE_PHONE"


class LoginCode(Row):
    """A short code sent by SMS: hashed (argon2id), few tries, short life, one use."""

    __tablename__ = "login_codes"
    __table_args__ = (Index("ix_login_codes_phone", "phone_index", "purpose", "sent_at"),)

    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    purpose: Mapped[CodePurpose]
    code_hash: Mapped[str]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class LoginMethod(StrEnum):
    CODE = "CODE"
    PASSWORD = "PASSWORD"


class LoginOutcome(StrEnum):
    SUCCEEDED = "SUCCEEDED"
    WRONG_CREDENTIAL = "WRONG_CREDENTIAL"
    LOCKED = "LOCKED"


class LoginRecord(Base):
    """T2. The device is a hash, the place coarse (5 characters of geohash, about 5 km); kept for a short time by month."""

    __tablename__ = "login_records"
    __table_args__ = (
        Index("ix_login_records_borrower", "borrower_id", "at", "id"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    method: Mapped[LoginMethod]
    outcome: Mapped[LoginOutcome]
    device_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    device_model: Mapped[str | None]
    geohash5: Mapped[str | None]
    ip_prefix: Mapped[str | None]
    """IPv4 /24 or IPv6 /48: enough to see a pattern, not a person's line."""


class Education(StrEnum):
    PRIMARY = "PRIMARY"
    JUNIOR_HIGH = "JUNIOR_HIGH"
    SENIOR_HIGH = "SENIOR_HIGH"
    VOCATIONAL = "VOCATIONAL"
    COLLEGE = "COLLEGE"
    BACHELOR = "BACHELOR"
    MASTER = "MASTER"
    DOCTOR = "DOCTOR"


class Profile(Row):
    """T3, versioned: the version without `superseded_at` holds. A proven identity number belongs to one borrower."""

    __tablename__ = "profiles"
    __table_args__ = (
        UniqueConstraint("borrower_id", "version"),
        Index("uq_profiles_current", "borrower_id", unique=True, postgresql_where=text("superseded_at IS NULL")),
        Index(
            "uq_profiles_proven",
            "id_number_index",
            unique=True,
            postgresql_where=text("superseded_at IS NULL AND real_name_at IS NOT NULL"),
        ),
    )

    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    version: Mapped[int]
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    id_type: Mapped[str] = mapped_column(default="RESIDENT_ID")
    id_number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    id_number_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    id_address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    education: Mapped[Education | None]
    current_address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    real_name_at: Mapped[datetime | None]
    """When name and number were proved by the identity card and the face."""
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class Employment(Row):
    """T4, versioned like the profile."""

    __tablename__ = "employments"
    __table_args__ = (
        UniqueConstraint("borrower_id", "version"),
        Index("uq_employments_current", "borrower_id", unique=True, postgresql_where=text("superseded_at IS NULL")),
    )

    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    version: Mapped[int]
    employer: Mapped[str]
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address: Mapped[str | None]
    position: Mapped[str | None]
    monthly_pay_fen: Mapped[int]
    started_on: Mapped[date | None]
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class Relation(StrEnum):
    SPOUSE = "SPOUSE"
    PARENT = "PARENT"
    CHILD = "CHILD"
    SIBLING = "SIBLING"
    RELATIVE = "RELATIVE"
    FRIEND = "FRIEND"
    COLLEAGUE = "COLLEAGUE"
    OTHER = "OTHER"


class Contact(Row):
    """T5, one row a contact. Kept to locate the borrower only; never contacted by a program; an opt-out is for ever."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index(
            "uq_contacts_current", "borrower_id", "ordinal", unique=True, postgresql_where=text("superseded_at IS NULL")
        ),
    )

    borrower_id: Mapped[UUID] = _owner()
    ordinal: Mapped[int]
    relation: Mapped[Relation]
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    opted_out_at: Mapped[datetime | None]
    """Copied to every later row of the same phone."""
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class CardRefusal(StrEnum):
    """Why a binding came to nothing."""

    MISMATCHED = "MISMATCHED"
    EXPIRED = "EXPIRED"
    NOT_REACHED = "NOT_REACHED"
    NO_ANSWER = "NO_ANSWER"
    SUPERSEDED = "SUPERSEDED"


class BankCard(Row):
    """T6. The card number is the provider's token once bound; here stay its last four digits and a blind index."""

    __tablename__ = "bank_cards"
    __table_args__ = (
        Index(
            "uq_bank_cards_live",
            "borrower_id",
            "card_index",
            unique=True,
            postgresql_where=text("status NOT IN ('REFUSED', 'UNBOUND')"),
        ),
        Index("ix_bank_cards_asks", "ask_at", "id", postgresql_where=text("ask_at IS NOT NULL")),
        Index("ix_bank_cards_borrower", "borrower_id", "created_at", "id"),
    )

    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    profile_id: Mapped[UUID] = mapped_column(ForeignKey("profiles.id"))
    """Whose name and identity number were verified: two of the four elements."""
    status: Mapped[CardStatus] = mapped_column(default=CardStatus.SUBMITTING)
    provider: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    """Ours, given to the provider: asking again with it never binds twice."""
    bank_code: Mapped[str | None]
    bank_name: Mapped[str | None]
    last4: Mapped[str]
    card_index: Mapped[bytes] = mapped_column(LargeBinary)
    card_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Forgotten as soon as the token is there."""
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    token_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    refusal: Mapped[CardRefusal | None]
    asks: Mapped[int] = mapped_column(default=0)
    ask_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    """When the verifier was first asked: it is asked to begin only once."""
    bound_at: Mapped[datetime | None]
    unbound_at: Mapped[datetime | None]

    def move_to(self, status: CardStatus) -> None:
        self.status = machine.CARD.move(self.status, status)


class CheckKind(StrEnum):
    ID_CARD = "ID_CARD"
    FACE = "FACE"


class CheckReason(StrEnum):
    """Why a check did not end in MATCHED."""

    IMAGES = "IMAGES"
    PROVIDER = "PROVIDER"
    NOT_FOUND = "NOT_FOUND"
    LOW_SCORE = "LOW_SCORE"
    CARD_EXPIRED = "CARD_EXPIRED"
    BAD_DATA = "BAD_DATA"
    UNDER_AGE = "UNDER_AGE"
    OTHER_PERSON = "OTHER_PERSON"
    IDENTITY_TAKEN = "IDENTITY_TAKEN"
    NO_ANSWER = "NO_ANSWER"


class IdentityCheck(Row):
    """T7: one check of a card or a face by an identity provider."""

    __tablename__ = "identity_checks"
    __table_args__ = (
        Index(
            "uq_identity_checks_open",
            "borrower_id",
            "kind",
            unique=True,
            postgresql_where=text("status IN ('QUEUED', 'RUNNING', 'UNKNOWN')"),
        ),
        Index("ix_identity_checks_asks", "ask_at", "id", postgresql_where=text("ask_at IS NOT NULL")),
        Index("ix_identity_checks_borrower", "borrower_id", "created_at", "id"),
    )

    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    kind: Mapped[CheckKind]
    status: Mapped[CheckStatus] = mapped_column(default=CheckStatus.QUEUED)
    provider: Mapped[str]
    front_image_id: Mapped[UUID | None] = mapped_column(ForeignKey("images.id"))
    back_image_id: Mapped[UUID | None] = mapped_column(ForeignKey("images.id"))
    face_image_id: Mapped[UUID | None] = mapped_column(ForeignKey("images.id"))
    card_check_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity_checks.id"))
    """The reading of the card a face was compared for."""
    provider_receipt: Mapped[str | None]
    score_millis: Mapped[int | None]
    """Likeness in thousandths."""
    fields_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What was read off the card, JSON."""
    reason: Mapped[CheckReason | None]
    tries: Mapped[int] = mapped_column(default=0)
    asked: Mapped[bool] = mapped_column(default=False)
    """Whether the provider may have the request, so that it is asked what became of it before it is asked again."""
    ask_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    def move_to(self, status: CheckStatus) -> None:
        self.status = machine.CHECK.move(self.status, status)


class ImageKind(StrEnum):
    ID_FRONT = "ID_FRONT"
    ID_BACK = "ID_BACK"
    FACE = "FACE"


class ImageStatus(StrEnum):
    REQUESTED = "REQUESTED"
    STORED = "STORED"
    DELETED = "DELETED"


class Image(Row):
    """T8: one uploaded image; its bytes are sealed in `image_contents` and forgotten when it expires."""

    __tablename__ = "images"

    borrower_id: Mapped[UUID] = _owner()
    kind: Mapped[ImageKind]
    status: Mapped[ImageStatus] = mapped_column(default=ImageStatus.REQUESTED)
    upload_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    upload_until: Mapped[datetime]
    content_type: Mapped[str | None]
    size_bytes: Mapped[int | None]
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    requested_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class ImageContent(Base):
    __tablename__ = "image_contents"

    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"), primary_key=True)
    borrower_id: Mapped[UUID]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class ConsentPurpose(StrEnum):
    """One consent a purpose, each given and revoked apart from the others."""

    CREDIT_REPORT = "CREDIT_REPORT"
    DATA_SOURCES = "DATA_SOURCES"
    FACE = "FACE"
    PERSONAL_DATA = "PERSONAL_DATA"
    MARKETING = "MARKETING"


class Consent(Row):
    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_standing",
            "borrower_id",
            "purpose",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("ix_consents_borrower", "borrower_id", "granted_at", "id"),
    )

    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    purpose: Mapped[ConsentPurpose]
    scope: Mapped[str]
    text_version: Mapped[str]
    text_hash: Mapped[bytes] = mapped_column(LargeBinary)
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class DataKind(StrEnum):
    """T18 to T21, and the credit report of the bureau (X2)."""

    CREDIT_REPORT = "CREDIT_REPORT"
    SOCIAL_SECURITY = "SOCIAL_SECURITY"
    CARRIER = "CARRIER"
    HOUSING_FUND = "HOUSING_FUND"
    CREDIT_CARD_BILL = "CREDIT_CARD_BILL"


class DataStatus(StrEnum):
    PENDING = "PENDING"
    READY = "READY"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


class DataRecord(Row):
    """What a licensed source said, by a consent that was valid when it was asked; the raw answer expires."""

    __tablename__ = "data_records"

    borrower_id: Mapped[UUID] = _owner()
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consents.id"))
    kind: Mapped[DataKind]
    provider: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str]
    status: Mapped[DataStatus] = mapped_column(default=DataStatus.PENDING)
    raw_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    features_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ask_at: Mapped[datetime | None]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    raw_expires_at: Mapped[datetime | None]
