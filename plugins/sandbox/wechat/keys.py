"""What the sandbox's WeChat Pay is set up with."""

from dataclasses import dataclass, field

from domain.shared.secret import SecretStr


@dataclass(frozen=True, slots=True)
class WechatKeys:
    """WeChat's side: its own key and its name, the key it shares with us, our public key, and who we are to it."""

    appid: str
    mchid: str
    merchant_serial: str
    merchant_public_key: str = field(repr=False)
    apiv3_key: SecretStr = field(repr=False)
    wechatpay_public_key_id: str
    wechatpay_private_key: SecretStr = field(repr=False)

    def __post_init__(self) -> None:
        for secret in ("apiv3_key", "wechatpay_private_key"):
            object.__setattr__(self, secret, SecretStr(getattr(self, secret)))
