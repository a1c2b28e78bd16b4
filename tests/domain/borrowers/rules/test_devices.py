"""What a log-in record knows of its place: coarse on purpose."""

import pytest

from domain.borrowers.errors import BadGeohash
from domain.borrowers.rules import devices
from domain.borrowers.rules.devices import Device


def test_of_a_place_five_characters_stay() -> None:
    assert devices.coarse_place("WX4G0EC1") == "wx4g0"
    assert devices.coarse_place(None) is None


@pytest.mark.parametrize("place", ["wx4", "wx4ga", "40.1,116.2"])
def test_what_is_no_geohash_is_refused(place: str) -> None:
    with pytest.raises(BadGeohash):
        devices.coarse_place(place)


@pytest.mark.parametrize(
    ("ip", "prefix"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        (None, None),
        ("", None),
        ("/run/socket", None),
    ],
)
def test_of_an_address_the_network_stays(ip: str | None, prefix: str | None) -> None:
    assert devices.coarse_address(ip) == prefix


def test_its_repr_shows_neither_device_nor_place() -> None:
    shown = repr(Device(device_id="a-device", model="Pixel", geohash="wx4g0ec1", ip="203.0.113.77"))

    assert "a-device" not in shown
    assert "wx4g0" not in shown
    assert "203.0" not in shown
