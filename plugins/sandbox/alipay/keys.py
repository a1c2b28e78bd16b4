"""What the sandbox's Alipay is set up with."""

from dataclasses import dataclass, field

from domain.shared.secret import SecretStr


@dataclass(frozen=True, slots=True)
class AlipayKeys:
    """Alipay's side: its own key, our app's public key, and who we are to it."""

    app_id: str
    seller_id: str
    app_public_key: str = field(repr=False)
    platform_private_key: SecretStr = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "platform_private_key", SecretStr(self.platform_private_key))
