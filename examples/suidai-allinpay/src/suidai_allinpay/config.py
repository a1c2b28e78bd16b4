"""What an operator sets for Allinpay."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from suidai.contract import SecretStr, require_https

GATEWAY = "https://tlt.allinpay.com/aipg/ProcessServlet"
TEST_GATEWAY = "https://test.allinpaygd.com/aipg/ProcessServlet"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllinpayConfig:
    """The settings under `channels.allinpay`. Keys and certificates are PEM text or base64 DER.

    `private_key` is the merchant's, from the .p12 that Allinpay issued; `allinpay_cert` Allinpay's certificate, or the
    public key in it. `business_code` is the kind of collection (业务代码) that the contract with Allinpay names.
    `notify_url` is for a proxy in between: empty, it is where suidai listens. `gateway_url` empty is Allinpay's own, the
    test one in `test_mode`. Newer merchants have no `user_password`: Allinpay does not look at it.
    """

    merchant_id: str
    user_name: str
    private_key: SecretStr = field(repr=False)
    allinpay_cert: str = field(repr=False)
    user_password: SecretStr = field(default=SecretStr(""), repr=False)
    business_code: str = "19900"
    refund_business_code: str = "09200"
    gateway_url: str = ""
    notify_url: str = ""
    test_mode: bool = False

    def __post_init__(self) -> None:
        for setting in ("private_key", "user_password"):
            object.__setattr__(self, setting, SecretStr(getattr(self, setting)))
        for setting in ("merchant_id", "user_name", "business_code", "refund_business_code"):
            object.__setattr__(self, setting, _text(getattr(self, setting), setting))
        for setting in ("merchant_id", "user_name", "private_key", "allinpay_cert", "business_code"):
            if not getattr(self, setting):
                raise ValueError(f"{setting} is empty")
        if not self.gateway_url:
            object.__setattr__(self, "gateway_url", TEST_GATEWAY if self.test_mode else GATEWAY)
        require_https(self.gateway_url, "gateway_url")
        if self.notify_url:
            require_https(self.notify_url, "notify_url")
            if urlsplit(self.notify_url).query:
                raise ValueError("notify_url must not have a query string")


def _text(value: object, setting: str) -> str:
    """A name as a text: JSON invites to write one as a number, which no document says and no notice equals."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"{setting} is not a text")
    return str(value).strip()
