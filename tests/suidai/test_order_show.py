"""`suidai order show`, as somebody at the desk asks."""

import json

from domain.payments.services import attempts, orders
from domain.payments.services.attempts import Source
from domain.shared.db import Sessions
from tests.domain.payments.builders import HOUR, NOW, PROCESSING, Offer, an_order, paid
from tests.suidai.test_books import MASTER
from tests.suidai.test_cli import suidai


async def test_the_command_tells_an_orders_history_by_either_number(sessions: Sessions, database_url: str) -> None:
    async with sessions.begin() as session:
        order = await an_order(session)
        order.choice = {
            "ranked": [{"channel": "fake", "fee_fen": 600, "success": "0.9286", "cost_fen": "607.6923", "tries": 4}],
            "excluded": [{"channel": "night", "reason": "MAINTENANCE", "until": "2026-03-02T11:00:00+08:00"}],
        }
        attempt = (await attempts.claim(session, order_id=order.id, at=NOW)).attempt
        instead = await orders.create_instead(session, order, channel=Offer("other"), choice={}, at=NOW + HOUR)
        for result in (PROCESSING, paid(999_99), paid(), paid(999_98)):
            await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=Source.NOTICE, at=NOW)
    told = {"SUIDAI_DATABASE_URL": database_url, "SUIDAI_MASTER_KEY": MASTER, "COLUMNS": "200"}

    shown = suidai("order", "show", order.number, **told)
    machine = suidai("order", "show", attempt.order_no, "--json", **told)
    nobody = suidai("order", "show", "PO0", **told)

    assert shown.returncode == 0, shown.stderr
    assert "PROCESSING > SUCCEEDED" in shown.stdout
    assert "SUCCEEDED PROCESSING > PROCESSING doubted" in shown.stdout
    assert "SUCCEEDED SUCCEEDED > SUCCEEDED contradicts" in shown.stdout
    for said in (f"{instead.number} by other", "by fake", "fake: fee 6.00, 92.9% of 4", "night: MAINTENANCE"):
        assert said in shown.stdout
    assert "credit suspense.payments 1000.00" in shown.stdout
    assert [entry["kind"] for entry in json.loads(machine.stdout)] == [
        *("CREATED", "ATTEMPT", "CHANGE", "CHANGE", "CHANGE", "CHANGE", "POSTING", "REPLACED")
    ]
    assert (nobody.returncode, nobody.stderr) == (2, "suidai: there is no order PO0\n")
