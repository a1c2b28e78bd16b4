"""Cannot be imported."""

raise RuntimeError("there is no such bank")
