"""What short texts people write may be: an address, an employer, an e-mail address."""

import re

from domain.borrowers.errors import BadEmail, BadText
from domain.shared.lines import one_line

_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+)*@([A-Za-z0-9\-]+\.)+[A-Za-z]{2,}"
)


def short(text: str, *, field: str, least: int = 1, most: int = 100) -> str:
    """One line, without spaces at its ends. Raises BadText."""
    line = one_line(text, least=least, most=most)
    if line is None:
        raise BadText(least=least, most=most, fields=(field,))
    return line


def optional(text: str | None, *, field: str, least: int = 1, most: int = 100) -> str | None:
    """None for what was left out or left empty. Raises BadText."""
    if text is None or not text.strip():
        return None
    return short(text, field=field, least=least, most=most)


def email(text: str | None, *, field: str = "email") -> str | None:
    """Raises BadEmail. Whether mail arrives there is another question."""
    if text is None or not text.strip():
        return None
    address = text.strip()
    local, _, domain = address.rpartition("@")
    if len(address) > 254 or len(local) > 64 or not _EMAIL.fullmatch(address) or "-." in domain or ".-" in domain:
        raise BadEmail(fields=(field,))
    return address
