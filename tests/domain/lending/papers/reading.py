"""A paper read back: its words, and the fonts it is set in."""

import re
from io import BytesIO

from pypdf import PdfReader


def said(paper: bytes) -> str:
    """Everything on its pages, without blanks and line ends: where a line breaks is the page's business."""
    return re.sub(r"\s", "", "".join(pages(paper)))


def pages(paper: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(paper)).pages]


def fonts(paper: bytes) -> dict[str, bool]:
    """Each font by its name, and whether it is within the file."""
    found: dict[str, bool] = {}
    for page in PdfReader(BytesIO(paper)).pages:
        for each in page["/Resources"]["/Font"].values():
            font = each.get_object()
            described = font["/DescendantFonts"][0]["/FontDescriptor"] if "/DescendantFonts" in font else font
            found[font["/BaseFont"]] = bool({"/FontFile", "/FontFile2", "/FontFile3"} & set(described))
    return found
