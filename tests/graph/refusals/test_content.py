"""Banners nobody could read, reach or see."""

import pytest

from tests.graph.refusals.refusal import Refusal, nowhere, refusing
from tests.graph.town import Town

SPRING = {
    "position": 1,
    "titleZh": "春日好礼",
    "titleEn": "Spring",
    "imageUrl": "https://cdn.example.com/spring.png",
    "linkUrl": "https://suidai.example.com/spring",
}
saving = refusing("saveBanner", "admin", SPRING, once=False)

REFUSALS = [
    saving("no id", "WRONG_ID", "bannerId", bannerId="x"),
    saving("an empty id", "WRONG_ID", "bannerId", bannerId=""),
    saving("another kind of id", "WRONG_ID", "bannerId", bannerId="debtor's running"),
    saving("none such", "BANNER_NOT_FOUND", "bannerId", bannerId=nowhere("Banner")),
    *[
        saving(f"place {place}", "BAD_BANNER_PLACE", "position", "1 to 100", position=place)
        for place in (0, -1, 101, 2**31 - 1)
    ],
    *[
        saving(f"title {n} in {field}", "BAD_BANNER_TEXT", field, "1 to 60", **{field: title})
        for field in ("titleZh", "titleEn")
        for n, title in enumerate(("", " ", "x" * 61, "two\nlines", "\u202e"))
    ],
    saving("no text", "UNREADABLE_INPUT", "titleEn", "NUL", titleEn="a\x00"),
    *[
        saving(f"address {n} in {field}", "BAD_BANNER_ADDRESS", field, "https://", **{field: address})
        for field in ("imageUrl", "linkUrl")
        for n, address in enumerate(
            ("", "javascript:alert(1)", "//a.example", "https://me:secret@a.example", f"https://a.example/{'x' * 256}")
        )
    ],
    saving("ends before it begins", "BAD_BANNER_TIME", "shownUntil", shownUntil="2026-02-20T10:00:00+08:00"),
    saving("no moment", "UNREADABLE_INPUT", "shownFrom", '"tomorrow"', shownFrom="tomorrow"),
    saving("no offset", "UNREADABLE_INPUT", "shownUntil", "with an offset", shownUntil="2026-03-01T00:00:00"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
