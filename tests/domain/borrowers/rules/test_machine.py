"""What may follow what."""

from domain.borrowers.rules.machine import CARD, CHECK, IN_FLIGHT, OPEN_CHECKS, CardStatus, CheckStatus


def test_a_check_that_is_answered_stays_answered() -> None:
    for status in set(CheckStatus) - OPEN_CHECKS:
        assert not any(CHECK.allows(status, after) for after in CheckStatus)


def test_a_card_is_bound_only_by_an_answer_of_its_bank() -> None:
    before = {status for status in CardStatus if CARD.allows(status, CardStatus.BOUND)}

    assert before == IN_FLIGHT - {CardStatus.UNBINDING}


def test_a_refused_or_unbound_card_comes_to_nothing_else() -> None:
    for status in (CardStatus.REFUSED, CardStatus.UNBOUND):
        assert not any(CARD.allows(status, after) for after in CardStatus)
