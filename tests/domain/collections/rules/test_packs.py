"""Which contact rules nobody can go by."""

from typing import Any

import pytest

from domain.collections.presets import CN_CBA_2026, CN_GBT_45251
from domain.collections.rules.packs import NotAPack, read

GBT = dict(CN_GBT_45251)


def test_what_is_shipped_can_be_gone_by() -> None:
    standard, association = read([GBT, dict(CN_CBA_2026)])

    assert (standard.effective_calls_per_day, standard.unanswered_per_day) == (3, None)
    assert (association.effective_calls_per_day, association.unanswered_per_day) == (None, 6)
    assert association.third_person is not None
    assert association.third_person.failed_in_a_row == 3


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "at least one pack"),
        ("cn_gbt_45251", "cannot be read"),
        ([GBT, GBT], "same code"),
        ([{"code": "x"}], "missing required field"),
        ([GBT | {"rest": {"from": "22:00"}}], "cannot be read"),
        ([GBT | {"rest": {"from": "late", "to": "08:00"}}], "cannot be read"),
        ([GBT | {"rest": {"from": "08:00", "to": "08:00"}}], "no hours of rest"),
        ([GBT | {"effective_calls_per_day": 0}], ">= 1"),
        ([GBT | {"third_person": {"failed_in_a_row": 0, "invalid_number": True}}], ">= 1"),
        ([GBT | {"colour": "red"}], "unknown field `colour`"),
    ],
    ids=range(10),
)
def test_nonsense_is_refused_with_a_sentence(value: Any, says: str) -> None:
    with pytest.raises(NotAPack) as refusal:
        read(value)

    assert says in str(refusal.value)
