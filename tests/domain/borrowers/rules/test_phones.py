"""A phone is a mobile of mainland China, however it is written."""

import pytest

from domain.borrowers.errors import NotAMobile, NotAPhone
from domain.borrowers.rules import phones


@pytest.mark.parametrize(
    "written",
    [
        "13800001234",
        "+8613800001234",
        "+86 138 0000 1234",
        "0086 138-0000-1234",
        "１３８００００１２３４",
        " 138 0000 1234 ",
    ],
)
def test_one_phone_has_one_form_however_it_is_written(written: str) -> None:
    assert phones.mobile(written) == "+8613800001234"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "phone",
        "1380000123",
        "138000012345",
        "12000001234",
        "010-62501234",
        "+852 5123 4567",
        "+1 202 555 0123",
        "13800001234 ext. 5",
        "1" * 5000,
    ],
)
def test_what_is_no_mobile_of_the_mainland_is_refused(written: str) -> None:
    with pytest.raises(NotAMobile) as refusal:
        phones.mobile(written, field="newPhone")

    assert refusal.value.fields == ("newPhone",)


def test_an_employer_may_have_a_fixed_line() -> None:
    assert phones.any_phone("010-62501234", field="phone") == "+861062501234"
    assert phones.any_phone("13800001234", field="phone") == "+8613800001234"


def test_but_not_one_abroad() -> None:
    with pytest.raises(NotAPhone):
        phones.any_phone("+44 20 7946 0958", field="phone")
