"""What a failed call means for the money: surely not executed, or unknown."""

import httpx

from domain.payments.ports import ChannelError, ErrorCode, ErrorKind, PaymentState
from domain.shared.parties import PartyError, PartyFault
from plugins.guarding import ChannelResting, TooManyCalls

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def channel_error(failure: httpx.HTTPError) -> ChannelError:
    """Only what failed before anything was sent is NOT_EXECUTED."""
    message = type(failure).__name__
    if isinstance(failure, TooManyCalls):
        return ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.RATE_LIMITED, str(failure))
    if isinstance(failure, ChannelResting):
        return ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CHANNEL_MAINTENANCE, str(failure))
    if isinstance(failure, _NEVER_LEFT):
        return ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED, message)
    if isinstance(failure, httpx.UnsupportedProtocol):
        return ChannelError(ErrorKind.CONFIG, ErrorCode.OTHER, "the gateway's address is not one")
    if isinstance(failure, httpx.TimeoutException):
        return ChannelError(ErrorKind.UNKNOWN, ErrorCode.TIMEOUT, message)
    return ChannelError(ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR, message)


def when_asked(state: PaymentState) -> PaymentState:
    """The state a refused call leaves, where the call was a question: it says nothing against what it asked about."""
    return PaymentState.UNKNOWN if state is PaymentState.DECLINED else state


def party_error(failure: httpx.HTTPError) -> PartyError:
    """The same for the parties that are not channels."""
    message = type(failure).__name__
    if isinstance(failure, _NEVER_LEFT):
        return PartyError(PartyFault.UNREACHED, message)
    if isinstance(failure, httpx.TimeoutException):
        return PartyError(PartyFault.TIMEOUT, message)
    return PartyError(PartyFault.BROKEN, message)
