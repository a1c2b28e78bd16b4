"""Passwords: argon2id, checked in the same time whether there is one or not."""

from importlib.util import module_from_spec, spec_from_file_location

import pytest

from domain.shared import passwords
from domain.shared.passwords import PasswordTooWeak, check_strength, hash_password, hashed, matches, outdated


async def test_a_password_matches_what_was_kept_and_nothing_else_does() -> None:
    kept = await hashed("a password")

    assert kept.startswith("$argon2id$")
    assert await matches(kept, "a password")
    assert not await matches(kept, "A password")
    assert not await matches(kept, "")


async def test_where_nothing_is_kept_nothing_matches() -> None:
    assert not await matches(None, "a password")
    assert not await matches("not a hash", "a password")


async def test_an_endless_password_is_not_hashed_at_all() -> None:
    assert not await matches(hash_password("x" * 200), "x" * 200)


def test_no_two_hashes_are_alike() -> None:
    assert hash_password("a password") != hash_password("a password")


def test_a_guess_costs_what_it_should_outside_these_tests() -> None:
    shipped = spec_from_file_location("passwords_as_shipped", passwords.__file__)
    assert shipped is not None
    assert shipped.loader is not None
    module = module_from_spec(shipped)
    shipped.loader.exec_module(module)

    assert module.hash_password("a password").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_costs_that_have_gone_up_show() -> None:
    assert not outdated(hash_password("a password"))
    assert outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b3dWRWJTmaaJObG")


@pytest.mark.parametrize("password", ["", "seven77", "12345678", "１２３４５６７８", "x" * 129])
def test_a_weak_password_says_what_a_strong_one_is(password: str) -> None:
    with pytest.raises(PasswordTooWeak) as refusal:
        check_strength(password, field="newPassword")

    assert refusal.value.fields == ("newPassword",)
    assert "8 to 128" in str(refusal.value)


def test_eight_characters_are_enough() -> None:
    check_strength("abcd1234")
