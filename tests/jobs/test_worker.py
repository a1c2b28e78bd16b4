"""What arq is told: it delivers, and nothing else."""

import logging

import msgspec
import pytest
from arq.jobs import serialize_result
from arq.worker import JobExecutionFailed


def test_what_a_dead_worker_left_behind_is_given_up_in_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """arq writes down that it gives up, the error with it; the announcement is delivered by its lease."""
    monkeypatch.setenv("SUIDAI_REDIS_URL", "redis://127.0.0.1:1")
    from jobs.worker import WorkerSettings  # noqa: PLC0415 - it reads the address of Redis at once

    given_up = JobExecutionFailed("max 1 retries exceeded")
    with caplog.at_level(logging.WARNING):
        written = serialize_result(
            "deliver",
            ("1",),
            {},
            2,
            0,
            False,
            given_up,
            0,
            0,
            "ref",
            "queue",
            "id",
            serializer=WorkerSettings.job_serializer,
        )

    assert caplog.records == []
    assert written is not None
    assert msgspec.json.decode(written)["r"] == "max 1 retries exceeded"
