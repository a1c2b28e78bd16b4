"""Which debits go together, and what an answer says of a batch as such."""

from datetime import timedelta

import pytest

from domain.payments.ports import BatchResult, Capabilities, ChannelError, ErrorCode, ErrorKind, PaymentResult
from domain.payments.rules.asking import CALL_LIMIT
from domain.payments.rules.batching import (
    MOST,
    SETTLES,
    Batching,
    BatchState,
    after_answer,
    after_query,
    final_after,
)
from tests.domain.payments.builders import DECLINED, NOT_EXECUTED, NOT_FOUND, PROCESSING, UNKNOWN, paid

_B = BatchState
DOUBT = ChannelError(ErrorKind.UNKNOWN, ErrorCode.TIMEOUT)
NEVER_SENT = ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED)


def told(*items: PaymentResult, error: ChannelError | None = None) -> BatchResult:
    return BatchResult({str(n): item for n, item in enumerate(items)}, error=error)


@pytest.mark.parametrize(
    ("least", "most", "channel", "size"),
    [
        (2, 100, 1000, 100),
        (2, 100, 50, 50),
        (2, 100, 1, 0),
        (2, 100, 0, 0),
        (2, 1, 1000, 0),
        (20, 100, 10, 0),
        (2, 10**6, 10**6, MOST),
    ],
)
def test_so_many_go_together_as_the_policy_and_the_channel_allow(
    least: int, most: int, channel: int, size: int
) -> None:
    assert Batching(least, most).size(Capabilities(batch_autodebit=channel)) == size


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (told(PROCESSING, PROCESSING), _B.SENT),
        (told(), _B.SENT),
        (told(paid(), error=DOUBT), _B.SENT),
        (told(DECLINED, error=DOUBT), _B.SENT),
        (told(UNKNOWN, error=DOUBT), _B.UNKNOWN),
        (told(error=DOUBT), _B.UNKNOWN),
        (told(error=NEVER_SENT), _B.UNSENT),
        (told(NOT_EXECUTED, NOT_EXECUTED, error=NEVER_SENT), _B.UNSENT),
        (told(NOT_EXECUTED, UNKNOWN, error=NEVER_SENT), _B.UNKNOWN),
        (told(NOT_EXECUTED, paid(), error=NEVER_SENT), _B.SENT),
    ],
)
def test_only_an_answer_without_any_doubt_says_that_nothing_was_sent(answer: BatchResult, state: BatchState) -> None:
    assert after_answer(answer) is state


@pytest.mark.parametrize(
    ("before", "answer", "state"),
    [
        (_B.SUBMITTING, told(), _B.SENT),
        (_B.UNKNOWN, told(PROCESSING), _B.SENT),
        (_B.UNSENT, told(), _B.SENT),
        (_B.UNSENT, told(PROCESSING, error=DOUBT), _B.SENT),
        (_B.UNSENT, told(NOT_FOUND, error=DOUBT), _B.UNSENT),
        (_B.UNSENT, told(error=NEVER_SENT), _B.UNSENT),
        (_B.SUBMITTING, told(error=NEVER_SENT), _B.UNKNOWN),
        (_B.SUBMITTING, told(NOT_FOUND, error=DOUBT), _B.UNKNOWN),
        (_B.SENT, told(NOT_FOUND, error=DOUBT), _B.SENT),
    ],
)
def test_a_query_finds_a_batch_or_teaches_nothing(before: BatchState, answer: BatchResult, state: BatchState) -> None:
    assert after_query(before, answer) is state


def test_a_batch_that_is_not_known_is_doubt_for_two_hours_or_longer_where_the_channel_says_so() -> None:
    soon, late = (Capabilities(query_final_after=timedelta(minutes=minutes)) for minutes in (30, 300))
    assert final_after(soon) == CALL_LIMIT + SETTLES
    assert final_after(late) == CALL_LIMIT + timedelta(hours=5)
