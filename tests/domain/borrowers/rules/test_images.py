"""An uploaded picture is what its bytes say."""

import io
import struct
import zlib

import pytest
from PIL import Image

from domain.borrowers.errors import BadImage, ImageTooLarge
from domain.borrowers.rules import images
from tests.domain.borrowers.builders import picture


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is that large and is a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_jpeg_and_png_are_taken(kind: str, content_type: str) -> None:
    assert images.read(picture(kind)) == images.Picture(content_type, 40, 30)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP", "PDF"])
def test_other_kinds_are_not(kind: str) -> None:
    with pytest.raises(BadImage):
        images.read(picture(kind))


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"<svg/>", b"%PDF-1.7"]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadImage):
        images.read(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_half_a_picture_is_refused(kind: str) -> None:
    whole = io.BytesIO()
    Image.effect_noise((300, 300), 90).save(whole, kind)

    assert images.read(whole.getvalue())
    with pytest.raises(BadImage):
        images.read(whole.getvalue()[: len(whole.getvalue()) // 2])


def test_a_few_bytes_that_would_unpack_to_gigabytes_are_refused() -> None:
    for side in (7_100, 12_000, 60_000):
        with pytest.raises(ImageTooLarge):
            images.read(png_of(side, side))


def test_more_than_five_megabytes_are_refused_before_they_are_looked_at() -> None:
    with pytest.raises(ImageTooLarge) as refusal:
        images.read(b"x" * (images.MOST_BYTES + 1))

    assert "5 MB" in str(refusal.value)
