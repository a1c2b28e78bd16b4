"""What can come of trying somebody, and what earlier attempts say."""

from datetime import date
from uuid import UUID

import pytest

from domain.collections.rules.contact import Channel, Made, Outcome, Party, Tally, outcomes, tally

TODAY = date(2026, 2, 20)
YESTERDAY = date(2026, 2, 19)
OWN, OLD, OTHERS = b"own", b"old", b"others"


def made(*attempts: tuple[Outcome, dict[str, object]] | Outcome) -> list[Made]:
    """Calls to the debtor today, oldest first as one tells them; handed over the newest first."""
    rows = [each if isinstance(each, tuple) else (each, {}) for each in attempts]
    usual: dict[str, object] = {"on": TODAY, "channel": Channel.CALL, "party": Party.DEBTOR, "number": OWN}
    return [
        Made(id=UUID(int=n), outcome=outcome, **(usual | changes))  # type: ignore[arg-type]  # a bag of facts
        for n, (outcome, changes) in enumerate(rows)
    ][::-1]


def counted(
    *attempts: tuple[Outcome, dict[str, object]] | Outcome, party: Party = Party.DEBTOR, number: bytes = OWN
) -> Tally:
    return tally(made(*attempts), today=TODAY, party=party, number=number, own_number=OWN)


def test_today_s_calls_are_counted_by_what_came_of_them() -> None:
    found = counted(Outcome.UNANSWERED, Outcome.ANSWERED, Outcome.PROMISED, Outcome.UNANSWERED)

    assert (found.effective, found.unanswered, found.dials) == (2, 2, 4)


def test_yesterday_s_calls_other_ways_and_other_numbers_do_not_count() -> None:
    found = counted(
        (Outcome.ANSWERED, {"on": YESTERDAY}),
        (Outcome.ANSWERED, {"channel": Channel.VISIT}),
        (Outcome.UNANSWERED, {"number": OLD}),
        (Outcome.ANSWERED, {"party": Party.CONTACT, "number": OTHERS}),
    )

    assert (found.effective, found.unanswered, found.dials) == (0, 0, 1)


def test_failures_in_a_row_are_those_since_he_was_last_reached_on_any_day() -> None:
    found = counted(
        (Outcome.UNANSWERED, {"on": YESTERDAY}),
        (Outcome.ANSWERED, {"on": YESTERDAY, "channel": Channel.VISIT}),
        (Outcome.UNANSWERED, {"on": YESTERDAY}),
        Outcome.INVALID_NUMBER,
    )

    assert found.failed == (UUID(int=3), UUID(int=2))
    assert found.invalid


def test_what_failed_at_a_number_he_has_given_up_proves_nothing() -> None:
    found = counted((Outcome.INVALID_NUMBER, {"number": OLD}), (Outcome.UNANSWERED, {"number": OLD}))

    assert (found.failed, found.invalid) == ((), False)


def test_what_others_answer_neither_counts_as_reaching_him_nor_as_failing_to() -> None:
    found = counted(
        Outcome.UNANSWERED,
        (Outcome.ANSWERED, {"party": Party.CONTACT, "number": OTHERS}),
        (Outcome.UNANSWERED, {"party": Party.CONTACT, "number": OTHERS}),
        Outcome.UNANSWERED,
    )

    assert found.failed == (UUID(int=3), UUID(int=0))


def test_on_a_later_day_only_what_is_proven_remains() -> None:
    later = counted(Outcome.UNANSWERED, Outcome.UNANSWERED).tomorrow()

    assert (later.unanswered, later.dials, len(later.failed)) == (0, 0, 2)


@pytest.mark.parametrize("channel", list(Channel))
def test_a_contact_promises_nothing_and_a_debtor_is_no_contact(channel: Channel) -> None:
    assert Outcome.PROMISED not in outcomes(channel, Party.CONTACT)
    assert Outcome.REFUSED_BY_CONTACT not in outcomes(channel, Party.DEBTOR)
    assert Outcome.ANSWERED in outcomes(channel, Party.DEBTOR)


def test_a_call_is_not_sent_and_a_message_is_not_left_ringing() -> None:
    assert Outcome.SENT not in outcomes(Channel.CALL, Party.DEBTOR)
    assert Outcome.UNANSWERED not in outcomes(Channel.SMS, Party.DEBTOR)
    assert Outcome.INVALID_NUMBER not in outcomes(Channel.VISIT, Party.DEBTOR)
