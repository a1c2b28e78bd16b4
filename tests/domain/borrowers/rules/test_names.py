"""Names of people."""

import pytest

from domain.borrowers.errors import BadName
from domain.borrowers.rules import names


@pytest.mark.parametrize(
    "name", ["王明", "欧阳娜娜", "阿卜杜拉·买买提", "𠮷田", "Anna Müller", "Jean-Luc O'Neill", "John Q. Public", "Li"]
)
def test_chinese_and_latin_names_are_names(name: str) -> None:
    assert names.read(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "王", "L", "王明1", "王 明", "王Ming", "<b>", "·王明", "王明·", "Anna\nMüller2", "王" * 31, "a" * 61, "🙂🙂"],
)
def test_anything_else_is_not(name: str) -> None:
    with pytest.raises(BadName) as refusal:
        names.read(name)

    assert refusal.value.fields == ("name",)


def test_dots_of_any_kind_and_spaces_do_not_make_another_name() -> None:
    assert names.read("阿卜杜拉 • 买买提") == "阿卜杜拉·买买提"
    assert names.same("阿卜杜拉・买买提", "阿卜杜拉·买买提")
    assert names.same("  anna  müller ", "Anna Müller")
    assert not names.same("王小明", "王晓明")
