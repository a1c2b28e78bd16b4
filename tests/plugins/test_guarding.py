"""A channel that is down is left alone for a while; what was not sent is known to have done nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from domain.payments.rules.judging import Asked, judge
from domain.payments.rules.states import AttemptState
from plugins.guarding import Breaker, BreakerState, ChannelResting, Guarded, Limits, TooManyCalls
from plugins.outcome import channel_error, party_error
from plugins.registry import Registry
from plugins.runtime import make_runtime
from suidai.contract import ErrorCode, ErrorKind, PartyFault, PaymentRef, PaymentResult, PaymentState
from tests.plugins.channels.test_alipay_vectors import CONFIG

NOW = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
LIMITS = Limits(at_once=2, patience=0.02, failures=3, window=30, cool_down=10, slow=2)
URL = "https://bank.example/"

Ending = httpx.Response | BaseException | Callable[[], Awaitable[httpx.Response]]


@dataclass
class Provider(httpx.AsyncBaseTransport):
    """A provider that ends each call as told; real seconds pass as told."""

    ending: Ending = field(default_factory=lambda: httpx.Response(200))
    seconds: float = 0
    calls: int = 0

    def time(self) -> float:
        return self.seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        ending = self.ending
        if isinstance(ending, BaseException):
            raise ending
        return ending if isinstance(ending, httpx.Response) else await ending()


@dataclass
class Caller:
    provider: Provider
    breaker: Breaker
    http: httpx.AsyncClient

    async def calls(self, ending: Ending | None = None, times: int = 1) -> list[type[BaseException] | int]:
        """Call one after the other; what each call came to."""
        if ending is not None:
            self.provider.ending = ending
        return [await self.once() for _ in range(times)]

    async def once(self) -> type[BaseException] | int:
        try:
            return (await self.http.get(URL)).status_code
        except httpx.HTTPError as failure:
            return type(failure)


def calling(limits: Limits) -> Caller:
    provider = Provider()
    breaker = Breaker("bank", limits, provider.time)
    return Caller(provider, breaker, httpx.AsyncClient(transport=Guarded(provider, breaker)))


@pytest.fixture
def caller() -> Caller:
    return calling(LIMITS)


FAILURES = [
    httpx.ConnectError("x"),
    httpx.ConnectTimeout("x"),
    httpx.ReadTimeout("x"),
    httpx.RemoteProtocolError("x"),
    httpx.Response(500),
    httpx.Response(503),
]


@pytest.mark.parametrize("failure", FAILURES, ids=range(len(FAILURES)))
async def test_after_several_failures_in_a_row_nothing_is_sent_for_a_while(caller: Caller, failure: Ending) -> None:
    await caller.calls(failure, times=3)
    assert caller.breaker.state is BreakerState.OPEN

    refused = await caller.calls(httpx.Response(200), times=4)
    caller.provider.seconds = 9.9
    refused += await caller.calls()

    assert refused == [ChannelResting] * 5
    assert caller.provider.calls == 3


async def test_a_success_between_failures_forgives_them(caller: Caller) -> None:
    for _ in range(3):
        await caller.calls(httpx.ReadTimeout("x"), times=2)
        await caller.calls(httpx.Response(404))

    assert caller.breaker.state is BreakerState.CLOSED


async def test_failures_far_apart_are_no_row(caller: Caller) -> None:
    for _ in range(6):
        await caller.calls(httpx.ReadTimeout("x"))
        caller.provider.seconds += 15.1

    assert caller.breaker.state is BreakerState.CLOSED


async def test_after_the_while_one_call_decides_and_the_others_wait_for_it(caller: Caller) -> None:
    await caller.calls(httpx.ReadTimeout("x"), times=3)
    caller.provider.seconds = 10
    may_answer = asyncio.Event()

    async def slowly() -> httpx.Response:
        await may_answer.wait()
        return httpx.Response(200)

    assert caller.breaker.state is BreakerState.HALF_OPEN
    caller.provider.ending = slowly
    probe = asyncio.create_task(caller.once())
    await asyncio.sleep(0)
    while caller.provider.calls < 4:
        await asyncio.sleep(0)
    meanwhile = await caller.once()
    may_answer.set()

    assert meanwhile is ChannelResting
    assert await probe == 200
    assert caller.breaker.state is BreakerState.CLOSED
    assert await caller.calls(httpx.ReadTimeout("x"), times=3) == [httpx.ReadTimeout] * 3


async def test_where_the_one_call_fails_too_the_while_begins_again(caller: Caller) -> None:
    await caller.calls(httpx.ReadTimeout("x"), times=3)
    caller.provider.seconds = 10

    assert await caller.calls(times=2) == [httpx.ReadTimeout, ChannelResting]
    caller.provider.seconds = 19.9
    assert await caller.calls() == [ChannelResting]
    caller.provider.seconds = 20
    assert await caller.calls(httpx.Response(200)) == [200]


async def test_a_call_that_began_before_decides_nothing(caller: Caller) -> None:
    may_answer = asyncio.Event()

    async def slowly() -> httpx.Response:
        await may_answer.wait()
        return httpx.Response(200)

    caller.provider.ending = slowly
    early = asyncio.create_task(caller.once())
    while not caller.provider.calls:
        await asyncio.sleep(0)
    await caller.calls(httpx.ReadTimeout("x"), times=3)
    may_answer.set()

    assert await early == 200
    assert caller.breaker.state is BreakerState.OPEN


async def test_calls_begin_no_faster_than_the_channel_takes_them() -> None:
    caller = calling(replace(LIMITS, at_once=9, per_second=100, patience=0.025))

    together = await asyncio.gather(*(caller.once() for _ in range(5)))
    caller.provider.seconds = 1
    later = await caller.once()

    assert together == [200, 200, 200, TooManyCalls, TooManyCalls]
    assert (later, caller.provider.calls) == (200, 4)


@pytest.mark.parametrize(("waited", "state"), [(2.0, BreakerState.OPEN), (1.9, BreakerState.CLOSED)])
async def test_a_call_given_up_by_its_caller_counts_if_it_had_waited_long(
    caller: Caller, waited: float, state: BreakerState
) -> None:
    async def for_ever() -> httpx.Response:
        caller.provider.seconds += waited
        await asyncio.Event().wait()
        raise AssertionError

    caller.provider.ending = for_ever
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.005):
                await caller.once()

    assert caller.breaker.state is state


async def test_a_deciding_call_that_was_given_up_at_once_leaves_the_next_to_decide(caller: Caller) -> None:
    await caller.calls(httpx.ReadTimeout("x"), times=3)
    caller.provider.seconds = 10

    async def for_ever() -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    caller.provider.ending = for_ever
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.005):
            await caller.once()

    assert await caller.calls(httpx.Response(200)) == [200]
    assert caller.breaker.state is BreakerState.CLOSED


async def test_our_own_mistakes_say_nothing_of_the_provider(caller: Caller) -> None:
    await caller.calls(httpx.UnsupportedProtocol("x"), times=5)

    assert caller.breaker.state is BreakerState.CLOSED


async def test_no_more_calls_than_allowed_are_under_way(caller: Caller) -> None:
    may_answer = asyncio.Event()

    async def slowly() -> httpx.Response:
        await may_answer.wait()
        return httpx.Response(200)

    caller.provider.ending = slowly
    under_way = [asyncio.create_task(caller.once()) for _ in range(2)]
    while caller.provider.calls < 2:
        await asyncio.sleep(0)
    refused = await caller.once()
    may_answer.set()

    assert refused is TooManyCalls
    assert await asyncio.gather(*under_way) == [200, 200]
    assert caller.provider.calls == 2
    assert await caller.calls(httpx.Response(200), times=3) == [200] * 3


async def test_a_call_waits_a_moment_for_a_place() -> None:
    caller = calling(replace(LIMITS, patience=30))

    async def soon() -> httpx.Response:
        await asyncio.sleep(0.005)
        return httpx.Response(200)

    caller.provider.ending = soon

    assert await asyncio.gather(*(caller.once() for _ in range(6))) == [200] * 6


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (TooManyCalls("x"), ErrorCode.RATE_LIMITED),
        (ChannelResting("x"), ErrorCode.CHANNEL_MAINTENANCE),
    ],
)
def test_what_was_refused_was_surely_not_executed(refusal: httpx.HTTPError, code: ErrorCode) -> None:
    error = channel_error(refusal)

    assert (error.kind, error.code) == (ErrorKind.NOT_EXECUTED, code)
    assert party_error(refusal).fault is PartyFault.UNREACHED


async def test_a_payment_the_breaker_kept_back_is_still_to_be_made() -> None:
    provider = Provider(httpx.ReadTimeout("x"))
    registry = Registry.discover(
        {"alipay": CONFIG},
        {},
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com",
        allow_sandbox=False,
        transport=provider,
        limits=LIMITS,
    )
    alipay, ref = registry.channel("alipay"), PaymentRef("A1", NOW)
    before = registry.listing("alipay")

    known: list[PaymentResult] = [await alipay.query_payment(ref) for _ in range(4)]
    after = registry.listing("alipay")
    (shown,) = (listing for listing in registry.channels() if listing.code == "alipay")
    await registry.close()

    assert [result.not_executed for result in known] == [False, False, False, True]
    assert {result.state for result in known} == {PaymentState.UNKNOWN}
    assert (before.breaker, after.breaker, shown.breaker) == (BreakerState.CLOSED, BreakerState.OPEN, BreakerState.OPEN)
    assert before.status == after.status == "READY"
    asked = Asked(100, "CNY", not_found_is_final=False)
    assert [judge(AttemptState.SUBMITTING, result, asked).state for result in known[2:]] == [
        AttemptState.UNKNOWN,
        AttemptState.SUBMITTING,
    ]
    assert judge(AttemptState.UNKNOWN, known[3], asked).state is AttemptState.UNKNOWN


async def test_opening_and_closing_are_logged(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    await caller.calls(httpx.ReadTimeout("x"), times=3)
    caller.provider.seconds = 10
    await caller.calls(httpx.Response(200))

    assert [record.getMessage() for record in caplog.records if record.name == "suidai.plugins.bank"] == [
        "breaker.opened for 10 s",
        "breaker.closed",
    ]


async def test_what_is_kept_back_is_not_audited_as_sent() -> None:
    heard: list[Any] = []

    async def audit(exchange: Any) -> None:
        heard.append(exchange)

    breaker = Breaker("bank", LIMITS)
    given = make_runtime(
        "bank",
        clock=lambda: NOW,
        notify_base_url="https://loan.example.com",
        audit=audit,
        transport=Provider(httpx.ReadTimeout("x")),
        breaker=breaker,
    )
    for _ in range(5):
        with pytest.raises(httpx.HTTPError):
            await given.http.get(URL)

    assert [exchange.failure for exchange in heard] == ["ReadTimeout"] * 3
