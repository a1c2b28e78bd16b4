"""Days and moments are read as the schema describes them, and nothing else is."""

from datetime import date, datetime
from typing import Any

import pytest

from graph.scalars import SCALARS, Unreadable


def read(kind: type, value: object) -> Any:
    parse = SCALARS[kind].parse_value
    assert parse is not None
    return parse(value)


@pytest.mark.parametrize("text", ["2026-W08-5", "20260220xx", "2026-02-30", "2026-2-1", "２026-02-20", "", 20260220])
def test_a_day_is_written_with_its_month(text: object) -> None:
    assert isinstance(read(date, text), Unreadable)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-20T10:00:00",
        "2026-02-20 10:00:00+08:00",
        "2026-02-20T10:00+08:00",
        "2026-W08-5T10:00:00+08:00",
        "20260220T100000+0800",
        "2026-02-20T24:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_a_moment_is_written_to_the_second_and_with_its_offset(text: str) -> None:
    assert isinstance(read(datetime, text), Unreadable)


def test_what_is_written_so_is_read() -> None:
    assert read(date, "2026-02-20") == date(2026, 2, 20)
    assert read(datetime, "2026-02-20T02:00:00.5Z") == datetime.fromisoformat("2026-02-20T10:00:00.500000+08:00")
