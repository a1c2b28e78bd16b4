"""The secrets of a development folder: made once, kept beside the data they protect, readable by their owner only."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass, field

from suidai.runtime.errors import CannotStart
from suidai.runtime.home import Home, write_secret

PROVIDERS = ("identity", "bankcard", "risk", "esign", "funding", "sms")


@dataclass(frozen=True, slots=True)
class Keys:
    """RSA keys are base64 of PKCS #8 and SubjectPublicKeyInfo, without armour: the form Alipay hands them out in."""

    database_password: str = field(repr=False)
    master_key: str = field(repr=False)
    token_key: str = field(repr=False)
    alipay: dict[str, str] = field(repr=False)
    providers: dict[str, str] = field(repr=False)
    """The secret each kind of provider signs its callbacks with."""


def keys_of(home: Home) -> Keys:
    """The folder's keys, made when it is new. Refuses to make new ones for data that only the old ones open."""
    if home.keys.exists():
        try:
            return Keys(**json.loads(home.keys.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise CannotStart(
                f"{home.keys} is damaged: put back a copy, or move {home.path} away to begin anew."
            ) from error
    if (home.postgres / "data").exists():
        raise CannotStart(
            f"{home.keys} is missing and the data beside it cannot be opened without it: "
            f"put it back, or move {home.path} away to begin anew."
        )
    made = new_keys()
    write_secret(home.keys, json.dumps(asdict(made), indent=2))
    return made


def new_keys() -> Keys:
    app, app_public = _rsa_pair()
    platform, platform_public = _rsa_pair()
    return Keys(
        database_password=secrets.token_hex(24),
        master_key=_random_32_bytes(),
        token_key=_random_32_bytes(),
        alipay={
            "app_id": "9021000100000001",
            "seller_id": "2088000000000001",
            "app_private_key": app,
            "app_public_key": app_public,
            "platform_private_key": platform,
            "platform_public_key": platform_public,
        },
        providers={kind: _random_32_bytes() for kind in PROVIDERS},
    )


def _random_32_bytes() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _rsa_pair() -> tuple[str, str]:
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 - needed once in a folder's life
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private).decode(), base64.b64encode(public).decode()
