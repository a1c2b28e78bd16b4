"""The risk provider against the sandbox's engine: decisions that come later, signed."""

from datetime import timedelta

import httpx
import pytest
from starlette.responses import Response

from domain.shared.days import business_day
from plugins.providers.sandbox_party import PartyConfig
from plugins.providers.sandbox_risk import SandboxRisk
from plugins.testing import runtime
from suidai.contract import (
    Headers,
    PartyFault,
    RawRequest,
    RiskState,
    RiskSubmission,
    SecretStr,
    SignatureError,
    Subject,
)
from tests.plugins.sandbox.conftest import SECRET, Town
from tests.plugins.sandbox.people import ID, NAME, PHONE


def application(ref: str = "cr1", phone: str = PHONE) -> RiskSubmission:
    return RiskSubmission(ref, Subject(SecretStr(NAME), SecretStr(ID), SecretStr(phone)), {"monthly_income_fen": 1})


async def test_a_risk_decision_comes_later_by_a_signed_callback(town: Town) -> None:
    engine = town.registry.provider("risk")

    assert (await engine.submit(application())).state is RiskState.PENDING
    assert (await engine.submit(application())).state is RiskState.PENDING

    (heard,) = await town.ear.hears(1)
    callback = await engine.parse_callback(heard)
    assert (heard.path, callback.ref) == ("/notify/risk/sandbox", "cr1")
    decided = callback.result
    assert (decided.state, decided.score, decided.limit_fen) == (RiskState.APPROVED, 720, 5_000_000)
    assert decided.expires_on == business_day(town.clock()) + timedelta(days=365)
    assert decided.decided_at == town.clock()
    assert (await engine.query("cr1")).decision_no == decided.decision_no


async def test_a_risk_decision_whose_callback_is_lost_is_found_by_the_query(town: Town) -> None:
    engine = town.registry.provider("risk")
    await engine.submit(application(phone="13800130408"))

    assert await town.ear.hears(0) == []
    assert (await engine.query("cr1")).state is RiskState.APPROVED


async def test_a_rejection_has_reasons(town: Town) -> None:
    engine = town.registry.provider("risk")
    await engine.submit(application(phone="13800130404"))

    (heard,) = await town.ear.hears(1)
    result = (await engine.parse_callback(heard)).result
    assert (result.state, result.limit_fen, result.reasons) == (RiskState.REJECTED, None, ("the score is below 600",))


async def test_an_engine_that_is_down_has_kept_nothing(town: Town) -> None:
    engine = town.registry.provider("risk")

    result = await engine.submit(application(phone="13800130503"))

    assert result.state is RiskState.UNKNOWN
    assert result.error
    assert result.error.fault is PartyFault.REFUSED
    assert (await engine.query("cr1")).state is RiskState.NOT_FOUND


async def test_a_callback_that_was_changed_or_comes_late_proves_nothing(town: Town) -> None:
    engine = town.registry.provider("risk")
    await engine.submit(application())
    (heard,) = await town.ear.hears(1)

    def again(body: bytes = heard.body, headers: Headers = heard.headers, late: int = 0) -> RawRequest:
        return RawRequest("POST", heard.path, "", headers, body, town.clock() + timedelta(seconds=late))

    assert (await engine.parse_callback(again(late=299))).ref == "cr1"
    forgeries = [
        again(body=heard.body.replace(b"5000000", b"9000000")),
        again(late=302),
        again(late=-302),
        again(headers=Headers([pair for pair in heard.headers.pairs() if pair[0] != "x-suidai-nonce"])),
        again(
            headers=Headers(
                [(name, "0" if name == "x-suidai-timestamp" else value) for name, value in heard.headers.pairs()]
            )
        ),
    ]
    for forgery in forgeries:
        with pytest.raises(SignatureError):
            await engine.parse_callback(forgery)


async def test_a_callback_is_signed_anew_when_it_is_repeated(town: Town) -> None:
    town.ear.answer = lambda _: Response(status_code=503 if len(town.ear.heard) == 1 else 200)
    engine = town.registry.provider("risk")
    await engine.submit(application())
    await town.ear.hears(1)
    town.clock.advance(timedelta(days=30))

    heard = await town.ear.hears(2)
    first, second = [await engine.parse_callback(one) for one in heard]
    assert len(heard) == 2
    assert first.event_id == second.event_id
    assert heard[0].headers["X-Suidai-Nonce"] != heard[1].headers["X-Suidai-Nonce"]


async def test_a_request_without_our_secret_is_not_taken(town: Town) -> None:
    answer = await town.http.post(f"{town.url}/risk/applications", json={"ref": "cr1", "phone": PHONE})

    assert answer.status_code == 401
    assert (await town.registry.provider("risk").query("cr1")).state is RiskState.NOT_FOUND


def before(transport: httpx.AsyncBaseTransport) -> SandboxRisk:
    config = PartyConfig(base_url="http://127.0.0.1:9/risk", secret=SecretStr(SECRET))
    return SandboxRisk(config, runtime(now="2026-11-21T10:15:30+08:00", transport=transport))


@pytest.mark.parametrize(
    ("failure", "fault"),
    [
        (httpx.ConnectError("x"), PartyFault.UNREACHED),
        (httpx.ConnectTimeout("x"), PartyFault.UNREACHED),
        (httpx.ReadTimeout("x"), PartyFault.TIMEOUT),
        (httpx.RemoteProtocolError("x"), PartyFault.BROKEN),
    ],
)
async def test_a_failed_call_is_unknown_and_never_an_exception(failure: httpx.HTTPError, fault: PartyFault) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    result = await before(httpx.MockTransport(fail)).submit(application())

    assert result.state is RiskState.UNKNOWN
    assert result.error
    assert result.error.fault is fault


async def test_an_answer_that_is_not_the_partys_is_not_believed() -> None:
    content = {"ref": "cr1", "state": "APPROVED", "limit_fen": 10**12}
    engine = before(httpx.MockTransport(lambda _: httpx.Response(200, json=content)))

    result = await engine.submit(application())

    assert (result.state, result.limit_fen) == (RiskState.UNKNOWN, None)
