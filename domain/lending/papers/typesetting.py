"""Facts and a template become a PDF: PDF/A-2u, its fonts within it, no character lost, the same bytes for the same facts."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst

PDF = "application/pdf"
TEXT = "text/plain; charset=utf-8"

_TEMPLATES = Path(__file__).parent / "templates"
_FONTS = "pylopdf_fonts_zh_cn"
_STANDARD = "a-2u"
"""For archives: every font embedded, every glyph readable as text; a glyph that is missing is an error, not a blank."""


class FontsMissing(RuntimeError):
    """The wheel with the fonts is not installed, or does not hold them."""


def typeset(template: str, facts: Mapping[str, Any], *, at: datetime) -> bytes:
    """The paper of this template. `facts` are texts, flags, and lists and tables of them; `at` is the paper's own date.

    Some 20 ms of a processor, most of them without the interpreter's lock: call it in a thread, and outside a
    transaction. Raises FontsMissing.
    """
    return typst.compile(
        str(_TEMPLATES / f"{template}.typ"),
        root=str(_TEMPLATES),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps(_settable(facts), ensure_ascii=False)},
        format="pdf",
        pdf_standards=[_STANDARD],
        timestamp=int(at.timestamp()),
    )


def content_type_of(document: bytes) -> str:
    """What a document is by its bytes: contracts were plain text before they were set."""
    return PDF if document.startswith(b"%PDF-") else TEXT


def settable(text: str) -> str:
    """The text with a mark in place of each character that no font here has: 𠮷 is 〓（U+20BB7）.

    〓 has stood for a missing piece of type in print for a century; the code point after it says which one is meant.
    """
    known = _characters()
    line = re.sub(r"[\t\r\n]", " ", text)
    return "".join(each if ord(each) in known else f"〓（U+{ord(each):04X}）" for each in line)


def _settable(value: Any) -> Any:
    match value:
        case str():
            return settable(value)
        case Mapping():
            return {key: _settable(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case list() | tuple():
            return [_settable(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_files()[0].parent)])


@cache
def _characters() -> frozenset[int]:
    """The code points that both faces have, so that a text may be set in either."""
    song, hei = map(_characters_of, _files())
    return song & hei


def _characters_of(file: Path) -> frozenset[int]:
    # A tenth of a second to import: only who sets a paper waits for it.
    from fontTools.ttLib import TTFont  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs] - it has no stubs

    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


@cache
def _files() -> tuple[Path, ...]:
    """Song for what is read, Hei for what leads: a wheel of data, found without running it."""
    found = find_spec(_FONTS)
    folder = Path(found.origin).parent if found is not None and found.origin else None
    files = tuple(sorted(folder.glob("*.otf"))) if folder else ()
    if len(files) != 2:
        raise FontsMissing(f"papers are set in the fonts of the package {_FONTS}: install it")
    return files
