"""What an operator sets for Alipay."""

from dataclasses import dataclass, field

from domain.shared.secret import SecretStr
from plugins.addresses import require_https
from plugins.channels.settings import typed

GATEWAY = "https://openapi.alipay.com/gateway.do"
CYCLE_PAY = "CYCLE_PAY_AUTH"
GENERAL = "GENERAL_WITHHOLDING"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayConfig:
    """The settings under `channels.alipay`. Keys are PEM text or base64 DER.

    `alipay_public_key` is the platform's key, shown in Alipay's console after ours was uploaded; it is not our own. In
    certificate mode the three certificates take its place: ours, the platform's with what is between it and the root,
    and the root, as the console gives them.
    `withholding` switches agreements and the debits under them on, which Alipay grants after a review; the contract says
    which `withholding_product` it is (周期扣款 CYCLE_PAY_AUTH, or 商家扣款 GENERAL_WITHHOLDING) and which `sign_scene`.
    `sign_channel` is where borrowers sign: ALIPAYAPP on the phone that has it, QRCODE by scanning a page.
    """

    app_id: str
    seller_id: str
    app_private_key: SecretStr = field(repr=False)
    alipay_public_key: str = field(default="", repr=False)
    app_cert: str = field(default="", repr=False)
    alipay_cert: str = field(default="", repr=False)
    alipay_root_cert: str = field(default="", repr=False)
    gateway_url: str = GATEWAY
    qr_product_code: str = "FACE_TO_FACE_PAYMENT"
    withholding: bool = False
    withholding_product: str = CYCLE_PAY
    sign_scene: str = "INDUSTRY|DEFAULT_SCENE"
    sign_channel: str = "ALIPAYAPP"
    test_mode: bool = False

    def __post_init__(self) -> None:
        typed(self)
        by_certificate = bool(self.app_cert or self.alipay_cert or self.alipay_root_cert)
        if by_certificate and self.alipay_public_key:
            raise ValueError("alipay_public_key is set beside certificates: the app has one mode or the other")
        theirs = ("app_cert", "alipay_cert", "alipay_root_cert") if by_certificate else ("alipay_public_key",)
        for setting in ("app_id", "seller_id", "app_private_key", *theirs):
            if not getattr(self, setting):
                raise ValueError(f"{setting} is empty")
        if self.withholding_product not in {CYCLE_PAY, GENERAL}:
            raise ValueError(f"withholding_product is neither {CYCLE_PAY} nor {GENERAL}")
        if self.withholding and not (self.sign_scene and self.sign_channel):
            raise ValueError("sign_scene or sign_channel is empty, and withholding needs both")
        require_https(self.gateway_url, "gateway_url")
