"""Why somebody of the staff did something: in a few words, kept with what he did."""

from domain.shared.errors import DomainError

MOST = 500


class ReasonMissing(DomainError):
    code = "REASON_MISSING"
    english = "Say why, in 2 to {most} characters."
    chinese = "请说明原因，2 至 {most} 个字符。"


def reason_of(text: str, *, field: str = "reason") -> str:
    """The reason without blanks at its ends. Raises ReasonMissing."""
    reason = text.strip()
    if not 2 <= len(reason) <= MOST:
        raise ReasonMissing(most=MOST, fields=(field,))
    return reason
