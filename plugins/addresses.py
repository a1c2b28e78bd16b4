"""Which addresses a channel may be reached at: over TLS, or on this machine."""

from urllib.parse import urlsplit


def require_https(url: str, setting: str) -> None:
    """Refuse an address over which others could listen in. Raises ValueError, naming the setting.

    Answers are signed and yet can be replayed by whoever sits on an open line.
    """
    try:
        address = urlsplit(url)
        _ = address.port
    except ValueError:
        # No call would leave for there, and each would look like one nobody knows the end of.
        raise ValueError(f"{setting} has a host or a port that is none") from None
    open_line = address.scheme != "https" and not (address.scheme == "http" and _is_nobodys(address.hostname or ""))
    if open_line or not address.hostname:
        raise ValueError(f"{setting} must begin with https://")


def _is_nobodys(host: str) -> bool:
    """Whether a host is this machine, or a name that RFC 6761 keeps for tests."""
    return host in {"127.0.0.1", "::1"} or host.rpartition(".")[2] in {"localhost", "test"}
