"""What is written down of a message: its text, in whatever charset it says it is in, masked; of a file its size and hash."""

import re
from hashlib import sha256
from urllib.parse import unquote_plus

from plugins.masking import mask

LONGEST = 64 * 1024
"""Bytes. Of what is longer, size and hash."""

_GB18030 = "gb18030"
"""What GBK has grown into: every text in GB2312 or GBK is one."""
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "gbk": _GB18030,
    "gb2312": _GB18030,
    "gb18030": _GB18030,
    "cp936": _GB18030,
    "x-gbk": _GB18030,
}
_IN_HEADER = re.compile(r"""charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_IN_XML = re.compile(rb"""\A\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([\w-]+)""", re.IGNORECASE)
_IN_FORM = re.compile(rb"(?:\A|&)(?:_?input_)?charset=([\w-]+)", re.IGNORECASE)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
"""What no text has in it. A zip that happens to be letters in some charset has."""


def readable(content: bytes, content_type: str, masked: frozenset[str], *, form: bool = False) -> str:
    """The text as it may be kept, without the values of `masked`. What is no text, or in no charset we know, is a file.

    What the message says of its charset is believed if it can be so; else it is UTF-8, or nothing to be read. A `form`
    is written down as it was before it was encoded.
    """
    declared = _declared(content[:LONGEST], content_type)
    text = _decoded(content, declared)
    if text is None:
        # A bill, say: it is kept where it belongs, and its customers are nobody's business here.
        return f"[{len(content)} bytes, sha256 {sha256(content).hexdigest()}]"
    return mask(_unquoted(text, declared) if form else text, masked)


def _declared(content: bytes, content_type: str) -> str:
    """The charset by its name in Python: of the header, else of the XML's own declaration or the form's own field."""
    named = _IN_HEADER.search(content_type)
    if named:
        return _CHARSETS.get(named[1].lower(), "utf-8")
    own = _IN_XML.search(content) or _IN_FORM.search(content)
    return _CHARSETS.get(own[1].decode().lower(), "utf-8") if own else "utf-8"


def _decoded(content: bytes, declared: str) -> str | None:
    if len(content) > LONGEST:
        return None
    for charset in dict.fromkeys((declared, "utf-8")):
        try:
            text = content.decode(charset)
        except UnicodeDecodeError:
            continue
        return None if _BINARY.search(text) else text
    return None


def _unquoted(text: str, declared: str) -> str:
    """A form as it was meant. `%` hides letters of the charset it was written in."""
    try:
        return unquote_plus(text, encoding=declared, errors="strict")
    except UnicodeDecodeError:
        return unquote_plus(text)
