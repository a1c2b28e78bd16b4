"""What a phone number of ours is: a mobile number of mainland China, kept as +86138..., shown as 138****1234."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from domain.borrowers.errors import NotAMobile, NotAPhone


def mobile(text: str, *, field: str = "phone") -> str:
    """The number in E.164. Raises NotAMobile for anything but a mobile of mainland China."""
    number = _read(text)
    if number is None or phonenumbers.number_type(number) is not PhoneNumberType.MOBILE:
        raise NotAMobile(fields=(field,))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def any_phone(text: str, *, field: str) -> str:
    """A mobile or fixed line of mainland China, in E.164. Raises NotAPhone."""
    number = _read(text)
    if number is None:
        raise NotAPhone(fields=(field,))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _read(text: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text[:40], "CN")
    except NumberParseException:
        return None
    ours = number.country_code == 86 and not number.extension and phonenumbers.is_valid_number(number)
    return number if ours else None
