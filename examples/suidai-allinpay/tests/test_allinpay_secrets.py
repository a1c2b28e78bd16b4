"""What is printed, logged or audited gives neither a person nor a key away; and what is loaded when."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import suidai_allinpay
from allinpay_cases import CARD, MANDATE, ORDER, PERSON, REF, SPEC, channel, refund, settings, town
from suidai_allinpay.plugin import MASKED
from suidai_allinpay.sandbox import Fault

PERSONAL = [CARD, PERSON.name.reveal(), PERSON.id_number.reveal(), PERSON.phone.reveal()]


def printed_by(script: str) -> str:
    """What a process of its own prints that finds modules where this one does."""
    here = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=here)
    return done.stdout.strip()


async def heard(*faults: Fault) -> list[Any]:
    """Every exchange of a mandate, a debit, a query, a refund and a lookup."""
    kept: list[Any] = []

    async def audit(exchange: Any) -> None:
        kept.append(exchange)

    here = town(audit=audit)
    asked = await here.debit()
    here.gateway.plan(ORDER, *faults)
    await here.channel.debit(asked)
    await here.channel.query_payment(REF)
    await here.channel.refund(refund(1))
    await here.channel.revoke_mandate(here.ref(await here.agreement(mandate_no="MD2")))
    return kept


@pytest.mark.parametrize("faults", [(), (Fault(Fault.LOSE_ANSWER),), (Fault(Fault.DETAIL, "3008"),)])
async def test_the_audit_of_every_exchange_gives_nobody_away(faults: tuple[Fault, ...]) -> None:
    kept = await heard(*faults)

    shown = repr(kept) + "".join(f"{one.url}{one.request}{one.response}" for one in kept)
    config = SPEC.config_model(**settings())
    secrets = [*PERSONAL, config.user_password.reveal(), config.private_key.reveal()[40:80]]
    assert [secret for secret in secrets if secret in shown] == []


async def test_the_audit_still_says_which_request_it_was() -> None:
    kept = await heard()

    assert any(f"REQ_SN={ORDER}" in one.url for one in kept)
    assert any(f"REQ_SN={MANDATE}" in one.url for one in kept)
    assert all(one.status == 200 for one in kept)


async def test_results_show_neither_token_nor_person() -> None:
    here = town()
    signed = await here.agreement()
    assert signed.token

    shown = repr(signed) + repr(here.channel) + str(here.channel)

    assert [secret for secret in [*PERSONAL, signed.token] if secret in shown] == []


def test_every_personal_element_is_named_for_masking() -> None:
    assert {"ACCOUNT_NO", "ACCOUNT_NAME", "ID", "TEL", "AGRMNO", "VERCODE", "USER_PASS"} <= MASKED


def test_nothing_of_suidai_is_used_but_its_contract_and_by_the_sample_its_kit() -> None:
    source = Path(suidai_allinpay.__file__).parent
    sample = source / "sandbox" / "sample.py"
    assert imported([sample]) == {"suidai.contract", "plugins.testing"}
    assert imported([path for path in source.rglob("*.py") if path != sample]) == {"suidai.contract"}


def imported(paths: list[Path]) -> set[str]:
    """What of suidai these files import."""
    trees = [ast.parse(path.read_text("utf-8")) for path in paths]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    named = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    named |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}

    inside = {"suidai", "domain", "plugins", "graph", "jobs"}
    return {name for name in named if name.partition(".")[0] in inside}


def test_announcing_loads_neither_the_wire_nor_a_cipher() -> None:
    heavy = "httpx", "cryptography", "defusedxml", "starlette", "suidai_allinpay.channel", "suidai_allinpay.sandbox"
    script = f"import sys, suidai_allinpay.plugin as p; p.payment_channels(); print([m for m in {heavy} if m in sys.modules])"

    assert printed_by(script) == "[]"


def test_the_channel_never_loads_the_sandbox() -> None:
    script = "import sys, suidai_allinpay.channel; print([m for m in sys.modules if m.startswith('suidai_allinpay.sandbox')])"

    assert printed_by(script) == "[]"


def test_a_channel_can_be_made_from_what_the_spec_says() -> None:
    assert repr(channel()) == "AllinpayChannel(merchant_id='200604000000445')"
