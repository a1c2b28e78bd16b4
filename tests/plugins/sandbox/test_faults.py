"""What a party is told to do wrong: planned, taken, shown, forgotten, and refused where it cannot be."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from plugins.sandbox.faults import Fault, Faults, NotPlayed, Of
from plugins.sandbox.house import House, SandboxConfig
from plugins.sandbox.mishaps import ANSWERS, About, Mishaps
from plugins.sandbox.store import Store
from tests.plugins.sandbox.conftest import Town


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    known = Faults(Store(tmp_path / "sandbox.sqlite3"))
    known.know("alipay", {Fault.BREAK, Fault.LOSE_NOTICE})
    return known


def test_a_fault_for_an_order_happens_to_that_order_and_as_often_as_planned(faults: Faults) -> None:
    faults.plan("alipay", Fault.BREAK, order="A1", times=2)

    assert not faults.take("alipay", Fault.BREAK, "A2")
    assert not faults.take("alipay", Fault.LOSE_NOTICE, "A1")
    assert not faults.take("wechat", Fault.BREAK, "A1")
    assert [faults.take("alipay", Fault.BREAK, "A1") for _ in range(3)] == [True, True, False]


def test_a_fault_for_any_order_happens_to_the_next(faults: Faults) -> None:
    faults.plan("alipay", Fault.BREAK)

    assert faults.take("alipay", Fault.BREAK, "A7")
    assert not faults.take("alipay", Fault.BREAK, "A8")


def test_what_is_planned_for_an_order_happens_before_what_is_planned_for_any(faults: Faults) -> None:
    faults.plan("alipay", Fault.BREAK)
    faults.plan("alipay", Fault.BREAK, order="A1")

    assert faults.take("alipay", Fault.BREAK, "A1")
    assert [one["order"] for one in faults.to_come()] == [""]


def test_planning_again_adds(faults: Faults) -> None:
    faults.plan("alipay", Fault.BREAK, times=2)
    faults.plan("alipay", Fault.BREAK)

    assert [one["left"] for one in faults.to_come()] == [3]


def test_what_is_forgotten_does_not_happen_and_can_be_planned_again(faults: Faults) -> None:
    faults.plan("alipay", Fault.BREAK, order="A1", times=5)
    faults.forget()

    assert faults.to_come() == []
    assert not faults.take("alipay", Fault.BREAK, "A1")
    faults.plan("alipay", Fault.BREAK, order="A1")
    assert [one["left"] for one in faults.to_come()] == [1]


def test_what_is_planned_outlives_the_sandbox(faults: Faults, tmp_path: Path) -> None:
    faults.plan("alipay", Fault.BREAK)

    assert Faults(Store(tmp_path / "sandbox.sqlite3")).take("alipay", Fault.BREAK)


@pytest.mark.parametrize(("party", "fault"), [("alipay", Fault.INSUFFICIENT_FUNDS), ("identity", Fault.BREAK)])
def test_a_party_is_not_told_to_do_what_it_cannot(faults: Faults, party: str, fault: Fault) -> None:
    with pytest.raises(NotPlayed, match=f"{party} cannot {fault}; it can: (BREAK, LOSE_NOTICE|do nothing wrong)"):
        faults.plan(party, fault)
    assert faults.to_come() == []


async def test_scripts_plan_see_and_forget_faults(town: Town) -> None:
    url = f"{town.url}/faults"
    planned = await town.http.post(url, json={"party": "alipay", "fault": "BREAK", "order": "A1", "times": 2})
    seen = (await town.http.get(url)).json()
    forgotten = await town.http.delete(url)

    one = {"party": "alipay", "fault": "BREAK", "order": "A1", "left": 2}
    assert (planned.status_code, planned.json()) == (201, {"to_come": [one]})
    assert seen["to_come"] == [one]
    assert "LOSE_NOTICE" in seen["known"]["alipay"]
    assert forgotten.json() == {"to_come": []}
    assert (await town.http.get(url)).json()["to_come"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"BREAK"',
        b'{"party": "alipay"}',
        b'{"party": "alipay", "fault": "EXPLODE"}',
        b'{"party": "identity", "fault": "INSUFFICIENT_FUNDS"}',
        b'{"party": "nobody", "fault": "BREAK"}',
        b'{"party": "alipay", "fault": "BREAK", "times": 0}',
        b'{"party": "alipay", "fault": "BREAK", "times": 1001}',
        b'{"party": "alipay", "fault": "BREAK", "times": "often"}',
        b'{"party": "alipay", "fault": "BREAK", "times": null}',
        b'{"party": "alipay", "fault": "BREAK", "of": "everything"}',
        b'{"party": "alipay", "fault": "BREAK", "seconds": 1}',
        b'{"party": "alipay", "fault": "SLOW", "seconds": 3601}',
        b'{"party": "alipay", "fault": "SLOW", "seconds": "NaN"}',
    ],
    ids=range(15),
)
async def test_nonsense_is_refused_in_words_and_plans_nothing(town: Town, body: bytes) -> None:
    answer: httpx.Response = await town.http.post(f"{town.url}/faults", content=body)

    assert answer.status_code == 422
    assert "write party, fault (" in answer.json()["message"]
    assert (await town.http.get(f"{town.url}/faults")).json()["to_come"] == []


def test_a_fault_of_a_refund_spares_the_payment_and_happens_to_its_refund(faults: Faults) -> None:
    faults.plan("alipay", Fault.BREAK, order="A1", of=Of.REFUND)
    faults.plan("alipay", Fault.BREAK, order="R2", of=Of.REFUND)

    assert not faults.take("alipay", Fault.BREAK, "A1")
    assert not faults.take("alipay", Fault.BREAK, "R9", "A9", of=Of.REFUND)
    assert [faults.take("alipay", Fault.BREAK, "R1", "A1", of=Of.REFUND) for _ in range(2)] == [True, False]
    assert [faults.take("alipay", Fault.BREAK, "R2", "A2", of=Of.REFUND) for _ in range(2)] == [True, False]


def test_a_fault_of_a_number_happens_to_whatever_it_is_the_number_of(faults: Faults) -> None:
    faults.plan("alipay", Fault.BREAK, order="A1")

    assert faults.take("alipay", Fault.BREAK, "R1", "A1", of=Of.REFUND)


def test_what_takes_time_takes_what_was_said_or_its_own(faults: Faults) -> None:
    faults.know("alipay", {Fault.SLOW, Fault.BREAK})
    faults.plan("alipay", Fault.SLOW, order="A1", seconds=0.5)
    faults.plan("alipay", Fault.SLOW)

    assert faults.seconds("alipay", Fault.SLOW, "A1") == 0.5
    assert faults.seconds("alipay", Fault.SLOW, "A1") == 20
    assert faults.seconds("alipay", Fault.SLOW, "A1") is None
    with pytest.raises(NotPlayed, match="BREAK takes no seconds; these do: DELAY_NOTICE, REORDER_NOTICES, SLOW"):
        faults.plan("alipay", Fault.BREAK, seconds=1)


async def test_a_slow_answer_takes_no_fault_that_was_planned_for_a_later_one(tmp_path: Path) -> None:
    house = House(SandboxConfig(), Store(tmp_path / "sandbox.sqlite3"), lambda: datetime(2026, 11, 21, tzinfo=UTC))
    house.faults.know("alipay", ANSWERS)
    mishaps = Mishaps(house, "alipay")
    house.faults.plan("alipay", Fault.SLOW, seconds=0.01)

    slow = asyncio.create_task(mishaps.answered(About(("A1",))))
    await asyncio.sleep(0)  # as far as it waits
    house.faults.plan("alipay", Fault.BAD_SIGNATURE)

    assert await slow is False
    assert await mishaps.answered(About(("A2",))) is True


def test_every_fault_has_its_sentence_and_is_what_it_is_called() -> None:
    for fault in Fault:
        assert Fault(fault.name) is fault
        assert fault.sentence.endswith(".")


def test_the_page_of_channels_lists_every_fault_and_no_other() -> None:
    page = (Path(__file__).parents[3] / "docs" / "channels.md").read_text()
    table = page.split("\n## The sandbox\n")[1].split("\n| fault |")[1].split("\n\n")[0]

    assert re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE) == list(Fault)
