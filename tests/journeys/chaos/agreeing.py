"""Alipay's agreements in a run: switched on by two people over the API, signed on Alipay's page, ended by either side."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.chaos.doors import PATIENCE, Doors, Surprise
from tests.journeys.chaos.plan import ALIPAY, Agreement
from tests.journeys.chaos.town import Resident

AGREEMENTS: Mapping[str, Any] = {"withholding": True, "withholding_product": "GENERAL_WITHHOLDING"}
BATCHES: Mapping[str, Any] = {"batch_size": 20}
VERSIONS = "{ paymentChannels { code configuration { version } } }"
JSON = {"accept": "application/json"}
MANDATE = "... on Mandate { id status action { ... on RedirectAction { url } } }"


@dataclass
class Desk:
    """Who sets up channels, and the borrowers who came to sign: by number, the mandate and the page at Alipay."""

    doors: Doors
    seed: int
    settings: Mapping[str, Mapping[str, Any]]
    """Of each channel, as the house was started."""
    mandates: dict[int, str] = field(default_factory=dict[int, str])
    pages: dict[int, str] = field(default_factory=dict[int, str])

    async def set_up(self, code: str, changes: Mapping[str, Any]) -> None:
        """Change some settings of a channel; returns when the API goes by them."""
        before = await self._version(code)
        asked = {
            "code": code,
            "enabled": True,
            "reason": "the contract is signed",
            "settings": {**self.settings[code], **changes},
            "idempotencyKey": f"chaos-{self.seed}-{code}-settings",
        }
        change = await self.doors.do("admin", "configureChannel", asked, "... on ChangeRequest { id }")
        if "id" not in change:
            raise Surprise(f"{code} is not set up: {change}")
        decided = {"changeId": change["id"], "approve": True, "reason": "seen the contract"}
        answer = await self.doors.do("reviewer", "decideChange", decided, "... on ChangeRequest { state }")
        # A repeat, where the process died that had approved it, is told that it was decided.
        if answer["__typename"] == "Problem" and answer["code"] != "CHANGE_ALREADY_DECIDED":
            raise Surprise(f"{code} is not set up: {answer}")
        deadline = time.monotonic() + PATIENCE
        while await self._version(code) == before:
            if time.monotonic() > deadline:
                raise Surprise(f"{code} is set up and does not go by it")
            await asyncio.sleep(0.1)

    async def signs(self, who: Resident, agreement: Agreement) -> None:
        """He asks for an agreement, and does with its page what he is like.

        Where the process died that asked for it he has no page, and leaves it; somebody asks what became of it.
        """
        asked = {
            "channel": ALIPAY,
            "returnUrl": "https://loan.example.com/back",
            "idempotencyKey": f"chaos-{self.seed}-{who.n}-agreement",
        }
        mandate = await self.doors.do(who, "signMandate", asked, MANDATE)
        if mandate.get("status") in ("REQUESTED", "UNKNOWN"):
            return
        if not mandate.get("action"):
            raise Surprise(f"there is no page to sign: {mandate}")
        page = await self.doors.outside("GET", mandate["action"]["url"])
        self.mandates[who.n], self.pages[who.n] = mandate["id"], str(page.url)
        if agreement is not Agreement.LEAVES_IT:
            await self._press(who, act="sign", notices="0" if agreement is Agreement.SIGNS_UNHEARD else "1")

    async def ends(self, who: Resident, agreement: Agreement) -> None:
        """He ends it, at Alipay or with us."""
        if agreement is Agreement.ENDS_IT:
            await self._press(who, act="unsign", notices="1")
            return
        revoked = await self.doors.do(who, "revokeMandate", {"mandateId": self.mandates[who.n]}, MANDATE)
        if revoked.get("status") not in ("REVOKING", "REVOKED"):
            raise Surprise(f"an agreement is not taken back: {revoked}")

    async def _press(self, who: Resident, **buttons: str) -> None:
        pressed = await self.doors.outside("POST", self.pages[who.n], data=buttons, headers=JSON)
        if pressed.status_code not in (200, 409):  # 409: it was done when he pressed before, and heard nothing
            raise Surprise(f"{buttons} cannot be pressed: {pressed.status_code}")

    async def _version(self, code: str) -> int | None:
        told = await self.doors.ask("admin", VERSIONS)
        return next(each["configuration"]["version"] for each in told["paymentChannels"] if each["code"] == code)
