"""Whose key signed: UnionPay sends its certificate along, and here it is traced to the root we were given."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from plugins.channels.bank_withholding import signing
from plugins.keys import BadKey, certificate

_LONGEST = 16_384


class Unproven(Exception):
    """The fields are not signed by UnionPay. Says why."""


class Chain:
    """Root, middle, and the name that the certificate below them must carry."""

    def __init__(self, root: x509.Certificate, middle: x509.Certificate, expected_cn: str) -> None:
        self._root = root
        self._middle = middle
        self._expected_cn = expected_cn

    def prove(self, fields: Mapping[str, str], at: datetime) -> None:
        """Raises Unproven unless UnionPay signed these fields with a certificate that is good at this time."""
        if fields.get("signMethod", "01") != "01":
            raise Unproven("the message is not signed with RSA")
        if not signing.holds(fields, self.key_of(fields.get("signPubKeyCert", ""), at)):
            raise Unproven("the signature is not of this message")

    def key_of(self, text: str, at: datetime) -> RSAPublicKey:
        """The key in a certificate (PEM) that the middle one issued. Raises Unproven."""
        if not text or len(text) > _LONGEST:
            raise Unproven("the message carries no certificate")
        try:
            leaf = certificate(text, "signPubKeyCert")
            key = leaf.public_key()
            leaf.verify_directly_issued_by(self._middle)
            self._middle.verify_directly_issued_by(self._root)
            named = _third_part(leaf)
        except (BadKey, InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
            raise Unproven("the certificate is not below our root") from None
        over = any(at > one.not_valid_after_utc for one in (leaf, self._middle, self._root))
        if over or self._begun(at) < leaf.not_valid_before_utc:
            raise Unproven("a certificate of the chain is not valid at this time")
        if named != self._expected_cn:
            raise Unproven("the certificate is not UnionPay's")
        if not isinstance(key, RSAPublicKey):
            raise Unproven("the certificate's key is not RSA")
        return key

    def _begun(self, at: datetime) -> datetime:
        """As of when beginnings are judged: now, or of what is older than the chain we were given, as of its first day.

        Whoever gave us the chain vouches for it then, as when a notice of yesterday is read again under the chain of today.
        """
        first = max(self._root.not_valid_before_utc, self._middle.not_valid_before_utc)
        return at if at >= first else first + timedelta(days=1)


def _third_part(leaf: x509.Certificate) -> str:
    """UnionPay writes `041@Z12@<name>@00000001` where others have a name."""
    names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    parts = str(names[0].value).split("@") if len(names) == 1 else []
    return parts[2] if len(parts) > 2 else ""
