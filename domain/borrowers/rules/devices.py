"""What a log-in record may know of where it came from: coarse on purpose."""

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from domain.borrowers.errors import BadGeohash
from domain.borrowers.rules import texts

_GEOHASH = frozenset("0123456789bcdefghjkmnpqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class Device:
    """What the app says of its device, and the address the request came from. Nothing of it is kept as it is."""

    device_id: str | None = field(default=None, repr=False)
    model: str | None = None
    geohash: str | None = field(default=None, repr=False)
    ip: str | None = field(default=None, repr=False)


def coarse_place(geohash: str | None, *, field: str = "device.geohash") -> str | None:
    """Five characters of a geohash, about 5 km; the rest is not kept. Raises BadGeohash."""
    if not geohash:
        return None
    place = geohash.lower()[:5]
    if len(place) < 5 or not _GEOHASH.issuperset(place):
        raise BadGeohash(fields=(field,))
    return place


def coarse_address(ip: str | None) -> str | None:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; None for what is no address, such as a socket's path."""
    try:
        address = ip_address(ip or "")
    except ValueError:
        return None
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))


def model_of(device: Device) -> str | None:
    """Raises BadText."""
    return texts.optional(device.model, field="device.model", most=60)
