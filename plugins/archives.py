"""Opens the zip files that providers send, without believing what they say about their size."""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

MOST_FILES = 64
MOST_BYTES = 256 * 1024 * 1024
"""Of everything in one archive, unpacked. A day of a million trades is about this long."""

_UTF8_NAME = 0x800
_WAYS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class BadArchive(ValueError):
    """What was sent is no zip file, is damaged, or is far larger than it looks."""


def unpacked(content: bytes, *, most_bytes: int = MOST_BYTES) -> Iterator[tuple[str, bytes]]:
    """The files in a zip, each as its name and its bytes. Raises BadArchive.

    Names without the UTF-8 flag are read as GBK, which is what Chinese providers write there.
    """
    left = most_bytes
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise BadArchive(f"the archive holds {len(entries)} files")
            for entry in entries:
                data = _read(archive, entry, left)
                left -= len(data)
                yield _name(entry), data
    except BadArchive:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, IndexError) as damage:
        # To zipfile a directory that points to before the file is a ValueError, a name without a letter an IndexError.
        raise BadArchive(f"the archive cannot be opened: {damage}") from damage


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    if entry.compress_type not in _WAYS:
        raise BadArchive(f"the archive is packed in way {entry.compress_type}")
    with archive.open(entry) as packed:
        # One byte more than allowed: what an entry says of its own size proves nothing.
        data = packed.read(most + 1)
    if len(data) > most:
        raise BadArchive("the archive is too large when unpacked")
    return data


def _name(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gbk")
    except UnicodeError:
        return entry.filename
