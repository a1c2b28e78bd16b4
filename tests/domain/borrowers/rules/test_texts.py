"""Short texts and e-mail addresses."""

import pytest

from domain.borrowers.errors import BadEmail, BadText
from domain.borrowers.rules import texts


def test_spaces_at_the_ends_go() -> None:
    assert texts.short("  某某公司 ", field="employer") == "某某公司"


@pytest.mark.parametrize("text", ["", "   ", "a", "two\nlines", "nul\x00", "x" * 101, "hidden\u202etxt"])
def test_what_is_too_short_too_long_or_not_one_line_is_refused(text: str) -> None:
    with pytest.raises(BadText) as refusal:
        texts.short(text, field="employer", least=2, most=100)

    assert refusal.value.fields == ("employer",)


def test_what_is_left_out_is_nothing() -> None:
    assert texts.optional(None, field="position") is None
    assert texts.optional("  ", field="position") is None
    assert texts.email("") is None


@pytest.mark.parametrize("address", ["a@b.cn", "first.last+tag@sub.example.com", " someone@example.com "])
def test_addresses_are_taken(address: str) -> None:
    assert texts.email(address) == address.strip()


@pytest.mark.parametrize(
    "address",
    [
        "a",
        "a@b",
        "@b.cn",
        "a@b..cn",
        "a b@c.cn",
        "a@-.cn",
        "a@b.c",
        "x" * 65 + "@b.cn",
        "a@" + "b" * 255 + ".cn",
        "a..b@c.cn",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadEmail) as refusal:
        texts.email(address)

    assert refusal.value.fields == ("email",)
