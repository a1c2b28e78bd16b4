"""Packs of contact rules: what a law or a guideline of the trade allows, as data that is checked when it is read."""

from typing import Annotated, Any

import msgspec

from domain.messaging.rules.quiet import QuietHours


class NotAPack(ValueError):
    """The policy's contact rules cannot be gone by; says why in a sentence."""


_AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class ThirdPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When somebody else may be asked where the debtor is: after so many failed calls in a row, or an invalid number."""

    failed_in_a_row: _AtLeastOne
    invalid_number: bool


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of one source. `third_person` None: nobody but the debtor; another None: no such limit."""

    code: str
    source: str
    rest: dict[str, str]
    effective_calls_per_day: _AtLeastOne | None
    unanswered_per_day: _AtLeastOne | None
    third_person: ThirdPerson | None

    def __post_init__(self) -> None:
        hours = self.resting
        if hours.begin == hours.end:
            raise ValueError(f"{self.code} has no hours of rest")

    @property
    def resting(self) -> QuietHours:
        """The Shanghai hours in which nobody is contacted."""
        return QuietHours.read(self.rest)


Packs = tuple[Pack, ...]


def read(value: Any) -> Packs:
    """The packs in a policy's value. Raises NotAPack."""
    try:
        packs = msgspec.convert(value, Packs)
    except (msgspec.ValidationError, KeyError, ValueError) as error:
        raise NotAPack(f"the contact rules cannot be read: {error}") from error
    if not packs:
        raise NotAPack("at least one pack of contact rules must be in force")
    if len({pack.code for pack in packs}) < len(packs):
        raise NotAPack("two packs of contact rules have the same code")
    return packs
