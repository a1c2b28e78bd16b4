"""What the ports of all outside parties share: why a request of ours has no certain answer."""

from dataclasses import dataclass

from domain.shared.tolerant import Tolerant


class PartyFault(Tolerant):
    """Why there is no answer to believe. Only UNREACHED is sure that nothing happened."""

    UNREACHED = "UNREACHED"
    """Refused before anything was sent; the same request may be made again."""
    TIMEOUT = "TIMEOUT"
    BROKEN = "BROKEN"
    """An answer came and could not be read or proven."""
    REFUSED = "REFUSED"
    """The party read the request and would not take it: our settings or our bug."""
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class PartyError:
    """Part of a result in state UNKNOWN or refused; it is not raised. `message` is for people and holds no personal data."""

    fault: PartyFault
    message: str = ""
