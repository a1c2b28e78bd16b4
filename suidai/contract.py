"""What a plugin is written against: `from suidai.contract import ...`, nothing else of suidai.

Importing it loads no database, web or validation library and takes a few hundredths of a second. Names are only added
within a major `CONTRACT_VERSION`; values get new optional fields only; enums are read leniently on both sides.
"""

from typing import TYPE_CHECKING

import plugins
from plugins import __all__

if TYPE_CHECKING:
    from plugins import *  # noqa: F403 - a re-export of exactly `plugins.__all__`


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(plugins, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
