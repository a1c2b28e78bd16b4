"""Allinpay's documents: `<AIPG><INFO>...</INFO><BODY-OF-THE-TRADE>...</...></AIPG>` in GBK, written and read.

Reading refuses a DTD, and with it every entity: no bomb is unpacked, no file or address is fetched.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

# Bytes that are no UTF-8. An audit that cannot read a document keeps its length and its hash; one that can would write
# down every element of it, card numbers too, as it masks fields of JSON and of forms only. The request may go without
# this as soon as masked fields are found in XML.
UNREADABLE = "<!--随贷-->"

_LETTERS = "gb18030"
"""What GBK has grown into: every GBK document is one."""

Node = Mapping[str, "str | Node | Sequence[Node]"]
Fields = Mapping[str, str]


NOTHING: Fields = MappingProxyType({})


class Malformed(ValueError):
    """The bytes are not a document as Allinpay writes them."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read. `code` and `message` are those of INFO: they speak of the request, not of a trade."""

    info: Fields
    root: Element = field(repr=False, compare=False)

    @property
    def trx_code(self) -> str:
        return self.info.get("TRX_CODE", "")

    @property
    def req_sn(self) -> str:
        return self.info.get("REQ_SN", "")

    @property
    def code(self) -> str:
        return self.info.get("RET_CODE", "")

    @property
    def message(self) -> str:
        return self.info.get("ERR_MSG", "")

    def all(self, name: str) -> list[Fields]:
        """Every element of this name, wherever it stands, as its own elements by name."""
        return [_fields(element) for element in self.root.iter(name)]

    def one(self, name: str) -> Fields:
        """The first element of this name; without fields if there is none."""
        found = self.all(name)
        return found[0] if found else NOTHING

    def said(self, name: str) -> set[str]:
        """What every element of this name says, wherever it stands."""
        return {text.strip() for element in self.root.iter(name) if (text := element.text)}


def write(info: Fields, *bodies: tuple[str, Node]) -> bytes:
    """A document with an empty place for its signature."""
    return (
        '<?xml version="1.0" encoding="GBK"?>'
        f"<AIPG>{UNREADABLE}<INFO>{_elements(info.items())}<SIGNED_MSG></SIGNED_MSG></INFO>{_elements(bodies)}</AIPG>"
    ).encode("gbk", "xmlcharrefreplace")


def read(content: bytes) -> Document:
    """The document in these bytes. Raises Malformed."""
    try:
        # Decoded here: the parser knows no encoding of two bytes a letter. What the document says of its own is ignored.
        root: Element = fromstring(content.decode(_LETTERS).strip(), forbid_dtd=True)
    except (UnicodeDecodeError, ParseError, DefusedXmlException, ValueError) as error:
        raise Malformed(f"the document cannot be read: {type(error).__name__}") from None
    info = root.findall("INFO")
    if root.tag != "AIPG" or len(info) != 1:
        raise Malformed("the document is not one of AIPG")
    return Document(_fields(info[0]), root)


def _fields(element: Element) -> Fields:
    return {child.tag: (child.text or "").strip() for child in element if not len(child)}


def _elements(items: Iterable[tuple[str, "str | Node | Sequence[Node]"]]) -> str:
    return "".join(_element(name, value) for name, value in items if value)


def _element(name: str, value: "str | Node | Sequence[Node]") -> str:
    if isinstance(value, str):
        return f"<{name}>{escape(_plain(value))}</{name}>"
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value.items())}</{name}>"
    return "".join(_element(name, each) for each in value)


def _plain(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(letter for letter in text if letter.isprintable())
