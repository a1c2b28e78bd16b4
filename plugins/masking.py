"""What must not be read in a log or an audit record is replaced before it is written."""

import logging
import re

_FIELDS = (
    "accNo|certifId|customerNm|customerInfo|encryptedInfo|fileContent|phoneNo|phone|mobile|to|name|id_number"
    "|card_number|address|sms_code|smsCode"
    "|image|front|back|document|text|buyer_logon_id|buyer_id|buyer_user_id|buyer_open_id|alipay_user_id|alipay_logon_id"
    "|openid|user_received_account|payer_client_ip|token|secret|password|private_key|app_private_key|merchant_private_key"
    "|apiv3_key|master_key"
)
# What a message says, a login code above all, and what an engine is told of a person: objects, masked whole.
_OBJECTS = "params|template_params?|TemplateParam|facts"
_IN_OBJECT = re.compile(rf'(?P<name>"(?:{_OBJECTS})"\s*:\s*)\{{[^{{}}]*\}}', re.IGNORECASE)
_IN_JSON = re.compile(rf'(?P<name>"(?:{_FIELDS}|{_OBJECTS})"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
_IN_FORM = re.compile(rf"(?P<name>\b(?:{_FIELDS}|{_OBJECTS})=)[^&\n]+", re.IGNORECASE)
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
_PHONE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")


def mask(text: str) -> str:
    """The text without keys, names, phones, identity and card numbers, as far as their field or shape tells."""
    text = _KEY_BLOCK.sub("***", text)
    text = _IN_OBJECT.sub(r'\g<name>"***"', text)
    text = _IN_JSON.sub(r'\g<name>"***"', text)
    text = _IN_FORM.sub(r"\g<name>***", text)
    text = _IDENTITY_NUMBER.sub("***", text)
    return _PHONE.sub("***", text)


class MaskingFilter(logging.Filter):
    """Masks what a plugin logs, whatever it logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(record.getMessage()), ()
        return True


def plugin_logger(code: str) -> logging.Logger:
    logger = logging.getLogger(f"suidai.plugins.{code}")
    if not any(isinstance(known, MaskingFilter) for known in logger.filters):
        logger.addFilter(MaskingFilter())
    return logger
