"""What a person's name is, and when two spellings are one name."""

import re
import unicodedata

from domain.borrowers.errors import BadName

LONGEST = 60
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_CHINESE = re.compile(rf"[{_HAN}]{{2,30}}|[{_HAN}]{{1,30}}(?:·[{_HAN}]{{1,30}}){{1,4}}")
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+(?:[ '\-.]{1,2}[A-Za-zÀ-ÖØ-öø-ÿ]+)*\.?")
_DOTS = re.compile(r"\s*[\u00b7\u2022\u2027\u30fb\u2219\u22c5\uff65]\s*")


def read(text: str, *, field: str = "name") -> str:
    """A Chinese name (the parts of a minority name joined by ·) or a Latin one. Raises BadName."""
    name = _tidy(text)
    latin = _LATIN.fullmatch(name) is not None and len(name) >= 2
    if len(name) > LONGEST or not (latin or _CHINESE.fullmatch(name)):
        raise BadName(longest=LONGEST, fields=(field,))
    return name


def same(one: str, other: str) -> bool:
    """Whether two spellings are one name: dots of any kind, width, case and spaces at the ends do not count."""
    return _tidy(one).casefold() == _tidy(other).casefold()


def _tidy(text: str) -> str:
    flat = unicodedata.normalize("NFKC", text[:200])
    return " ".join(_DOTS.sub("·", flat).split())
