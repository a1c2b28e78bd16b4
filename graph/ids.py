"""Opaque global ids: which kind of thing and which one. A wrong kind or a broken id is a refusal, never a fault."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

import strawberry

from domain.shared.errors import DomainError


class WrongId(DomainError):
    code = "WRONG_ID"
    english = "{id!r} is not the id of a {kind}; take the `id` the API gave you."
    chinese = "{id!r} 不是 {kind} 的标识；请使用接口返回的 id。"


def global_id(kind: str, key: UUID) -> strawberry.ID:
    return strawberry.ID(urlsafe_b64encode(kind.encode() + b":" + key.bytes).decode().rstrip("="))


def read_any(text: str) -> tuple[str, UUID]:
    """The kind and the key in a global id. Raises ValueError."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        kind, key = raw.split(b":", 1)
        return kind.decode("ascii"), UUID(bytes=key)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{text!r} is not an id") from error


def read_id(kind: str, text: str, field: str) -> UUID:
    """The key of a thing of that kind; `field` is the input it came in. Raises WrongId."""
    try:
        found, key = read_any(text)
    except ValueError:
        found, key = "", UUID(int=0)
    if found != kind:
        raise WrongId(id=text[:80], kind=kind, fields=(field,))
    return key


def read_optional_id(kind: str, text: str | None, field: str) -> UUID | None:
    """None for an id that was left out; an empty one is no id. Raises WrongId."""
    return None if text is None else read_id(kind, text, field)
