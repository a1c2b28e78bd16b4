"""The demo tells of its own failure in the form it promised."""

from datetime import UTC, datetime
from typing import cast

from rich.console import Console

from suidai.demo.api import StepFailed
from suidai.demo.run import _tell
from suidai.demo.stage import Stage
from suidai.demo.story import STORY


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
