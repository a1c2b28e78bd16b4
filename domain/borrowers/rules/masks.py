"""What may be shown of personal data to whoever has no reason to see it whole."""

from collections.abc import Callable

Mask = Callable[[str], str]


def phone(text: str) -> str:
    """138****1234"""
    local = text.removeprefix("+86")
    return f"{local[:3]}****{local[-4:]}"


def id_number(text: str) -> str:
    """110***********1234"""
    return f"{text[:3]}***********{text[-4:]}"


def name(text: str) -> str:
    """张** or L***: the first character; how long a Chinese name is, not how long another."""
    return text[:1] + ("*" * (len(text) - 1) if not text.isascii() else "***")


def card(last4: str) -> str:
    """**** 1234"""
    return f"**** {last4}"


def email(text: str) -> str:
    """z***@example.com"""
    local, _, domain = text.rpartition("@")
    return f"{local[:1]}***@{domain}"


def address(text: str) -> str:
    """The province and perhaps the city: six characters."""
    return f"{text[:6]}***"
