"""What is shown of personal data."""

from domain.borrowers.rules import masks


def test_the_masks_are_the_agreed_ones() -> None:
    assert masks.phone("+8613800001234") == "138****1234"
    assert masks.id_number("110101199001011234") == "110***********1234"
    assert masks.card("0009") == "**** 0009"


def test_of_a_name_the_first_character_stays() -> None:
    assert masks.name("王小明") == "王**"
    assert masks.name("Anna") == "A***"


def test_of_an_address_the_beginning_stays() -> None:
    assert masks.email("zhang@example.com") == "z***@example.com"
    assert masks.address("北京市东城区某街一号") == "北京市东城区***"
