"""Papers and faces for the sandbox: PNG images that carry in a text chunk what a reader would read off them."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any, cast

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin, UnidentifiedImageError

CHUNK = "suidai-id-card"
_SIZE = (856, 540)
"""An identity card's 85.6 by 54 mm."""
_FACE = (480, 480)


def id_card_front(name: str, id_number: str, address: str, *, face_id: str | None = None) -> bytes:
    """The side with the portrait. Unless given, the face is the one called like the identity number."""
    facts = {"name": name, "id_number": id_number, "address": address, "face_id": face_id or id_number}
    lines = ["RESIDENT IDENTITY CARD", f"Name     {_drawable(name)}", f"Address  {_drawable(address)}", "", id_number]
    return _drawn({"side": "front", **facts}, lines, _SIZE)


def id_card_back(
    valid_from: str = "2020-01-01", valid_to: str | None = "2040-01-01", *, issuer: str = "Sandbox Public Security"
) -> bytes:
    """The side with the emblem. `valid_to` None: for ever (长期)."""
    facts = {"side": "back", "issuer": issuer, "valid_from": valid_from, "valid_to": valid_to}
    lines = [
        "PEOPLE'S REPUBLIC OF THE SANDBOX",
        "",
        f"Issued by {issuer}",
        f"Valid {valid_from} - {valid_to or 'ever'}",
    ]
    return _drawn(facts, lines, _SIZE)


def face(face_id: str) -> bytes:
    """A portrait of whoever has this face."""
    return _drawn({"side": "face", "face_id": face_id}, ["", "", "", "        :-)", "", "", f"  {face_id}"], _FACE)


def read(image: bytes) -> Mapping[str, Any] | None:
    """What an image made here says; None if it is not one, or says nothing."""
    try:
        with Image.open(BytesIO(image), formats=("PNG",)) as opened:
            written = cast("PngImagePlugin.PngImageFile", opened).text.get(CHUNK, "")
        facts = json.loads(written)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return cast("dict[str, Any]", facts) if isinstance(facts, dict) else None


def _drawn(facts: Mapping[str, Any], lines: list[str], size: tuple[int, int]) -> bytes:
    image = Image.new("RGB", size, "#dfe9f3")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(30)
    pen.rectangle((12, 12, size[0] - 12, size[1] - 12), outline="#5b7a99", width=4)
    pen.text((44, 44), "\n".join([*lines, "", "SANDBOX - NOT A DOCUMENT"]), fill="#1c2b3a", font=font, spacing=16)
    chunk = PngImagePlugin.PngInfo()
    chunk.add_text(CHUNK, json.dumps(facts))
    file = BytesIO()
    image.save(file, "PNG", pnginfo=chunk)
    return file.getvalue()


def _drawable(text: str) -> str:
    """The built-in font knows no Chinese: such letters are drawn by their number."""
    return " ".join(text.split()) if text.isascii() else " ".join(f"U+{ord(letter):04X}" for letter in text[:6])
