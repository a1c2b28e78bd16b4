"""The laws of a credit line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credit.rules.line import Holding, LineMovementKind, holding_after

K = LineMovementKind
sums = st.integers(1, 10**9)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[LineMovementKind, int]]:
    """Movements as loans make them: what is given back was taken before; a limit goes up and down at any time."""
    movements = [(K.GRANT, draw(sums))]
    holding = holding_after(movements)
    for _ in range(draw(st.integers(0, 30))):
        most = {
            K.RESERVE: holding.available_fen,
            K.RELEASE: holding.reserved_fen,
            K.USE: holding.reserved_fen,
            K.RESTORE: holding.used_fen,
            K.TAKE_BACK: 10**9,
        }
        kind = draw(st.sampled_from([*(kind for kind, fen in most.items() if fen), K.CHANGE_LIMIT]))
        if kind is K.CHANGE_LIMIT:
            amount_fen = draw(st.integers(-holding.limit_fen, 10**9))
        else:
            amount_fen = draw(st.integers(1, most[kind]))
        movements.append((kind, amount_fen))
        holding = holding.moved(kind, amount_fen)
    return movements


@given(histories())
def test_the_sums_of_a_line_are_the_sums_of_its_movements(movements: list[tuple[LineMovementKind, int]]) -> None:
    def moved(*kinds: LineMovementKind) -> int:
        return sum(amount_fen for kind, amount_fen in movements if kind in kinds)

    holding = holding_after(movements)

    assert holding.limit_fen == moved(K.GRANT, K.CHANGE_LIMIT)
    assert holding.reserved_fen == moved(K.RESERVE) - moved(K.RELEASE, K.USE)
    assert holding.used_fen == moved(K.USE, K.TAKE_BACK) - moved(K.RESTORE)


@given(histories())
def test_nothing_in_a_line_is_ever_less_than_nothing(movements: list[tuple[LineMovementKind, int]]) -> None:
    for n in range(len(movements) + 1):
        holding = holding_after(movements[:n])
        assert min(holding.limit_fen, holding.used_fen, holding.reserved_fen, holding.available_fen) >= 0


@given(histories(), sums)
def test_no_reservation_passes_what_is_available(movements: list[tuple[LineMovementKind, int]], more_fen: int) -> None:
    holding = holding_after(movements)
    with pytest.raises(ValueError):
        holding.moved(K.RESERVE, holding.available_fen + more_fen)


@pytest.mark.parametrize("kind", [K.RELEASE, K.USE, K.RESTORE])
def test_more_than_was_taken_cannot_be_given_back(kind: LineMovementKind) -> None:
    with pytest.raises(ValueError):
        Holding(limit_fen=100, used_fen=10, reserved_fen=10).moved(kind, 11)


@pytest.mark.parametrize("amount_fen", [0, -1])
@pytest.mark.parametrize("kind", [kind for kind in K if kind is not K.CHANGE_LIMIT])
def test_a_movement_moves_something(kind: LineMovementKind, amount_fen: int) -> None:
    with pytest.raises(ValueError):
        Holding(limit_fen=100, used_fen=10, reserved_fen=10).moved(kind, amount_fen)


def test_a_limit_lowered_below_what_is_used_leaves_nothing_available() -> None:
    assert Holding(limit_fen=100, used_fen=90).moved(K.CHANGE_LIMIT, -50).available_fen == 0
