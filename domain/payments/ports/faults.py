"""What can go wrong at a channel, in our words: was it surely not done, or does nobody know?"""

from dataclasses import dataclass
from typing import Self

from domain.shared.tolerant import Tolerant


class ErrorKind(Tolerant):
    """What an error means for the money. What cannot be read is UNKNOWN."""

    DECLINED = "DECLINED"
    """Refused for good by a verified answer."""
    NOT_EXECUTED = "NOT_EXECUTED"
    """Surely nothing happened; the same call may be made again."""
    UNKNOWN = "UNKNOWN"
    """It may have happened: ask before anything else."""
    CONFIG = "CONFIG"
    """Our keys, rights or settings: stop the channel, call a person, burn no retries."""
    CONFLICT = "CONFLICT"
    """The number is in use with other data: ask what it is."""
    INVALID_REQUEST = "INVALID_REQUEST"
    """Our bug."""


class ErrorCode(Tolerant):
    """What went wrong, finer than its kind."""

    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    ACCOUNT_INVALID = "ACCOUNT_INVALID"
    ACCOUNT_FROZEN = "ACCOUNT_FROZEN"
    MANDATE_INVALID = "MANDATE_INVALID"
    NOT_SUPPORTED_BANK = "NOT_SUPPORTED_BANK"
    RISK = "RISK"

    RATE_LIMITED = "RATE_LIMITED"
    CONNECT_FAILED = "CONNECT_FAILED"
    CHANNEL_MAINTENANCE = "CHANNEL_MAINTENANCE"
    CUTOFF = "CUTOFF"

    TIMEOUT = "TIMEOUT"
    BAD_SIGNATURE_ON_ANSWER = "BAD_SIGNATURE_ON_ANSWER"
    SYSTEM_ERROR = "SYSTEM_ERROR"
    PROCESSING = "PROCESSING"
    MALFORMED_ANSWER = "MALFORMED_ANSWER"

    SIGN_ERROR = "SIGN_ERROR"
    NO_PERMISSION = "NO_PERMISSION"
    BAD_KEY = "BAD_KEY"

    NUMBER_REUSED = "NUMBER_REUSED"
    FOREIGN_MERCHANT = "FOREIGN_MERCHANT"
    NOT_REFUNDABLE = "NOT_REFUNDABLE"
    OTHER = "OTHER"


class Retry(Tolerant):
    """When a *declined* debit may be tried again. What cannot be read is NEVER."""

    NEVER = "NEVER"
    LATER_DAY = "LATER_DAY"
    AFTER_USER_ACTION = "AFTER_USER_ACTION"

    @classmethod
    def fallback(cls) -> Self:
        return cls["NEVER"]


@dataclass(frozen=True, slots=True)
class ChannelError:
    """An error as part of a result; it is not raised. The provider's own words are for people, not for decisions."""

    kind: ErrorKind
    code: ErrorCode
    message: str = ""
    provider_code: str = ""
    provider_message: str = ""
    retry: Retry = Retry.NEVER


class NotOffered(Exception):
    """The channel was asked for something its capabilities do not list. The core asks the flags first."""

    def __init__(self, code: str, operation: str) -> None:
        super().__init__(f"channel {code} does not offer {operation}")
