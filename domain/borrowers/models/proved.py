"""Rows of what was proved of a borrower: his cards, the checks of his papers and face, the pictures they were made from."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.borrowers.models.owner import owner
from domain.borrowers.rules import machine
from domain.borrowers.rules.machine import CardStatus, CheckStatus
from domain.shared.db import Base, Row


class CardRefusal(StrEnum):
    """Why a binding came to nothing."""

    MISMATCHED = "MISMATCHED"
    EXPIRED = "EXPIRED"
    NOT_REACHED = "NOT_REACHED"
    NO_ANSWER = "NO_ANSWER"
    SUPERSEDED = "SUPERSEDED"


class BankCard(Row):
    """T6. Once bound it is known by the provider's token; its number stays sealed for who signs a mandate on it."""

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
    """Forgotten when the card is unbound or refused. Only a channel that signs a mandate is told it again."""
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

    borrower_id: Mapped[UUID] = owner()
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
