"""What an operator sets for bank withholding."""

from dataclasses import dataclass, field

from domain.shared.secret import SecretStr
from plugins.addresses import require_https
from plugins.channels.settings import typed

GATEWAY = "https://gateway.95516.com/gateway/api/"
FILES = "https://filedownload.95516.com/"
UNIONPAY = "中国银联股份有限公司"
MOST = 100_000
"""Debits that UnionPay takes in one batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankWithholdingConfig:
    """The settings under `channels.bank_withholding`. The key and the certificates are PEM text or base64 DER.

    `cert_id` is the decimal serial of our signing certificate, a number with too many digits for a float. `root_cert`
    and `middle_cert` are UnionPay's (acp_prod_root.cer, acp_prod_middle.cer), `encrypt_cert` is what borrowers' data
    is encrypted for (acp_prod_enc.cer). `expected_cn` is who must have signed; in the test environment it is
    `00040000:SIGN`. The sub-types differ by what the acquirer agreed on: a withholding is 11/00 or, by the newer
    rules, 11/03.

    `batch_size` is how many debits go in one batch at most; 0: a merchant has to have batches opened. `batch_account` is
    the column of the batch's file that names the account by its binding.
    """

    mer_id: str
    cert_id: str
    private_key: SecretStr = field(repr=False)
    root_cert: str = field(repr=False)
    middle_cert: str = field(repr=False)
    encrypt_cert: str = field(repr=False)
    expected_cn: str = UNIONPAY
    gateway_url: str = GATEWAY
    file_url: str = FILES
    channel_type: str = "07"
    sms_sub_type: str = "01"
    bind_sub_type: str = "01"
    unbind_sub_type: str = "00"
    withhold_sub_type: str = "00"
    batch_size: int = 0
    batch_account: str = "bindId"
    test_mode: bool = False

    def __post_init__(self) -> None:
        typed(self)
        object.__setattr__(self, "cert_id", _decimal(self.cert_id))
        for setting in ("mer_id", "private_key", "root_cert", "middle_cert", "encrypt_cert", "expected_cn"):
            if not getattr(self, setting):
                raise ValueError(f"{setting} is empty")
        size = "" if isinstance(self.batch_size, bool) else str(self.batch_size)
        if not (size.isascii() and size.isdigit()) or int(size) > MOST:
            raise ValueError(f"batch_size is from 0 to {MOST}")
        object.__setattr__(self, "batch_size", int(size))
        if not (self.batch_account.isascii() and self.batch_account.isalnum()):
            raise ValueError("batch_account is not the name of a column")
        for setting in ("gateway_url", "file_url"):
            require_https(getattr(self, setting), setting)
        if not self.gateway_url.endswith("/"):
            object.__setattr__(self, "gateway_url", f"{self.gateway_url}/")


def _decimal(cert_id: str) -> str:
    """A serial as a text of digits. A float has lost some of them already, and was refused before."""
    if not (cert_id.isascii() and cert_id.isdigit()):
        raise ValueError("cert_id is not a whole number in decimal digits")
    return str(int(cert_id))
