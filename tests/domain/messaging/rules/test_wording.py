"""Wordings and what fills them."""

import pytest

from domain.messaging.rules.machine import MESSAGE, MessageStatus
from domain.messaging.rules.wording import ParamMissing, params_of, rendered
from domain.messaging.templates import WORDINGS


def test_a_wording_is_filled() -> None:
    assert rendered("还款 {amount} 元", {"amount": "1079.71", "unused": "x"}) == "还款 1079.71 元"


def test_a_missing_parameter_is_a_bug_and_names_itself() -> None:
    with pytest.raises(ParamMissing, match="amount, due"):
        rendered("{n} {due} {amount}", {"n": "1"})


def test_what_a_parameter_says_is_not_read_as_a_wording() -> None:
    assert rendered("{a}", {"a": "{b} {0.__class__}"}) == "{b} {0.__class__}"


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda wording: wording.code)
def test_both_languages_speak_of_the_same(wording) -> None:
    assert params_of(wording.chinese) == params_of(wording.english)
    assert wording.chinese != wording.english


def test_the_words_the_product_needs_are_there() -> None:
    assert {wording.code for wording in WORDINGS} == {
        "LOGIN_CODE",
        "CREDIT_RETURNED",
        "CREDIT_REJECTED",
        "CREDIT_APPROVED",
        "SIGN_CONTRACT",
        "LOAN_REJECTED",
        "DISBURSED",
        "REPAYMENT_REMINDER",
        "OVERDUE_NOTICE",
        "REPAYMENT_RECEIVED",
        "REFUND_SENT",
        "LOAN_SETTLED",
        "WITHHOLDING_DECLINED",
        "MANDATE_SUSPENDED",
    }


def test_the_reminder_says_to_ignore_it_if_already_paid() -> None:
    reminder = next(wording for wording in WORDINGS if wording.code == "REPAYMENT_REMINDER")

    assert "如已还款请忽略" in reminder.chinese
    assert "if already paid" in reminder.english


def test_what_was_delivered_is_never_sent_again() -> None:
    for status in (MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.CANCELLED):
        assert not any(MESSAGE.allows(status, after) for after in MessageStatus)
    assert not MESSAGE.allows(MessageStatus.SENT, MessageStatus.QUEUED)
