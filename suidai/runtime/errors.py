"""Why suidai does not start."""


class CannotStart(Exception):
    """Something outside the program is in the way. The text is one sentence that says what to do about it."""
