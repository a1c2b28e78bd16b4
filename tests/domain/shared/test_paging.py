"""A page of a short list that was read whole lies where one of a table would."""

from datetime import date
from uuid import UUID

import pytest

from domain.shared.paging import Key, NotACursor, Window, part_of

DAYS = [date(2026, 3, day) for day in (4, 3, 3, 1)]
ROWS: list[Key] = [(day, UUID(int=9 - n)) for n, day in enumerate(DAYS)]


def own(row: Key) -> Key:
    return row


def test_a_page_begins_beyond_its_cursor_and_between_equal_days_too() -> None:
    assert part_of(ROWS, own, Window(3)) == ROWS[:3]
    assert part_of(ROWS, own, Window(3, cursor=ROWS[1])) == ROWS[2:]
    assert part_of(ROWS, own, Window(3, cursor=ROWS[3])) == []


def test_from_its_end_it_comes_backwards() -> None:
    assert part_of(ROWS, own, Window(2, backward=True)) == [ROWS[3], ROWS[2]]
    assert part_of(ROWS, own, Window(9, backward=True, cursor=ROWS[1])) == [ROWS[0]]


def test_a_cursor_may_be_written_down_and_is_of_this_list() -> None:
    day, id_ = ROWS[0]

    assert part_of(ROWS, own, Window(1, cursor=(day.isoformat(), str(id_)))) == [ROWS[1]]
    for cursor in [(day, UUID(int=1)), ("yesterday", id_), (day,), (str(id_), id_)]:
        with pytest.raises(NotACursor):
            part_of(ROWS, own, Window(1, cursor=cursor))
    with pytest.raises(NotACursor):
        part_of([], own, Window(1, cursor=ROWS[0]))


def test_a_list_may_go_by_the_id_of_something_else() -> None:
    rows: list[Key] = [(UUID(int=n), UUID(int=n + 1)) for n in range(3)]

    assert part_of(rows, own, Window(9, cursor=(str(rows[0][0]), str(rows[0][1])))) == rows[1:]
