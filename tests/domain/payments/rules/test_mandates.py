"""What a channel's word does to a mandate, and what its words are."""

import pytest

from domain.payments.ports import (
    ChannelError,
    ErrorCode,
    ErrorKind,
    HtmlForm,
    MandateResult,
    MandateState,
    RedirectUrl,
    Retry,
    SmsSent,
)
from domain.payments.rules.mandates import (
    FINAL,
    MANDATE,
    MandateRefusal,
    MandateSource,
    MandateStatus,
    ends_mandate,
    judge,
    refusal_of,
    terms_hash,
    terms_of,
)

S, Q = MandateStatus, MandateSource
SIGNED = MandateResult(MandateState.ACTIVE, token="T")
NOT_SENT = MandateResult(MandateState.UNKNOWN, error=ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED))


def says(state: MandateState) -> MandateResult:
    return MandateResult(state)


@pytest.mark.parametrize(
    ("action", "after"),
    [
        (SmsSent("138****8000"), S.AWAITING_CODE),
        (RedirectUrl("https://bank.example/1"), S.AWAITING_PAGE),
        (HtmlForm("<form>"), S.AWAITING_PAGE),
        (None, S.UNKNOWN),
    ],
    ids=["code", "page", "form", "nothing"],
)
def test_what_the_borrower_is_to_do_says_whose_turn_it_is(action: object, after: MandateStatus) -> None:
    told = MandateResult(MandateState.ACTION_REQUIRED, action=action)  # type: ignore[arg-type]

    assert judge(S.REQUESTED, told, Q.BEGIN) is after


@pytest.mark.parametrize("status", sorted(set(S) - {S.ACTIVE}))
def test_no_doubt_and_no_missing_token_makes_one_active(status: MandateStatus) -> None:
    for told in (says(MandateState.UNKNOWN), says(MandateState.ACTIVE), NOT_SENT):
        for source in Q:
            assert judge(status, told, source) is not S.ACTIVE


@pytest.mark.parametrize("status", [S.REQUESTED, S.CONFIRMING])
def test_a_call_whose_answer_nobody_knows_is_unknown(status: MandateStatus) -> None:
    assert judge(status, says(MandateState.UNKNOWN), Q.BEGIN) is S.UNKNOWN
    assert judge(status, says(MandateState.ACTIVE), Q.BEGIN) is S.UNKNOWN


def test_what_was_surely_not_sent_leaves_the_code_to_be_entered_again() -> None:
    assert judge(S.CONFIRMING, NOT_SENT, Q.CONFIRM) is S.AWAITING_CODE
    assert judge(S.REQUESTED, NOT_SENT, Q.BEGIN) is S.DECLINED
    assert refusal_of(NOT_SENT) is MandateRefusal.NOT_REACHED
    assert judge(S.UNKNOWN, NOT_SENT, Q.QUERY) is S.UNKNOWN


def test_after_a_code_a_thing_to_do_means_that_it_was_wrong() -> None:
    assert judge(S.CONFIRMING, says(MandateState.ACTION_REQUIRED), Q.CONFIRM) is S.AWAITING_CODE


def test_a_channel_that_never_had_it_declines_it_but_an_unopened_page_waits() -> None:
    gone = says(MandateState.NOT_FOUND)

    assert [judge(status, gone, Q.QUERY) for status in (S.REQUESTED, S.UNKNOWN)] == [S.DECLINED] * 2
    assert judge(S.AWAITING_PAGE, gone, Q.QUERY) is S.AWAITING_PAGE
    assert judge(S.ACTIVE, gone, Q.QUERY) is S.ACTIVE


@pytest.mark.parametrize("status", [S.REQUESTED, S.CONFIRMING, S.UNKNOWN, S.REVOKING])
def test_a_not_found_that_is_too_early_ends_nothing(status: MandateStatus) -> None:
    early = judge(status, says(MandateState.NOT_FOUND), Q.QUERY, not_found_is_final=False)

    assert early is (S.REVOKING if status is S.REVOKING else S.UNKNOWN)


@pytest.mark.parametrize("status", [S.DECLINED, S.EXPIRED])
def test_what_we_gave_up_and_is_signed_all_the_same_is_revoked_there(status: MandateStatus) -> None:
    assert judge(status, SIGNED, Q.NOTICE) is S.REVOKING


def test_revoked_is_the_end() -> None:
    assert all(judge(S.REVOKED, says(state), Q.NOTICE) is S.REVOKED for state in MandateState)
    assert judge(S.REVOKED, SIGNED, Q.NOTICE) is S.REVOKED


def test_a_revocation_ends_only_by_a_word_that_it_is_gone() -> None:
    gone = {state for state in MandateState if judge(S.REVOKING, says(state), Q.REVOKE) is S.REVOKED}

    assert gone == {MandateState.REVOKED, MandateState.EXPIRED, MandateState.NOT_FOUND}
    assert judge(S.REVOKING, SIGNED, Q.NOTICE) is S.REVOKING
    assert judge(S.REVOKING, says(MandateState.DECLINED), Q.QUERY) is S.REVOKED


@pytest.mark.parametrize("status", [S.ACTIVE, S.SUSPENDED])
def test_the_bank_may_end_what_is_signed(status: MandateStatus) -> None:
    assert judge(status, says(MandateState.REVOKED), Q.NOTICE) is S.REVOKED
    assert judge(status, says(MandateState.EXPIRED), Q.NOTICE) is S.EXPIRED
    assert judge(status, says(MandateState.DECLINED), Q.NOTICE) is status


def test_a_suspended_one_is_not_made_active_by_an_old_word() -> None:
    assert judge(S.SUSPENDED, SIGNED, Q.NOTICE) is S.SUSPENDED


def test_nothing_leads_back_from_an_end_to_where_money_may_be_debited() -> None:
    reached, todo = set(FINAL), list(FINAL)
    while todo:
        new = MANDATE.table.get(todo.pop(), frozenset()) - reached
        reached |= new
        todo += new

    assert reached == FINAL | {S.REVOKING}


@pytest.mark.parametrize(
    ("code", "retry", "ends"),
    [
        (ErrorCode.INSUFFICIENT_FUNDS, Retry.NEVER, False),
        (ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY, False),
        (ErrorCode.MANDATE_INVALID, Retry.AFTER_USER_ACTION, True),
        (ErrorCode.RISK, Retry.NEVER, True),
        (ErrorCode.LIMIT_EXCEEDED, Retry.LATER_DAY, False),
        (ErrorCode.ACCOUNT_FROZEN, Retry.AFTER_USER_ACTION, False),
    ],
)
def test_a_refusal_for_good_ends_the_mandate_and_missing_money_does_not(
    code: ErrorCode, retry: Retry, ends: bool
) -> None:
    assert ends_mandate(code, retry) is ends


def test_the_terms_say_what_is_agreed() -> None:
    terms = terms_of(number="MD20260302000001", channel="测试银行", last4="0000", cap_fen=50_000_00)

    for part in ("MD20260302000001", "测试银行", "0000", "50000.00", "撤销"):
        assert part in terms
    assert terms_hash(terms) != terms_hash(terms + " ")
