"""What a person must have told and proved before he may ask for credit."""

from dataclasses import dataclass

CONTACTS_NEEDED = 2

CONSENTS_NEEDED = ("PERSONAL_DATA", "CREDIT_REPORT")
"""Without the first nothing may be judged, without the second nobody asked (RULES 4 and 5)."""

REVIEWED_PARTS = ("identity", "face", "profile", "employment", "contacts", "consents", "bankCard")
"""What an application consists of, in the API's words; a reviewer's reasons name a part or a field of one."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far a person has come, part by part."""

    identity: bool
    face: bool
    profile: bool
    employment: bool
    contacts: int
    consents: frozenset[str]
    bank_card: bool

    def missing(self) -> tuple[str, ...]:
        """What is still to be done, in the order a person would do it; empty when he may apply."""
        done = {
            "identity": self.identity,
            "face": self.face,
            "profile": self.profile,
            "employment": self.employment,
            "contacts": self.contacts >= CONTACTS_NEEDED,
            "consents": self.consents.issuperset(CONSENTS_NEEDED),
            "bankCard": self.bank_card,
        }
        return tuple(part for part in REVIEWED_PARTS if not done[part])


def is_reviewed_part(field: str) -> bool:
    """Whether a reason may be given for this field: "employment", "employment.monthlyPay"."""
    part, _, rest = field.partition(".")
    return part in REVIEWED_PARTS and (rest != "" or "." not in field)
