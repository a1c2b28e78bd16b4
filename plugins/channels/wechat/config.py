"""What an operator sets for WeChat Pay."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.shared.secret import SecretStr
from plugins.addresses import require_https
from plugins.channels.settings import typed

GATEWAY = "https://api.mch.weixin.qq.com"
BACKUP = "https://api2.mch.weixin.qq.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatConfig:
    """The settings under `channels.wechat`. Keys are PEM text or base64 DER.

    `merchant_serial` is the serial number of the certificate that WeChat has of `merchant_private_key`. WeChat signs with
    the key called `wechatpay_public_key_id`, or, for merchants of before 2024, with the key of one of
    `platform_certificates`, which are by serial number; where a merchant moves from one to the other, both are set.
    `backup_url` is tried when `gateway_url` cannot be connected to. Left out, it is WeChat's own, api2.mch.weixin.qq.com,
    where `gateway_url` is WeChat's too; empty, there is none.
    """

    appid: str
    mchid: str
    merchant_serial: str
    merchant_private_key: SecretStr = field(repr=False)
    apiv3_key: SecretStr = field(repr=False)
    wechatpay_public_key_id: str = ""
    wechatpay_public_key: str = field(default="", repr=False)
    platform_certificates: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    gateway_url: str = GATEWAY
    backup_url: str | None = None
    test_mode: bool = False

    def __post_init__(self) -> None:
        typed(self)
        for setting in ("appid", "mchid", "merchant_serial", "merchant_private_key", "apiv3_key"):
            if not getattr(self, setting):
                raise ValueError(f"{setting} is empty")
        if len(self.apiv3_key.reveal().encode()) != 32:
            raise ValueError("apiv3_key is not 32 bytes long")
        if bool(self.wechatpay_public_key_id) != bool(self.wechatpay_public_key):
            raise ValueError("wechatpay_public_key_id and wechatpay_public_key are set together or not at all")
        if not (self.wechatpay_public_key or self.platform_certificates):
            raise ValueError("one of wechatpay_public_key and platform_certificates must be set")
        require_https(self.gateway_url, "gateway_url")
        if self.backup_url is None and self.gateway_url.rstrip("/") == GATEWAY:
            object.__setattr__(self, "backup_url", BACKUP)
        if self.backup_url:
            require_https(self.backup_url, "backup_url")
