"""Every select on the tables of borrowers, by topic; what the contexts above ask for is here."""

from domain.borrowers.queries.cards import (
    FourElements,
    bank_card,
    bank_cards,
    bound_cards,
    due_card_asks,
    four_elements,
)
from domain.borrowers.queries.facts import (
    Identity,
    consents,
    current_contacts,
    current_employment,
    current_profile,
    identity_of,
    standing_consent,
)
from domain.borrowers.queries.identity import checks, due_check_asks
from domain.borrowers.queries.people import (
    borrower,
    borrowers,
    lock_borrower,
    login_records,
    phone_of,
    session_stands,
)
from domain.borrowers.queries.progress import Missing, Standing, readiness, standing

__all__ = [
    "FourElements",
    "Identity",
    "Missing",
    "Standing",
    "bank_card",
    "bank_cards",
    "borrower",
    "borrowers",
    "bound_cards",
    "checks",
    "consents",
    "current_contacts",
    "current_employment",
    "current_profile",
    "due_card_asks",
    "due_check_asks",
    "four_elements",
    "identity_of",
    "lock_borrower",
    "login_records",
    "phone_of",
    "readiness",
    "session_stands",
    "standing",
    "standing_consent",
]
