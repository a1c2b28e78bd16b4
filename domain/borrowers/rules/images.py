"""What an uploaded image is, by its bytes: a whole JPEG or PNG of a sane size."""

import io
from dataclasses import dataclass

from PIL import Image

from domain.borrowers.errors import BadImage, ImageTooLarge

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 50_000_000
_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}
"""MPO is what many phones write: a JPEG with a second picture behind it."""


@dataclass(frozen=True, slots=True)
class Picture:
    content_type: str
    width: int
    height: int


def read(content: bytes) -> Picture:
    """What the picture is. It is read to its end, so run this in a thread. Raises ImageTooLarge, BadImage."""
    if len(content) > MOST_BYTES:
        raise ImageTooLarge(megabytes=MOST_BYTES // 1024 // 1024, megapixels=MOST_PIXELS // 1_000_000)
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            # The header says how large the picture would be: a few bytes may ask for gigabytes.
            if picture.width * picture.height > MOST_PIXELS:
                raise _too_many_pixels()
            found = Picture(_TYPES[picture.format or ""], picture.width, picture.height)
            _check_whole(picture)
            return found
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (OSError, ValueError, SyntaxError, KeyError, EOFError) as error:
        raise BadImage from error


def _check_whole(picture: Image.Image) -> None:
    """Every byte the picture should have is there. Never unpacks it to its full size."""
    if picture.format == "PNG":
        picture.verify()
        return
    picture.draft("L", (512, 512))
    picture.load()


def _too_many_pixels() -> ImageTooLarge:
    return ImageTooLarge(megabytes=MOST_BYTES // 1024 // 1024, megapixels=MOST_PIXELS // 1_000_000)
