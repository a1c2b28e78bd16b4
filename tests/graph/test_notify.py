"""The door for outside parties: a stranger's letter is not even kept."""

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import func, select

from domain.shared.clock import Clock
from domain.shared.inbox import InboxRow
from graph.app import assemble
from graph.context import House
from graph.limits import NOTICES_PER_ADDRESS
from plugins.registry import Registry, Unavailable
from suidai.contract import HttpAnswer, NoticeOutcome
from tests.graph.bare import bare_house, calling


@dataclass
class Known:
    """Every party is known as `ours`."""

    code: str = "ours"

    def provider(self, _kind: str) -> Any:
        return self

    def channel(self, code: str) -> Any:
        raise Unavailable(code, "nobody offers it")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        *[(f"{kind}/theirs", 404) for kind in ("risk", "esign", "funding", "sms")],
        ("weather/ours", 404),
        ("payments/theirs", 503),
    ],
)
async def test_a_letter_of_a_party_we_do_not_work_with_is_not_kept(house: House, address: str, status: int) -> None:
    app = assemble(replace(house, registry=cast("Registry", Known())))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as http:
        answer = await http.post(f"/notify/{address}", content=b"hello")

    assert answer.status_code == status
    async with house.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(InboxRow)) == 0


class Sour:
    """A channel with words of its own."""

    code = "sour"

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        return HttpAnswer(200, {}, f"sour about {outcome}".encode())


async def test_a_database_that_is_away_is_told_in_the_channels_own_words() -> None:
    registry = cast("Registry", SimpleNamespace(channel=lambda code: Sour()))  # pyright: ignore[reportUnknownLambdaType]
    # The clock of development is read from the database too.
    async with calling(replace(bare_house(), registry=registry, clock=Clock(movable=True))) as http:
        answer = await http.post("/notify/payments/sour", content=b"hello")

    assert answer.text == "sour about RETRY"


async def test_one_address_sends_only_so_many_letters_a_minute_and_nobody_else_is_kept_out(house: House) -> None:
    app = assemble(replace(house, registry=cast("Registry", Known())))
    for _ in range(NOTICES_PER_ADDRESS.amount):
        await house.limits.count(NOTICES_PER_ADDRESS, "notices", "payments", "theirs", "203.0.113.1")

    async def status(party: str, address: str) -> int:
        transport = httpx.ASGITransport(app, client=(address, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as http:
            return (await http.post(f"/notify/payments/{party}", content=b"hello")).status_code

    assert await status("theirs", "203.0.113.1") == 429
    assert await status("others", "203.0.113.1") == 503
    assert await status("theirs", "203.0.113.2") == 503
