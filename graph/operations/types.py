"""The business clock and the jobs that failed, as the API shows them."""

from datetime import datetime
from typing import Self

import strawberry

from domain.shared.outbox import OutboxRow, OutboxState
from graph.ids import global_id


@strawberry.type(description="The time the business goes by. In development it can be moved ahead, never back.")
class BusinessClock:
    now: datetime = strawberry.field(description="Business time.")
    pending: int = strawberry.field(
        description="Work that is due and not done: scheduled moments, announcements, messages. 0: all is settled."
    )


@strawberry.type(description="Something to be done after an act, whose doing failed. Nothing of it was done by half.")
class Job:
    id: strawberry.ID = strawberry.field(description="Its id, for retryJob.")
    topic: str = strawberry.field(description="What had happened, such as payments.settled.")
    given_up: bool = strawberry.field(description="True: it is tried no more until retryJob. False: it is tried again.")
    tries: int = strawberry.field(description="How often it failed.")
    last_error: str | None = strawberry.field(description="Why it failed the last time, for a developer.")
    announced_at: datetime = strawberry.field(description="Since when it is to be done, in real time.")
    next_try_at: datetime | None = strawberry.field(description="When it is tried next, in real time.")

    @classmethod
    def of(cls, row: OutboxRow) -> Self:
        given_up = row.state is OutboxState.DEAD
        return cls(
            id=global_id("Job", row.id),
            topic=row.topic,
            given_up=given_up,
            tries=row.tries,
            last_error=row.last_error,
            announced_at=row.created_at,
            next_try_at=None if given_up else row.available_at,
        )
