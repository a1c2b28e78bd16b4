"""What must not be read in a log or an audit record is replaced before it is written."""

import logging
import re
from functools import cache

_FIELDS = frozenset(
    {
        "to",
        "name",
        "id_number",
        "card_number",
        "phone",
        "mobile",
        "address",
        "sms_code",
        "image",
        "front",
        "back",
        "document",
        "text",
        "token",
        "secret",
        "password",
        "private_key",
        "master_key",
    }
)
"""What a person or a key is called everywhere. What a channel calls them in words of its own, its spec says."""
# What a message says, a login code above all, and what an engine is told of a person: objects, masked whole.
_OBJECTS = "params|template_params?|TemplateParam|facts"
_IN_OBJECT = re.compile(rf'(?P<name>"(?:{_OBJECTS})"\s*:\s*)\{{[^{{}}]*\}}', re.IGNORECASE)
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
_PHONE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")


def mask(text: str, fields: frozenset[str] = frozenset()) -> str:
    """The text without keys, names, phones, identity and card numbers, as far as their field or shape tells.

    `fields` are the names a channel has for such things on its wire, besides those everybody uses.
    """
    in_json, in_form, in_xml = _named(fields)
    text = _KEY_BLOCK.sub("***", text)
    text = _IN_OBJECT.sub(r'\g<name>"***"', text)
    text = in_json.sub(r'\g<name>"***"', text)
    text = in_form.sub(r"\g<name>***", text)
    text = in_xml.sub(r"\g<name>***", text)
    text = _IDENTITY_NUMBER.sub("***", text)
    return _PHONE.sub("***", text)


@cache
def _named(fields: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """How a value under one of these names, or of everybody's, is found in JSON, in a form and in XML."""
    names = "|".join([*map(re.escape, sorted(_FIELDS | fields)), _OBJECTS])
    in_json = rf'(?P<name>"(?:{names})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|-?[0-9]+)'
    in_form = rf"(?P<name>\b(?:{names})=)[^&\n]+"
    in_xml = rf"(?P<name><(?:{names})(?:\s[^<>]*)?>)(?:<!\[CDATA\[.*?\]\]>|[^<]+)"
    how = re.IGNORECASE | re.DOTALL
    return re.compile(in_json, how), re.compile(in_form, how), re.compile(in_xml, how)


class MaskingFilter(logging.Filter):
    """Masks what a plugin logs, whatever it logs: the exception it shows, too."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: frozenset[str] = frozenset()

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(record.getMessage(), self.fields), ()
        if record.exc_info:
            record.exc_text = mask(_FORMAT.formatException(record.exc_info), self.fields)
            record.exc_info = None
        return True


_FORMAT = logging.Formatter()


def plugin_logger(code: str, fields: frozenset[str] = frozenset()) -> logging.Logger:
    """The log of a plugin. `fields` are masked in it from now on, with those named before."""
    logger = logging.getLogger(f"suidai.plugins.{code}")
    known = next((one for one in logger.filters if isinstance(one, MaskingFilter)), None)
    if known is None:
        known = MaskingFilter()
        logger.addFilter(known)
    known.fields |= fields
    return logger
