"""Rows of borrowers: who a person is, how he logs in, what he told and proved about himself.

A `..._sealed` column holds what `Box.seal(<column name without _sealed>, text)` of the borrower's own box returned;
an `..._index` column holds the keyring's blind index of the same value.
"""

from domain.borrowers.models.people import (
    Borrower,
    BorrowerSession,
    BorrowerStatus,
    CodePurpose,
    LoginCode,
    LoginMethod,
    LoginOutcome,
    LoginRecord,
)
from domain.borrowers.models.proved import (
    BankCard,
    CardRefusal,
    CheckKind,
    CheckReason,
    IdentityCheck,
    Image,
    ImageContent,
    ImageKind,
    ImageStatus,
)
from domain.borrowers.models.sources import DataKind, DataRecord, DataStatus
from domain.borrowers.models.told import Consent, ConsentPurpose, Contact, Education, Employment, Profile, Relation
from domain.borrowers.rules.machine import CardStatus, CheckStatus

__all__ = [
    "BankCard",
    "Borrower",
    "BorrowerSession",
    "BorrowerStatus",
    "CardRefusal",
    "CardStatus",
    "CheckKind",
    "CheckReason",
    "CheckStatus",
    "CodePurpose",
    "Consent",
    "ConsentPurpose",
    "Contact",
    "DataKind",
    "DataRecord",
    "DataStatus",
    "Education",
    "Employment",
    "IdentityCheck",
    "Image",
    "ImageContent",
    "ImageKind",
    "ImageStatus",
    "LoginCode",
    "LoginMethod",
    "LoginOutcome",
    "LoginRecord",
    "Profile",
    "Relation",
]
