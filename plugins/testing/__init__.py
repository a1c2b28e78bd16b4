"""What a plugin's author tests with: a runtime without a network, and checks that his channel or method keeps the contract.

Each check takes a `Subject`, is called from a test of his own, and raises AssertionError with a sentence::

    SUBJECT = Subject(spec, settings, module="cashpay.plugin", gateway=Fake)

    async def test_doubt_is_unknown() -> None:
        await doubt_is_unknown(SUBJECT)

`judged` makes all of them, as `suidai channels check` does. With a `Gateway`, the provider played in memory, they go through
payments, mandates, debits, batches and refunds to their end; without one only what needs no answer is tried.
"""

from plugins.testing.announcing import imports_quickly, settings_are_read, spec_is_valid
from plugins.testing.answered import (
    batches_are_kept,
    debits_are_made_once,
    forged_answers_are_doubt,
    mandates_are_kept,
    nobodys_number_is_not_found,
    payments_are_made_once,
    refunds_are_made_once,
    what_was_done_is_not_denied,
)
from plugins.testing.bills import bills_are_fetched, bills_are_read
from plugins.testing.calculators import calculator_is_sound
from plugins.testing.calls import (
    a_bill_in_doubt_is_not_ready,
    doubt_is_unknown,
    offers_what_it_says,
    secrets_stay_secret,
    what_was_not_sent_is_known,
)
from plugins.testing.clocks import it_asks_the_runtimes_clock
from plugins.testing.gateway import Gateway, Mishap
from plugins.testing.methods import method_is_sound, registered
from plugins.testing.mishaps import (
    a_new_word_is_doubt,
    another_sum_is_told,
    mishaps_are_told,
    no_money_is_declined,
    what_waits_has_not_ended,
)
from plugins.testing.notices import notices_are_answered, notices_are_proven, probes_are_recognised
from plugins.testing.pace import nobody_waits_for_it
from plugins.testing.posted import foreign_notices_move_nothing, what_it_posts_is_proven
from plugins.testing.shown import nothing_personal_shows, states_are_small
from plugins.testing.subject import Subject
from plugins.testing.surroundings import runtime
from plugins.testing.verdicts import Outcome, Verdict, judged

__all__ = [
    "Gateway",
    "Mishap",
    "Outcome",
    "Subject",
    "Verdict",
    "a_bill_in_doubt_is_not_ready",
    "a_new_word_is_doubt",
    "another_sum_is_told",
    "batches_are_kept",
    "bills_are_fetched",
    "bills_are_read",
    "calculator_is_sound",
    "debits_are_made_once",
    "doubt_is_unknown",
    "foreign_notices_move_nothing",
    "forged_answers_are_doubt",
    "imports_quickly",
    "it_asks_the_runtimes_clock",
    "judged",
    "mandates_are_kept",
    "method_is_sound",
    "mishaps_are_told",
    "no_money_is_declined",
    "nobody_waits_for_it",
    "nobodys_number_is_not_found",
    "nothing_personal_shows",
    "notices_are_answered",
    "notices_are_proven",
    "offers_what_it_says",
    "payments_are_made_once",
    "probes_are_recognised",
    "refunds_are_made_once",
    "registered",
    "runtime",
    "secrets_stay_secret",
    "settings_are_read",
    "spec_is_valid",
    "states_are_small",
    "what_it_posts_is_proven",
    "what_waits_has_not_ended",
    "what_was_done_is_not_denied",
    "what_was_not_sent_is_known",
]
