"""A gateway to try against: FOR TESTS AND DEVELOPMENT ONLY. It moves no money and its keys are made for the occasion.

`Allinpay` plays the other side in memory, as an httpx transport or, by `app`, over HTTP: `python -m suidai_allinpay.sandbox`.
Cards that end in 5151 have no money, those that end in 3131 are somebody else's; the code in every text message is 123456.
"""

from suidai_allinpay.sandbox.gateway import SMS_CODE, Allinpay, Fault, Keys, keys
from suidai_allinpay.sandbox.papers import Trade

__all__ = ["SMS_CODE", "Allinpay", "Fault", "Keys", "Trade", "keys"]
