"""The whole life of a loan, on a suidai that was started as its users start it."""

from collections.abc import Callable

from tests.journeys.conftest import Suidai

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
    assert loan["plan"][3]["penalty_fen"] > 0
    assert balance["debit_fen"] == balance["credit_fen"] > 0


def test_the_story_holds_and_can_be_told_again(start: Callable[..., Suidai]) -> None:
    suidai = start()

    _must_hold(suidai.demo())
    _must_hold(suidai.demo())

    verified = suidai.run("books", "verify", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_the_story_ends_to_the_fen_although_processes_are_killed_on_the_way(start: Callable[..., Suidai]) -> None:
    """Each place kills its process once, as by `kill -9`, and the process is started again."""
    suidai = start(SUIDAI_FAILPOINTS=",".join(KILLED_AT))

    _must_hold(suidai.demo())

    killed = {marker.stem for marker in (suidai.folder / "home" / "failpoints").iterdir()}
    assert killed == set(KILLED_AT), "not every place was reached"
    verified = suidai.run("books", "verify", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
