"""How an answer's text is taken apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.channels.bank_withholding.answers import Malformed, read, write


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=&b=2", {"a": "", "b": "2"}),
        ("signature=q+/w==&a=1", {"signature": "q+/w==", "a": "1"}),
        ("reserved={x=1&y=2}&a=1", {"reserved": "{x=1&y=2}", "a": "1"}),
        ("cardTransData={a=[1&2]&b={c=3&d=4}}&a=1", {"cardTransData": "{a=[1&2]&b={c=3&d=4}}", "a": "1"}),
        ("list=[1&2&3]&a=1", {"list": "[1&2&3]", "a": "1"}),
        ("respMsg=成功[0000000]&a=1", {"respMsg": "成功[0000000]", "a": "1"}),
        ("respMsg=失败]}&a=1", {"respMsg": "失败]}", "a": "1"}),
        ("cert=-----BEGIN-----\nAB==\n-----END-----&a=1", {"cert": "-----BEGIN-----\nAB==\n-----END-----", "a": "1"}),
        ("encoded=%E6%88%90&a=1", {"encoded": "%E6%88%90", "a": "1"}),
    ],
    ids=range(10),
)
def test_fields_are_told_apart_outside_of_groups(text: str, fields: dict[str, str]) -> None:
    assert read(text) == fields
    assert write(fields) == text


@pytest.mark.parametrize("text", ["", "a", "a=1&", "=1", "a=1&a=2", "a=1&&b=2"])
def test_what_is_not_fields_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read(text)


plain = st.text(st.characters(exclude_characters="&{}[]=", exclude_categories=["Cs"]), min_size=1)
value = st.lists(plain | st.just("="), max_size=4).map("".join)
group = st.dictionaries(plain, value, min_size=1, max_size=3).map(lambda inner: f"{{{write(inner)}}}")


@settings(max_examples=50)
@given(st.dictionaries(plain, value | group, min_size=1, max_size=6))
def test_what_is_written_is_read_again(fields: dict[str, str]) -> None:
    assert read(write(fields)) == fields
