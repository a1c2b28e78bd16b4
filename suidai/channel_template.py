"""Writes a package with a payment channel, which passes its own tests as it comes, for an author to make his own."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from plugins.spec import CODE

_SUFFIX = ".txt"
"""Nothing that looks at the house's own modules takes the template's for such."""


class CannotWrite(ValueError):
    """The package cannot be written; why, in a sentence."""


def write(code: str, into: Path) -> Path:
    """The folder `into`/suidai-CODE with the package in it. Raises CannotWrite, and leaves what is there as it is."""
    if not CODE.fullmatch(code) or code.endswith("_") or "__" in code:
        raise CannotWrite(
            f"{code!r} cannot be a channel's code: a lower-case letter, then 1 to 31 lower-case letters, digits or single"
            " underscores, such as cashpay"
        )
    folder = into / f"suidai-{code.replace('_', '-')}"
    if folder.exists():
        raise CannotWrite(f"{folder} is there already; nothing was written")
    for path, text in _texts(files("suidai") / "template", code):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return folder


def _texts(template: Traversable, code: str, below: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(template.iterdir(), key=lambda entry: entry.name):
        path = f"{below}{entry.name}"
        if entry.is_dir():
            found += _texts(entry, code, f"{path}/")
        elif entry.name.endswith(_SUFFIX):
            found.append((_named(path.removesuffix(_SUFFIX), code), _named(entry.read_text("utf-8"), code)))
    return found


def _named(text: str, code: str) -> str:
    """The template's own name, in each of its spellings, gives way to the author's."""
    words = [word.capitalize() for word in code.split("_")]
    text = text.replace("suidai-cashpay", f"suidai-{code.replace('_', '-')}")
    text = text.replace("cashpay://", f"{code.replace('_', '-')}://").replace("cashpay.example", "example.com")
    text = text.replace("gateway.cashpay.test", "gateway.test").replace("X-Cashpay-", f"X-{'-'.join(words)}-")
    for own in ("CashpayConfig", "CashpayChannel"):
        text = text.replace(own, own.replace("Cashpay", "".join(words)))
    return text.replace("cashpay", code).replace("Cashpay", " ".join(words)).replace("现金付", " ".join(words))
