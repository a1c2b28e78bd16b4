"""The borrower's data on its way to the bank: encrypted for UnionPay on the wire, sealed for ourselves in between.

A card is bound in two calls, and the second repeats the data of the first. The card number and the phone wait as they
go out: encrypted for UnionPay, for nobody here to read. Name and identity number go out in plain base64, so they wait
sealed with a key made from our private key.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.payments.ports import FourElements
from plugins.keys import BadKey

_PURPOSE = b"suidai bank_withholding mandate"
_NONCE = 12
_IDENTITY_CARD = "01"


class Unopened(ValueError):
    """What waited was sealed with another key, for another mandate, or is damaged."""


class Envelopes:
    """Encrypts for UnionPay, seals for us."""

    def __init__(self, encrypt_cert: x509.Certificate, private_key: RSAPrivateKey) -> None:
        key = encrypt_cert.public_key()
        if not isinstance(key, RSAPublicKey):
            raise BadKey("encrypt_cert has no RSA key")
        self._unionpays = key
        self.cert_id = str(encrypt_cert.serial_number)
        der = private_key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
        self._ours = AESGCM(HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(der))

    def packed(self, person: FourElements, mandate_no: str) -> dict[str, str]:
        """The four elements as they may be kept until the code is known: nothing in it can be read."""
        names = {
            "certifTp": _IDENTITY_CARD,
            "certifId": person.id_number.reveal(),
            "customerNm": person.name.reveal(),
        }
        return {
            "accNo": self._encrypted(person.card_number.reveal()),
            "encryptedInfo": self._encrypted(f"phoneNo={_national(person.phone.reveal())}"),
            "sealed": self._sealed(json.dumps(names), mandate_no),
        }

    def fields(self, packed: Mapping[str, str], mandate_no: str, *, sms_code: str = "") -> dict[str, str]:
        """What is sent of a person. Raises Unopened."""
        customer: dict[str, str] = json.loads(self._opened(packed.get("sealed", ""), mandate_no))
        if sms_code:
            customer["smsCode"] = sms_code
        customer["encryptedInfo"] = packed.get("encryptedInfo", "")
        return {
            "accType": "01",
            "accNo": packed.get("accNo", ""),
            "customerInfo": customer_info(customer),
            "encryptCertId": self.cert_id,
        }

    def _encrypted(self, text: str) -> str:
        return base64.b64encode(self._unionpays.encrypt(text.encode(), PKCS1v15())).decode()

    def _sealed(self, text: str, mandate_no: str) -> str:
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._ours.encrypt(nonce, text.encode(), mandate_no.encode())).decode()

    def _opened(self, sealed: str, mandate_no: str) -> str:
        try:
            packed = base64.b64decode(sealed, validate=True)
            return self._ours.decrypt(packed[:_NONCE], packed[_NONCE:], mandate_no.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise Unopened("the borrower's data does not open with our key") from None


def customer_info(fields: Mapping[str, str]) -> str:
    """`{certifTp=01&certifId=..&customerNm=..&encryptedInfo=..}` in base64."""
    text = "&".join(f"{name}={value}" for name, value in fields.items() if value)
    return base64.b64encode(f"{{{text}}}".encode()).decode()


def card_masked(number: str) -> str:
    return f"{number[:4]} **** **** {number[-4:]}"


def phone_masked(phone: str) -> str:
    return f"{_national(phone)[:3]}****{phone[-4:]}"


def _national(phone: str) -> str:
    return phone.removeprefix("+86")
