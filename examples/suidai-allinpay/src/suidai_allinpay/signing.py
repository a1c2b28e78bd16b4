"""How a document is signed: SHA1 with RSA over its bytes without the element SIGNED_MSG, in hex, put into that element.

SHA-1 is Allinpay's choice. What is read later is what was signed: the bytes without that element. So wherever somebody
moves the element in a document, he changes nothing of what it says.
"""

import binascii
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1

EMPTY = b"<SIGNED_MSG></SIGNED_MSG>"

# In GBK, too, a byte that looks like `<` is one.
_ELEMENT = re.compile(rb"<SIGNED_MSG>([0-9a-fA-F]{2,2048})</SIGNED_MSG>")

_HASH = SHA1()  # noqa: S303 - Allinpay's choice, not ours


class Unproven(Exception):
    """Allinpay did not sign these bytes. Says why."""


def signed(document: bytes, key: RSAPrivateKey) -> bytes:
    """The document with its signature. It has one SIGNED_MSG, which is empty."""
    before, mark, after = document.partition(EMPTY)
    if not mark or EMPTY in after:
        raise ValueError("the document has no one place for its signature")
    signature = key.sign(before + after, PKCS1v15(), _HASH).hex()
    return before + b"<SIGNED_MSG>" + signature.encode() + b"</SIGNED_MSG>" + after


def proven(content: bytes, key: RSAPublicKey) -> bytes:
    """What was signed of the bytes that came. Raises Unproven."""
    found = _ELEMENT.search(content)
    if not found:
        raise Unproven("the document has no signature")
    # A second one is part of what was signed, or the signature does not hold.
    said = content[: found.start()] + content[found.end() :]
    try:
        key.verify(bytes.fromhex(found[1].decode()), said, PKCS1v15(), _HASH)
    except (InvalidSignature, ValueError, binascii.Error):
        raise Unproven("the signature is not of this document") from None
    return said
