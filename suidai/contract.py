"""What a plugin is written against: `from suidai.contract import ...`, nothing else of suidai.

Importing it loads no database, web or validation library and takes a few hundredths of a second. What reads keys or
speaks HTTP (`private_key`, `channel_error`, `unpacked`, `Exchange`...) is loaded when it is asked for: import it in the
module of your channel, not in the one that announces it.

Names are only added within a major `CONTRACT_VERSION`; values get new optional fields only; enums are read leniently on
both sides.
"""

from typing import TYPE_CHECKING

import plugins
from plugins import HEAVY, __all__

if TYPE_CHECKING:
    from plugins import *  # noqa: F403 - a re-export of exactly `plugins.__all__`
    from plugins.making import *  # noqa: F403 - of exactly `plugins.HEAVY`


def __getattr__(name: str) -> object:
    if name in __all__ or name in HEAVY:
        return getattr(plugins, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
