"""The whole life of a loan, on a suidai that was started as its users start it."""

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Suidai
from tests.journeys.separate import Separate

KILLED_AT = ("payments.after_submitting", "payments.after_inbox", "jobs.before_done")
"""After SUBMITTING is committed, after a notice is kept, in a job before its "done"."""


def _must_hold(told: dict[str, object]) -> None:
    steps = told["steps"]
    assert isinstance(steps, list)
    assert [step for step in steps if not step["ok"]] == []
    assert told["ok"] is True
    loan, balance = told["loan"], told["trial_balance"]
    assert isinstance(loan, dict)
    assert isinstance(balance, dict)
    assert loan["status"] == "SETTLED"
    assert len(loan["plan"]) == 12
    assert loan["plan"][4]["penalty_fen"] > 0
    assert balance["debit_fen"] == balance["credit_fen"] > 0


@pytest.mark.waits(110)
def test_the_story_ends_to_the_fen_although_processes_are_killed_on_the_way_and_can_be_told_again(
    start: Callable[..., Suidai],
) -> None:
    """Each place kills its process once, as by `kill -9`, and the process is started again."""
    suidai = start(SUIDAI_FAILPOINTS=",".join(KILLED_AT))

    _must_hold(suidai.demo())
    killed = {marker.stem for marker in (suidai.folder / "home" / "failpoints").iterdir()}
    assert killed == set(KILLED_AT), "not every place was reached"
    _must_hold(suidai.demo())

    verified = suidai.run("books", "verify", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.waits(50)
def test_two_of_each_on_servers_that_are_named_tell_it_too_though_a_worker_dies(separate: Separate) -> None:
    """Every process is started on its own, on the PostgreSQL and the Redis of the run; nothing is embedded."""
    processes = separate.start("api", "api", "worker", "worker", "sandbox")

    _must_hold(separate.demo(kills=processes[2], after="loan is paid out"))

    verified = separate.run("books", "verify", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert not (separate.folder / "home" / "postgres").exists()
    assert not (separate.folder / "home" / "valkey").exists()
