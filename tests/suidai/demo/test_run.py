"""The demo tells of its own failure in the form it promised."""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from rich.console import Console

from suidai.demo.api import StepFailed
from suidai.demo.run import _tell
from suidai.demo.stage import Stage
from suidai.demo.story import LENT, STORY
from tests.suidai.test_cli import suidai


class NoStage:
    """A stage on which nothing can begin."""

    def now(self) -> datetime:
        return datetime(2026, 1, 15, tzinfo=UTC)

    def clock_to(self, _moment: datetime) -> None:
        raise StepFailed("the API does not answer")


def test_a_story_that_cannot_begin_still_lists_every_step() -> None:
    told = _tell(cast("Stage", NoStage()), Console(quiet=True))

    assert [step.name for step in told] == ["the day begins", *(name for name, _ in STORY)]
    assert not any(step.ok for step in told)
    assert told[0].detail == "the API does not answer"


def test_who_is_lent_to_has_all_of_his_loan_before_him() -> None:
    assert [name for name, _ in LENT[-2:]] == ["loan is paid out", "plan begins at the value date"]
    assert STORY[: len(LENT)] == LENT


def test_there_must_be_a_suidai_in_which_the_borrower_stays(tmp_path: Path) -> None:
    told = suidai("demo", "--lend", folder=tmp_path)

    assert told.returncode == 1
    assert told.stderr.startswith("suidai: No suidai runs here to leave a borrower in")
