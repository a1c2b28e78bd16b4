"""The rule by which a method gave an installment its principal: in symbols, and with the figures filled in.

A method may say its rule as `principal_rule`, a text that names what it uses of `{level}`, `{interest}`, `{balance}`:
"min({level}, {balance})"; and what its level is as `level_rule`: "S / n". One that says nothing is explained by what it
gave. Whatever the method, the last installment of a plan takes the rest.
"""

from collections.abc import Mapping
from typing import Any

from domain.lending.rules.explaining import words
from domain.lending.rules.explaining.explanation import Change, Text
from domain.lending.rules.methods import method_named, name_of
from domain.shared.money import yuan

_SYMBOLS = {"level": "A", "interest": "I", "balance": "B"}


def formula_of(method: str, change: Change) -> Text:
    """The formula of the plan in force."""
    added = [symbol for symbol, fen in (("t", change.tail_fen), ("s", change.stays_fen)) if fen]
    more = "".join(f" + {symbol}" for symbol in added)
    rule, name = _rule(method, change), name_of(method)
    if rule is None:
        return words.principal(Text(f"「{name['zh']}」{more}", f"“{name['en']}”{more}"), words.level(None), added)
    used = [symbol for place, symbol in _SYMBOLS.items() if f"{{{place}}}" in rule]
    symbols = f"{_put(rule, _SYMBOLS)}{more}"
    level = words.LEVEL_KEPT if change.level_kept else words.level(_said(method, "level_rule"))
    return words.principal(Text(symbols, symbols), level, [*used, *added])


def filled(method: str, change: Change) -> str:
    """With its figures: "min(max(1079.71 − 121.41, 0), 10117.35) = 958.30"."""
    level = {} if change.level_fen is None else {"level": yuan(change.level_fen)}
    values = {**level, "interest": yuan(change.interest_fen), "balance": yuan(change.balance_fen)}
    rule = _rule(method, change)
    given = yuan(change.given_fen) if rule is None else _put(rule, values)
    more = "".join(f" + {yuan(fen)}" for fen in (change.tail_fen, change.stays_fen) if fen)
    asked = yuan(change.after_fen)
    return asked if f"{given}{more}" == asked else f"{given}{more} = {asked}"


def _rule(method: str, change: Change) -> str | None:
    if not change.place:
        return "0"
    if change.place == change.of and not change.tail_fen:
        return "{balance}"
    return _said(method, "principal_rule")


def _said(method: str, what: str) -> str | None:
    said: Any = getattr(method_named(method), what, None)
    return said if isinstance(said, str) else None


def _put(rule: str, values: Mapping[str, str]) -> str:
    # not str.format: the text may be a stranger's, with braces of its own
    for name, value in values.items():
        rule = rule.replace(f"{{{name}}}", value)
    return rule
