"""A stranger's method is tried before it may touch a loan."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import pytest

from domain.lending.rules.methods import BUILT_IN, Periods, RepaymentMethod
from domain.lending.rules.methods.trial import wrong_with
from plugins.testing import method_is_sound


class Sound:
    """Interest every second month, the principal at the end."""

    code = "SECOND_MONTHS"
    name: Mapping[str, str] = {"zh": "按双月付息", "en": "interest every second month"}

    def due_months(self, terms: int) -> Sequence[int]:
        return [*range(2, terms, 2), terms]

    def level_fen(self, balance_fen: int, periods: Periods) -> int | None:
        return None

    def principals(self, balance_fen: int, periods: Periods, level_fen: int | None) -> list[int]:
        return [0] * (len(periods) - 1) + [balance_fen]


class WithoutPrincipals:
    code = "HALF_DONE"
    name = Sound.name
    due_months = Sound.due_months
    level_fen = Sound.level_fen


def changed(**parts: Any) -> object:
    return type("Changed", (Sound,), parts)()


def _only_short(self: object, terms: int) -> Sequence[int]:
    return range(1, min(terms, 12) + 1)


def _not_small(self: object, balance_fen: int, periods: Periods, level_fen: int | None) -> list[int]:
    return [balance_fen - 100 * (len(periods) - 1)] + [100] * (len(periods) - 1)


def _only_whole(self: object, balance_fen: int, periods: Periods, level_fen: int | None) -> list[int]:
    return [balance_fen] if level_fen is None else [level_fen] * len(periods)


_turns = count()


def _another_every_time(self: object, terms: int) -> Sequence[int]:
    return (terms,) if next(_turns) % 2 else range(1, terms + 1)


WRONG = {
    "a number": (3, "offers a int without code"),
    "a class of something else": (WithoutPrincipals(), "without principals"),
    "lower case": (changed(code="second_months"), "capital letters"),
    "a space": (changed(code="SECOND MONTHS"), "capital letters"),
    "no code": (changed(code=None), "capital letters"),
    "a long code": (changed(code="X" * 33), "up to 32"),
    "no name": (changed(name="按双月付息"), "what it is called in zh and en"),
    "a long name": (changed(name={"zh": "按双月付息", "en": "interest " * 8}), "up to 60 characters"),
    "half a name": (changed(name={"zh": "按双月付息", "en": " "}), "what it is called in zh and en"),
    "longer loans end early": (changed(due_months=_only_short), "installments of 13 months"),
    "less than nothing of a small loan": (changed(principals=_not_small), "spreads 1 fen over 2 periods as"),
    "no answer to a prepayment": (changed(principals=_only_whole), "over 2 periods"),
    "another answer every time": (changed(due_months=_another_every_time), "asked again"),
    "a level in yuan": (changed(level_fen=lambda self, balance_fen, periods: 1.5), "stay the same"),
    "a method that raises": (changed(principals=lambda self, *asked: {}["x"]), "KeyError"),
}


@pytest.mark.parametrize("method", [*BUILT_IN, Sound()], ids=lambda method: method.code)
def test_a_sound_method_passes(method: RepaymentMethod) -> None:
    assert wrong_with(method) == ""
    method_is_sound(method)


@pytest.mark.parametrize(("method", "why"), WRONG.values(), ids=WRONG)
def test_an_unsound_method_is_told_apart_and_why(method: Any, why: str) -> None:
    assert why in wrong_with(method)
    with pytest.raises(AssertionError, match=why):
        method_is_sound(method)
