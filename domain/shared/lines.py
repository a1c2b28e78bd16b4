"""Short texts that people write: one line, of a bounded length."""

import unicodedata


def one_line(text: str, *, least: int, most: int) -> str | None:
    """The text composed and without blanks at its ends; None if it is too short, too long or more than a line."""
    line = unicodedata.normalize("NFC", text[: most * 4]).strip()
    if not least <= len(line) <= most or any(unicodedata.category(letter)[0] == "C" for letter in line):
        return None
    return line
