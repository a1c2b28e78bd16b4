"""What a plugin's author tests with: a runtime without a network, and checks that his channel or method keeps the contract.

Each check takes a `Subject`, is called from a test of his own, and raises AssertionError with a sentence::

    SUBJECT = Subject(spec, settings, module="cashpay.plugin")

    async def test_doubt_is_unknown() -> None:
        await doubt_is_unknown(SUBJECT)
"""

from plugins.testing.announcing import imports_quickly, settings_are_read, spec_is_valid
from plugins.testing.bills import bills_are_read
from plugins.testing.calculators import calculator_is_sound
from plugins.testing.calls import (
    a_bill_in_doubt_is_not_ready,
    doubt_is_unknown,
    offers_what_it_says,
    secrets_stay_secret,
    what_was_not_sent_is_known,
)
from plugins.testing.methods import method_is_sound, registered
from plugins.testing.notices import notices_are_answered, notices_are_proven
from plugins.testing.subject import Subject
from plugins.testing.surroundings import runtime

__all__ = [
    "Subject",
    "a_bill_in_doubt_is_not_ready",
    "bills_are_read",
    "calculator_is_sound",
    "doubt_is_unknown",
    "imports_quickly",
    "method_is_sound",
    "notices_are_answered",
    "notices_are_proven",
    "offers_what_it_says",
    "registered",
    "runtime",
    "secrets_stay_secret",
    "settings_are_read",
    "spec_is_valid",
    "what_was_not_sent_is_known",
]
