"""Keys as operators have them: PEM text, or the base64 of DER in one line or many."""

import base64
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


@lru_cache(maxsize=8)  # to read one is to check it, which takes a twentieth of a second
def private_key(text: str, setting: str) -> RSAPrivateKey:
    """An RSA private key without a password. Raises BadKey, naming the setting."""
    try:
        key = load_pem_private_key(_pem(text), None) if _is_pem(text) else load_der_private_key(_der(text), None)
    except (ValueError, TypeError):
        raise BadKey(f"{setting} is not a private key in PEM or base64 DER") from None
    if not isinstance(key, RSAPrivateKey):
        raise BadKey(f"{setting} is not an RSA key")
    return key


def public_key(text: str, setting: str) -> RSAPublicKey:
    """The RSA key of a certificate, or a public key as it stands. Raises BadKey, naming the setting."""
    for read in (_of_certificate, _as_it_stands):
        try:
            key = read(text)
        except (ValueError, TypeError):
            continue
        if isinstance(key, RSAPublicKey):
            return key
        raise BadKey(f"{setting} is not an RSA key")
    raise BadKey(f"{setting} is neither a certificate nor a public key in PEM or base64 DER")


def _of_certificate(text: str) -> object:
    known = x509.load_pem_x509_certificate(_pem(text)) if _is_pem(text) else x509.load_der_x509_certificate(_der(text))
    return known.public_key()


def _as_it_stands(text: str) -> object:
    return load_pem_public_key(_pem(text)) if _is_pem(text) else load_der_public_key(_der(text))


def _is_pem(text: str) -> bool:
    return "-----BEGIN" in text


def _pem(text: str) -> bytes:
    # What came through an environment variable often has its line ends spelled out.
    return text.replace("\\n", "\n").strip().encode()


def _der(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)
