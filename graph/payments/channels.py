"""A channel by the code a client gave; one that cannot be used is a refusal."""

from domain.shared.errors import DomainError
from graph.context import House
from plugins.registry import ChannelListing, Status, Unavailable


class ChannelNotAvailable(DomainError):
    code = "CHANNEL_NOT_AVAILABLE"
    english = "The payment channel {channel!r} cannot be used; take one that paymentChannels says is READY."
    chinese = "支付渠道 {channel!r} 不可用；请选择 paymentChannels 中状态为 READY 的渠道。"
    passing = True


def offered(house: House, code: str) -> ChannelListing:
    """Raises ChannelNotAvailable."""
    try:
        house.registry.channel(code)
        return house.registry.listing(code)
    except Unavailable as trouble:
        raise ChannelNotAvailable(channel=code[:40], fields=("channel",)) from trouble


def ready(house: House) -> dict[str, ChannelListing]:
    """The channels that can be used now, by code."""
    return {listing.code: listing for listing in house.registry.channels() if listing.status is Status.READY}
