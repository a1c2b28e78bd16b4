"""Web addresses that people give us: nothing but a page, and not endlessly long."""

import re

LONGEST = 256
_ADDRESS = re.compile(r"https?://[^\s/?#@]+([/?#]\S*)?")


def is_web_address(text: str) -> bool:
    """Whether a browser that is sent there finds a page: no credentials, no other scheme, no blanks."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None
