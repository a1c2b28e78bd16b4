"""What a reviewer may give reasons for."""

import pytest

from domain.credit.rules.parts import is_part


@pytest.mark.parametrize("field", ["employment", "employment.monthlyPay", "bankCard", "contacts.1.phone"])
def test_a_reason_names_a_part_or_a_field_of_one(field: str) -> None:
    assert is_part(field)


@pytest.mark.parametrize("field", ["", "salary", "employment.", ".monthlyPay", "Employment"])
def test_and_nothing_else(field: str) -> None:
    assert not is_part(field)
