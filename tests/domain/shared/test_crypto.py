"""Personal data at rest: sealed per person and field, found by a keyed index, gone when the key is."""

import base64

import pytest
from cryptography.exceptions import InvalidTag

from domain.shared.crypto import Box, Keyring, hashed_secret

MASTER = bytes(range(32))


@pytest.fixture
def ring() -> Keyring:
    return Keyring.from_master(MASTER)


@pytest.fixture
def box(ring: Keyring) -> Box:
    return ring.box(ring.new_data_key())


def test_what_was_sealed_opens_again(box: Box) -> None:
    assert box.open("name", box.seal("name", "张三")) == "张三"
    assert box.open_bytes("image", box.seal_bytes("image", b"\x00\xff")) == b"\x00\xff"


def test_the_same_text_sealed_twice_looks_different(box: Box) -> None:
    assert box.seal("name", "张三") != box.seal("name", "张三")


def test_nothing_of_the_text_is_seen_in_what_is_sealed(box: Box) -> None:
    assert b"13800138000" not in box.seal("phone", "13800138000")


def test_a_value_moved_to_another_field_does_not_open(box: Box) -> None:
    with pytest.raises(InvalidTag):
        box.open("email", box.seal("phone", "13800138000"))


def test_a_value_with_one_bit_changed_does_not_open(box: Box) -> None:
    sealed = bytearray(box.seal("phone", "13800138000"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        box.open("phone", bytes(sealed))


def test_one_persons_box_does_not_open_anothers(ring: Keyring, box: Box) -> None:
    other = ring.box(ring.new_data_key())
    with pytest.raises(InvalidTag):
        other.open("phone", box.seal("phone", "13800138000"))


def test_the_box_is_the_same_after_a_restart_from_the_wrapped_key(ring: Keyring) -> None:
    wrapped = ring.new_data_key()
    sealed = ring.box(wrapped).seal("phone", "13800138000")

    assert Keyring.from_master(MASTER).box(wrapped).open("phone", sealed) == "13800138000"


def test_another_master_key_opens_no_data_key(ring: Keyring) -> None:
    with pytest.raises(InvalidTag):
        Keyring.from_master(bytes(32)).box(ring.new_data_key())


def test_the_index_finds_equal_values_of_one_kind_only(ring: Keyring) -> None:
    phone = ring.index("phone", "13800138000")

    assert phone == ring.index("phone", "13800138000")
    assert phone != ring.index("phone", "13800138001")
    assert phone != ring.index("card", "13800138000")
    assert phone != Keyring.from_master(bytes(32)).index("phone", "13800138000")


def test_the_end_of_a_kind_and_the_start_of_a_value_do_not_run_into_each_other(ring: Keyring) -> None:
    assert ring.index("ab", "c") != ring.index("a", "bc")


def test_the_systems_box_and_a_persons_are_different_keys(ring: Keyring, box: Box) -> None:
    with pytest.raises(InvalidTag):
        box.open("message_to", ring.system.seal("message_to", "13800138000"))


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_master_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring.from_master(bytes(length))


def test_the_master_key_is_read_from_base64_and_nothing_else(ring: Keyring) -> None:
    read = Keyring.from_base64(base64.b64encode(MASTER).decode())

    assert read.index("phone", "1") == ring.index("phone", "1")
    with pytest.raises(ValueError):
        Keyring.from_base64("not base64!")


def test_no_key_shows_in_a_repr(ring: Keyring, box: Box) -> None:
    assert repr(ring) == "Keyring()"
    assert repr(box) == "Box()"


def test_a_secret_we_handed_out_is_kept_as_its_hash() -> None:
    assert hashed_secret("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
