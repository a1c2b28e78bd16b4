"""What a bank card's number is: 12 to 19 digits whose last proves the others (Luhn)."""

import re

from domain.borrowers.errors import BadCardNumber

_SHAPE = re.compile(r"[0-9]{12,19}")


def read(text: str, *, field: str = "cardNumber") -> str:
    """The digits alone; spaces and hyphens between them do not count. Raises BadCardNumber."""
    digits = re.sub(r"[ \-]", "", text[:60])
    if not _SHAPE.fullmatch(digits) or not _luhn(digits) or not digits.strip("0"):
        raise BadCardNumber(fields=(field,))
    return digits


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[::-2]) + sum(doubled)) % 10 == 0
