"""The four arguments of every list, described once."""

from typing import Annotated

import strawberry

First = Annotated[int | None, strawberry.argument(description="How many from the beginning, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the end, 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")]
