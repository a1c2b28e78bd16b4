"""What the sandbox's UnionPay is set up with."""

from dataclasses import dataclass, field

from domain.shared.secret import SecretStr


@dataclass(frozen=True, slots=True)
class UnionPayKeys:
    """UnionPay's side: what it signs and decrypts with, and who the merchant is. `sign_cert` is PEM, as it is sent."""

    mer_id: str
    cert_id: str
    merchant_public_key: str = field(repr=False)
    sign_private_key: SecretStr = field(repr=False)
    sign_cert: str = field(repr=False)
    encrypt_private_key: SecretStr = field(repr=False)
    encrypt_cert_id: str

    def __post_init__(self) -> None:
        for secret in ("sign_private_key", "encrypt_private_key"):
            object.__setattr__(self, secret, SecretStr(getattr(self, secret)))
