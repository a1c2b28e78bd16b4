"""What all parties of the sandbox share: their settings, the time, their memory, their post."""

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from domain.shared.secret import SecretStr
from plugins.sandbox.faults import Faults
from plugins.sandbox.post import Postman, real_time
from plugins.sandbox.store import Letter, Store

Clock = Callable[[], datetime | Awaitable[datetime]]

PARTIES = ("identity", "bankcard", "sms", "risk", "esign", "funding", "bureau", "data")
CHANNELS = ("alipay", "wechat", "bank_withholding")


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """The sandbox's settings: keys by party, where parties call back if a request does not say, and the pace.

    `channels` holds what each played channel is set up with: its own keys, ours, and who we are to it. `ladder_scale`
    shortens the waits between repeats of a letter (1/240: four minutes become a second); `delay` is how many real
    seconds a party that answers later takes to decide.
    """

    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]], repr=False)
    secrets: Mapping[str, SecretStr] = field(default_factory=dict[str, SecretStr], repr=False)
    callback_urls: Mapping[str, str] = field(default_factory=dict[str, str])
    ladder_scale: float = 1 / 240
    delay: float = 0.5

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "SandboxConfig":
        """Read `SUIDAI_SANDBOX`. A party without settings is not played."""
        pace = cast("Mapping[str, float]", settings.get("pace", {}))
        known = {party: cast("Mapping[str, str]", settings[party]) for party in PARTIES if party in settings}
        return cls(
            channels={code: settings[code] for code in CHANNELS if code in settings},
            secrets={party: SecretStr(given["secret"]) for party, given in known.items()},
            callback_urls={party: given.get("callback_url", "") for party, given in known.items()},
            **{name: pace[name] for name in ("ladder_scale", "delay") if name in pace},
        )


class House:
    """Where the parties live."""

    def __init__(self, config: SandboxConfig, store: Store, clock: Clock) -> None:
        self.config = config
        self.store = store
        self._clock = clock
        self.faults = Faults(store)
        self.postman = Postman(store, config.secrets, self.now, config.ladder_scale)

    async def now(self) -> datetime:
        """Business time."""
        found = self._clock()
        return await found if inspect.isawaitable(found) else found

    def write(
        self, party: str, url: str, body: bytes, content_type: str, *, delay: float = 0, held: bool = False
    ) -> None:
        """Post a letter after a delay in real seconds. Within `store.together()` it goes with the change it tells of.

        One that is held goes when its party has sent another, if that is earlier.
        """
        if url:
            self.store.post(Letter(url, body, content_type, party, real_time() + delay), held=held)
            self.postman.wake()

    def call_back(self, party: str, asked: Mapping[str, Any], content: Mapping[str, Any]) -> None:
        """Tell us the result of what we asked, where the request said or the settings say."""
        url = str(asked.get("notify_url") or self.config.callback_urls.get(party, ""))
        body = json.dumps(content, ensure_ascii=False).encode()
        self.write(party, url, body, "application/json", delay=self.config.delay)
