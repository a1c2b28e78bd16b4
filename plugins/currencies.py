"""For a wire that names no currency, or one only: what is asked for in another would be taken in yuan."""

from domain.payments.ports import NotOffered
from domain.shared.money import CURRENCY


def must_be_yuan(channel: str, *currencies: str) -> None:
    """Refuse any other currency before something is sent. Raises NotOffered."""
    for other in {*currencies} - {CURRENCY}:
        raise NotOffered(channel, f"currency {other}")
