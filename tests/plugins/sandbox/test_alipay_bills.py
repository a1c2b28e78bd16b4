"""The bills of the sandbox's Alipay, fetched and read by the adapter."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from plugins.sandbox.alipay import bills
from plugins.sandbox.mishaps import Mishaps
from suidai.contract import (
    BillEmpty,
    BillFile,
    BillKind,
    BillNotReady,
    BillProblem,
    BillRequest,
    BillRow,
    BillTotals,
    Refund,
)
from tests.plugins.sandbox.conftest import Town
from tests.plugins.sandbox.test_alipay import opened, ordered, pay, ref

DAY = date(2026, 11, 21)
NEXT_NINE = datetime(2026, 11, 22, 1, tzinfo=UTC)


async def paid(town: Town, order_no: str, fen: int) -> None:
    await pay(town, await opened(town, await ordered(town, order_no=order_no, fen=fen)))


async def a_day_of_trades(town: Town) -> None:
    """Two payments on the day, a refund of one at once and of the other after midnight, and one payment after that."""
    await paid(town, "RP1", 48000)
    await paid(town, "RP2", 1250)
    town.clock.advance(timedelta(hours=1))
    await town.alipay.refund(Refund("RF1", ref(town, "RP1"), 8000, 48000))
    town.clock.at = datetime(2026, 11, 21, 16, 0, 0, tzinfo=UTC)
    await town.alipay.refund(Refund("RF2", ref(town, "RP2"), 1250, 1250))
    await paid(town, "RP3", 100)
    town.clock.at = NEXT_NINE


async def read(town: Town, day: date = DAY, kind: BillKind = BillKind.TRADE) -> list[Any]:
    file = await town.alipay.fetch_bill(BillRequest(day, kind))
    assert isinstance(file, BillFile)
    return list(town.alipay.parse_bill(file))


def facts(rows: list[BillRow]) -> list[tuple[BillKind, str | None, str | None, int, int | None]]:
    return [(row.kind, row.order_no, row.refund_no, row.amount_fen, row.fee_fen) for row in rows]


async def test_a_bill_tells_what_was_finished_on_its_beijing_day(town: Town) -> None:
    await a_day_of_trades(town)

    *rows, totals = await read(town)
    town.clock.advance(timedelta(days=1))
    *next_rows, _ = await read(town, DAY + timedelta(days=1))

    assert facts(rows) == [
        (BillKind.PAYMENT, "RP1", None, 48000, 288),
        (BillKind.PAYMENT, "RP2", None, 1250, 8),
        (BillKind.REFUND, "RP1", "RF1", 8000, 0),
    ]
    known = await town.alipay.query_payment(ref(town, "RP1"))
    assert (rows[0].provider_no, rows[0].occurred_at) == (known.provider_no, known.paid_at)
    assert totals == BillTotals(payments=2, payments_fen=49250, refunds=1, refunds_fen=8000, fees_fen=296)
    assert facts(next_rows) == [
        (BillKind.REFUND, "RP2", "RF2", 1250, 0),
        (BillKind.PAYMENT, "RP3", None, 100, 1),
    ]


async def test_the_accounts_bill_has_fees_as_moves_of_their_own(town: Town) -> None:
    await a_day_of_trades(town)

    entries = await read(town, kind=BillKind.FUND)

    assert not any(isinstance(entry, BillProblem) for entry in entries)
    assert [(row.kind, row.order_no, row.amount_fen) for row in entries if isinstance(row, BillRow)] == [
        (BillKind.PAYMENT, "RP1", 48000),
        (BillKind.FEE, "RP1", 288),
        (BillKind.PAYMENT, "RP2", 1250),
        (BillKind.FEE, "RP2", 8),
        (BillKind.REFUND, "RP1", 8000),
    ]


async def test_before_nine_there_is_no_bill_yet_and_of_an_empty_day_there_is_none(town: Town) -> None:
    await paid(town, "RP1", 48000)
    town.clock.at = NEXT_NINE - timedelta(minutes=1)

    assert await town.alipay.fetch_bill(BillRequest(DAY)) == BillNotReady(timedelta(minutes=1))
    town.clock.at = NEXT_NINE
    assert isinstance(await town.alipay.fetch_bill(BillRequest(DAY)), BillFile)
    assert isinstance(await town.alipay.fetch_bill(BillRequest(DAY - timedelta(days=1))), BillEmpty)


async def test_a_bill_asked_for_again_is_the_same_file(town: Town) -> None:
    await a_day_of_trades(town)

    first, again = [await town.alipay.fetch_bill(BillRequest(DAY)) for _ in range(2)]

    assert isinstance(first, BillFile)
    assert isinstance(again, BillFile)
    assert first.sha256 == again.sha256


async def address(town: Town) -> str:
    store, biz = town.house.store, {"bill_type": "trade", "bill_date": DAY.isoformat()}
    mishaps = Mishaps(town.house, "alipay")
    given = bills.address(store, f"{town.url}/", biz, town.clock(), seller_id="2088", mishaps=mishaps)
    return given["bill_download_url"]


@pytest.mark.parametrize("whose", ["business", "real"])
async def test_an_address_dies_after_half_a_minute(town: Town, whose: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await a_day_of_trades(town)
    url = await address(town)

    alive = await town.http.get(url)
    if whose == "business":
        town.clock.advance(timedelta(seconds=31))
    else:
        really = bills.real_time()
        monkeypatch.setattr(bills, "real_time", lambda: really + 31)
    dead = await town.http.get(url)

    assert (alive.status_code, alive.content[:2]) == (200, b"PK")
    assert (dead.status_code, dead.content) == (403, b"")


async def test_nothing_lies_at_an_address_that_was_never_given(town: Town) -> None:
    assert (await town.http.get(f"{town.url}/alipay/bill/none")).status_code == 403


@pytest.mark.parametrize(
    "biz",
    [{"bill_type": "all", "bill_date": "2026-11-21"}, {"bill_type": "trade", "bill_date": "2026-11"}, {}],
    ids=range(3),
)
def test_a_bill_that_does_not_exist_in_the_format_is_refused(town: Town, biz: dict[str, str]) -> None:
    with pytest.raises(bills.Failed, match="isv"):
        bills.address(
            town.house.store, town.url, biz, town.clock(), seller_id="2088", mishaps=Mishaps(town.house, "alipay")
        )
