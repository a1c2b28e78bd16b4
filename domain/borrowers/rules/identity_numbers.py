"""The 18-digit identity number of GB 11643: region, date of birth, order, check digit."""

import re
from dataclasses import dataclass
from datetime import date

from domain.borrowers.errors import BadIdNumber, UnderAge
from domain.shared.days import add_months

ADULT_AGE = 18
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_REGIONS = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82, 83),
    )
    for code in codes
)


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A number that can be: its check digit holds and its day exists."""

    text: str
    born_on: date

    def __repr__(self) -> str:
        return "IdNumber(**********)"

    def is_adult(self, today: date) -> bool:
        """Adult from the 18th birthday on; born on 29 February, from 28 February in other years than leap ones."""
        return add_months(self.born_on, ADULT_AGE * 12) <= today


def read(text: str, *, field: str = "idNumber") -> IdNumber:
    """Raises BadIdNumber."""
    number = text.strip().upper()
    if not _SHAPE.fullmatch(number) or number[:2] not in _REGIONS or number[17] != _check_digit(number):
        raise BadIdNumber(fields=(field,))
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise BadIdNumber(fields=(field,)) from error
    return IdNumber(number, born_on)


def of_an_adult(text: str, *, today: date, field: str = "idNumber") -> IdNumber:
    """Raises BadIdNumber, UnderAge."""
    number = read(text, field=field)
    if number.born_on > today or number.born_on.year < 1900:
        raise BadIdNumber(fields=(field,))
    if not number.is_adult(today):
        raise UnderAge(age=ADULT_AGE, fields=(field,))
    return number


def _check_digit(number: str) -> str:
    return _CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True)) % 11]
