"""Alipay's keys, and in certificate mode the serial numbers by which both sides name their certificates.

A serial number (SN) is the MD5 of the issuer's name, written as RFC 4514 does, and the certificate's number in decimal.
The root file names several authorities; its SN is those of the ones that sign with RSA, joined by underscores.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from plugins.channels.alipay import signing
from plugins.channels.alipay.config import AlipayConfig
from plugins.keys import BadKey, certificates, public_key

_RSA = "1.2.840.113549.1.1."
_LONGEST_CHAIN = 5


@dataclass(frozen=True, slots=True)
class PlatformKeys:
    """The keys Alipay may sign with, all of them trusted; by SN in certificate mode."""

    by_serial: Mapping[str, RSAPublicKey] = field(repr=False)

    def prove(self, signature: str, text: str, serial: str = "") -> bool:
        """Whether Alipay signed this very text.

        The certificate that is named decides. A notice names none, and one that was renewed has another name and the
        same key: then any of our keys may have signed.
        """
        named = self.by_serial.get(serial)
        return any(signing.holds(signature, text, key) for key in ([named] if named else self.by_serial.values()))


def platform_keys(config: AlipayConfig, ours: RSAPrivateKey) -> PlatformKeys:
    """The keys an operator set. Raises BadKey where they are none, not Alipay's, or our own."""
    if config.alipay_cert:
        keys = _proven(certificates(config.alipay_cert, "alipay_cert"), _roots(config))
    else:
        keys = {"": public_key(config.alipay_public_key, "alipay_public_key")}
    if any(key.public_numbers() == ours.public_key().public_numbers() for key in keys.values()):
        setting = "alipay_cert" if config.alipay_cert else "alipay_public_key"
        raise BadKey(f"{setting} is our own key; Alipay's console shows the platform's beside it")
    return PlatformKeys(keys)


def serials(config: AlipayConfig, ours: RSAPrivateKey) -> dict[str, str]:
    """What every request says of our certificates; nothing in public key mode. Raises BadKey."""
    if not config.app_cert:
        return {}
    app = certificates(config.app_cert, "app_cert")[0]
    if _rsa_key(app, "app_cert").public_numbers() != ours.public_key().public_numbers():
        raise BadKey("app_cert is not of app_private_key")
    roots = "_".join(serial_number(root) for root in _roots(config))
    return {"app_cert_sn": serial_number(app), "alipay_root_cert_sn": roots}


def serial_number(certificate: x509.Certificate) -> str:
    """A certificate's SN."""
    named = f"{certificate.issuer.rfc4514_string()}{certificate.serial_number}"
    return md5(named.encode(), usedforsecurity=False).hexdigest()


def _roots(config: AlipayConfig) -> list[x509.Certificate]:
    known = certificates(config.alipay_root_cert, "alipay_root_cert")
    # The others, of SM2 and of elliptic curves, sign nothing that is RSA2.
    return [root for root in known if root.signature_algorithm_oid.dotted_string.startswith(_RSA)]


def _proven(given: list[x509.Certificate], roots: list[x509.Certificate]) -> dict[str, RSAPublicKey]:
    """The keys of those certificates that issued no other, each of which a root must vouch for."""
    issuers = {one.issuer for one in given}
    signers = [one for one in given if one.subject not in issuers]
    if not signers or not all(_reaches(one, given, roots) for one in signers):
        raise BadKey("alipay_cert is not vouched for by alipay_root_cert")
    return {serial_number(one): _rsa_key(one, "alipay_cert") for one in signers}


def _reaches(certificate: x509.Certificate, between: list[x509.Certificate], roots: list[x509.Certificate]) -> bool:
    for _ in range(_LONGEST_CHAIN):
        if any(_issued(root, certificate) for root in roots):
            return True
        above = next((one for one in between if one is not certificate and _issued(one, certificate)), None)
        if above is None:
            return False
        certificate = above
    return False


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _rsa_key(certificate: x509.Certificate, setting: str) -> RSAPublicKey:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise BadKey(f"{setting} is not of an RSA key")
    return key
