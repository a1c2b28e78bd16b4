"""Keys as operators have them: PEM text, or the base64 of DER in one line or many."""

import base64
import binascii
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)


class BadKey(ValueError):
    """A setting that should be a key is none. The message never quotes it."""


@lru_cache(maxsize=32)  # to read one is to check it, which takes a twentieth of a second
def private_key(text: str, setting: str) -> RSAPrivateKey:
    """An RSA private key (PKCS#8 or PKCS#1, not encrypted). Raises BadKey, naming the setting."""
    try:
        key = load_pem_private_key(_pem(text), None) if _is_pem(text) else load_der_private_key(_der(text), None)
    except (ValueError, TypeError, binascii.Error):
        raise BadKey(f"{setting} is not a private key in PEM or base64 DER") from None
    if not isinstance(key, RSAPrivateKey):
        raise BadKey(f"{setting} is not an RSA key")
    return key


def public_key(text: str, setting: str) -> RSAPublicKey:
    """An RSA public key. Raises BadKey, naming the setting."""
    try:
        key = load_pem_public_key(_pem(text)) if _is_pem(text) else load_der_public_key(_der(text))
    except (ValueError, TypeError, binascii.Error):
        raise BadKey(f"{setting} is not a public key in PEM or base64 DER") from None
    if not isinstance(key, RSAPublicKey):
        raise BadKey(f"{setting} is not an RSA key")
    return key


def certificate(text: str, setting: str) -> x509.Certificate:
    """An X.509 certificate. Raises BadKey, naming the setting."""
    try:
        if _is_pem(text):
            return x509.load_pem_x509_certificate(_pem(text))
        return x509.load_der_x509_certificate(_der(text))
    except (ValueError, TypeError, binascii.Error):
        raise BadKey(f"{setting} is not a certificate in PEM or base64 DER") from None


def certificates(text: str, setting: str) -> list[x509.Certificate]:
    """One certificate or, in PEM, several. Raises BadKey, naming the setting."""
    if not _is_pem(text):
        return [certificate(text, setting)]
    try:
        return x509.load_pem_x509_certificates(_pem(text))
    except ValueError:
        raise BadKey(f"{setting} is not a row of certificates in PEM") from None


def _is_pem(text: str) -> bool:
    return "-----BEGIN" in text


def _pem(text: str) -> bytes:
    # A key that came through an environment variable often has its line ends spelled out.
    return text.replace("\\n", "\n").strip().encode()


def _der(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)
