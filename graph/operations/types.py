"""The business clock as the API shows it."""

from datetime import datetime

import strawberry


@strawberry.type(description="The time the business goes by. In development it can be moved ahead, never back.")
class BusinessClock:
    now: datetime = strawberry.field(description="Business time.")
    pending: int = strawberry.field(
        description="Work that is due and not done: scheduled moments, announcements, messages. 0: all is settled."
    )
