"""Zip files of providers are opened within limits."""

import zipfile
from io import BytesIO

import pytest

from plugins.archives import BadArchive, unpacked


def zipped(*files: tuple[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def test_files_are_given_with_their_names() -> None:
    assert list(unpacked(zipped(("a.csv", b"1"), ("明细.csv", b"2")))) == [("a.csv", b"1"), ("明细.csv", b"2")]


def test_what_is_small_packed_and_large_unpacked_is_refused() -> None:
    bomb = zipped(("a", b"0" * 1_000_000))

    assert len(bomb) < 2_000
    assert [len(data) for _, data in unpacked(bomb, most_bytes=1_000_000)] == [1_000_000]
    with pytest.raises(BadArchive, match="too large"):
        list(unpacked(bomb, most_bytes=999_999))


def test_files_are_small_only_if_they_are_together() -> None:
    with pytest.raises(BadArchive, match="too large"):
        list(unpacked(zipped(("a", b"0" * 600), ("b", b"0" * 600)), most_bytes=1_000))


def test_a_file_that_lies_about_its_size_is_not_believed() -> None:
    bomb = zipped(("a", b"0" * 1_000_000))
    liar = bomb.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    assert liar != bomb
    with pytest.raises(BadArchive):
        list(unpacked(liar, most_bytes=999_999))


def at_the_end(archive: bytes, back: int, changed: bytes) -> bytes:
    return archive[:-back] + changed + archive[len(archive) - back + len(changed) :]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"not a zip file at all",
        zipped(("a", b"1"))[:-5],
        # The last field but one of the file is where its directory begins: here after the place where it does.
        at_the_end(zipped(("a", b"1")), 6, (1 << 20).to_bytes(4, "little")),
        zipped(("a.csv", b"1")).replace(b"a.csv", b"\0.csv"),
    ],
    ids=["nothing", "two letters", "no zip", "cut off", "a directory elsewhere", "a name without a letter"],
)
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(BadArchive, match="cannot be opened"):
        list(unpacked(content))
