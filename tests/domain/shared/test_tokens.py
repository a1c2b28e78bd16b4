"""Access tokens: signed, short-lived by real time, read back as they were given."""

import base64
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.actors import Actor, ActorKind, Role
from domain.shared.ids import new_id
from domain.shared.tokens import RefreshToken, SessionOver, TokenExpired, TokenInvalid, Tokens

NOW = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
KEY = bytes(range(32))
TOKENS = Tokens(KEY)
CLERK = Actor(ActorKind.STAFF, new_id(), frozenset({Role.REVIEWER, Role.FINANCE}))


def test_a_token_says_who_and_by_which_log_in() -> None:
    session_id = new_id()
    bearer = TOKENS.read(TOKENS.issue(CLERK, session_id, now=NOW).text, now=NOW)

    assert (bearer.actor, bearer.session_id) == (CLERK, session_id)


def test_it_lives_for_fifteen_minutes() -> None:
    token = TOKENS.issue(CLERK, new_id(), now=NOW)

    assert token.expires_at == NOW + timedelta(minutes=15)
    assert TOKENS.read(token.text, now=NOW + timedelta(minutes=15, seconds=-1))
    with pytest.raises(TokenExpired):
        TOKENS.read(token.text, now=NOW + timedelta(minutes=15))


def test_only_our_key_signs() -> None:
    token = TOKENS.issue(CLERK, new_id(), now=NOW).text
    header, body, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    forged = [
        Tokens(bytes(32)).issue(CLERK, new_id(), now=NOW).text,
        jwt.encode({**claims, "roles": ["ADMIN"]}, None, algorithm="none"),
        jwt.encode(claims, KEY * 2, algorithm="HS512"),
        jwt.encode({**claims, "iss": "somebody"}, KEY, algorithm="HS256"),
        jwt.encode({**claims, "roles": ["EMPEROR"]}, KEY, algorithm="HS256"),
        jwt.encode({"iss": "suidai", "sub": "x", "exp": 1}, KEY, algorithm="HS256"),
        f"{header}.{body}.{signature[:-4]}AAAA",
        f"{header}.{body}.",
        "",
        "garbage",
    ]
    for text in forged:
        with pytest.raises(TokenInvalid):
            TOKENS.read(text, now=NOW)


@given(st.text(max_size=200))
def test_no_text_makes_it_stumble(text: str) -> None:
    with pytest.raises(TokenInvalid):
        TOKENS.read(text, now=NOW)


def test_its_repr_does_not_show_it() -> None:
    token = TOKENS.issue(CLERK, new_id(), now=NOW)

    assert token.text not in repr(token)


def test_the_key_has_32_bytes() -> None:
    assert Tokens.from_base64(base64.b64encode(KEY).decode()).read(TOKENS.issue(CLERK, new_id(), now=NOW).text, now=NOW)
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(b"short")


def test_a_refresh_token_has_256_random_bits_each_turn_and_keeps_its_family() -> None:
    first = RefreshToken.new()
    second = first.next()

    assert first.family_hash == second.family_hash
    assert first.turn_hash != second.turn_hash
    assert RefreshToken.read(second.text.reveal()) == second
    assert second.text.reveal() not in repr(second)
    assert len(base64.urlsafe_b64decode(first.text.reveal())) == 48


@given(st.text(max_size=100))
def test_what_is_no_refresh_token_is_refused(text: str) -> None:
    with pytest.raises(SessionOver):
        RefreshToken.read(text)
