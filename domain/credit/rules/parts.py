"""What an application consists of, in the API's words: a reviewer's reasons name a part or a field of one."""

PARTS = ("identity", "face", "profile", "employment", "contacts", "consents", "bankCard")


def is_part(field: str) -> bool:
    """Whether a reason may be given for this field: "employment", "employment.monthlyPay"."""
    part, dot, rest = field.partition(".")
    return part in PARTS and bool(rest) == bool(dot)
