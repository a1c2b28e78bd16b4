"""A person to tell the story of: a phone that rings only in the sandbox, papers that only the sandbox can read."""

import random
from dataclasses import dataclass, field
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    phone: str
    id_number: str
    address: str
    card_number: str
    password: str = field(repr=False)


def somebody(dice: random.Random) -> Person:
    """Somebody new each time, so that the story can be told twice."""
    return Person(
        name="随" + dice.choice("安宁明远佳和平乐"),
        phone="+86" + dice.choice(("138", "139", "150", "186", "188")) + "".join(dice.choices("123456789", k=8)),
        id_number=id_number(date(1990, 1, 1).replace(month=dice.randint(1, 12), day=dice.randint(1, 28)), dice),
        address="上海市黄浦区沙盒路 1 号",
        card_number=_with_luhn("622202" + "".join(dice.choices("123456789", k=12))),
        password=f"demo-{dice.randrange(10**12):012d}",
    )


def id_number(birthday: date, dice: random.Random) -> str:
    """An 18-digit resident identity number by GB 11643, in a region code of Shanghai."""
    body = f"310101{birthday:%Y%m%d}{dice.randrange(100, 400):03d}"
    return body + _CHECK[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def _with_luhn(body: str) -> str:
    doubled = [int(digit) * (2 - position % 2) for position, digit in enumerate(reversed(body))]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return body + str(-total % 10)
