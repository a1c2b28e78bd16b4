"""The checks a plugin's author is given pass a sound channel and find each fault in a spoiled one."""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from plugins.outcome import channel_error
from plugins.testing import (
    Subject,
    a_bill_in_doubt_is_not_ready,
    bills_are_read,
    doubt_is_unknown,
    imports_quickly,
    nobody_waits_for_it,
    notices_are_answered,
    notices_are_proven,
    offers_what_it_says,
    pace,
    secrets_stay_secret,
    settings_are_read,
    spec_is_valid,
    what_was_not_sent_is_known,
)
from suidai.contract import (
    BillAnswer,
    BillEmpty,
    BillEntry,
    BillFile,
    BillKind,
    BillNotReady,
    BillProblem,
    BillRequest,
    BillRow,
    BillTotals,
    Capabilities,
    ChannelError,
    ChannelRuntime,
    ChannelSpec,
    CreatePayment,
    Debit,
    ErrorCode,
    ErrorKind,
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    Product,
    RawRequest,
    SecretStr,
    SignatureError,
    require_https,
)

NOW = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
SECRET = "a-very-secret-key"
NO_ANSWER = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER)


@dataclass(frozen=True)
class CashConfig:
    """A till's settings."""

    url: str
    key: SecretStr = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", SecretStr(self.key))
        require_https(self.url, "url")


class Cash(PaymentChannel):
    """A till somewhere that answers in signed JSON."""

    code = "cash"

    def __init__(self, config: CashConfig, runtime: ChannelRuntime) -> None:
        self.config = config
        self.runtime = runtime

    def sign(self, content: bytes) -> str:
        return hmac.new(self.config.key.reveal().encode(), content, sha256).hexdigest()

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        return await self.asked(request.order_no)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        return await self.asked(ref.order_no)

    async def asked(self, order_no: str) -> PaymentResult:
        try:
            response = await self.runtime.http.post(f"{self.config.url}/{order_no}")
        except httpx.HTTPError as failure:
            return PaymentResult(PaymentState.UNKNOWN, error=channel_error(failure))
        if response.headers.get("x-sign") != self.sign(response.content):
            return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)
        return PaymentResult(PaymentState(response.json()["state"]))

    async def parse_notification(self, request: RawRequest) -> Notification:
        if not hmac.compare_digest(request.headers.get("x-sign", ""), self.sign(request.body)):
            raise SignatureError("not the till's")
        said = json.loads(request.body)
        paid = PaymentResult(PaymentState.SUCCEEDED, said["fen"], "CNY")
        return Notification(NotificationKind.PAYMENT, said["order"], order_no=said["order"], result=paid)

    def answer_notification(self, outcome: NoticeOutcome) -> HttpAnswer:
        again = outcome in {NoticeOutcome.RETRY, NoticeOutcome.BAD_SIGNATURE}
        return HttpAnswer(500, {}, b"again") if again else HttpAnswer(200, {}, b"ok")

    async def fetch_bill(self, request: BillRequest) -> BillAnswer:
        return BillNotReady()

    def parse_bill(self, file: BillFile) -> Iterator[BillEntry]:
        lines = file.content.decode("utf-8", "replace").split("\n")
        for number, line in enumerate(lines[:-1], 1):
            kind, _, fen = line.partition(" ")
            if kind in {"PAYMENT", "REFUND"} and fen.isdigit():
                yield BillRow(BillKind(kind), "A1", int(fen), "CNY", occurred_at=NOW, raw=line)
            else:
                yield BillProblem(number, "not understood", line)
        if lines[-1] != "end":
            yield BillProblem(0, "no end")
        yield BillTotals()


CAN = Capabilities(products=frozenset({Product.PAGE}), bill=frozenset({BillKind.TRADE}), notify_answer="ok")
SPEC = ChannelSpec("cash", "现金", "Cash", CashConfig, CAN, Cash)
SETTINGS = {"url": "https://till.example", "key": SECRET}
SUBJECT = Subject(SPEC, SETTINGS)
FILE = BillFile(b"PAYMENT 100\nREFUND 40\nend", "bill", "")
EMPTY = BillFile(b"end", "bill", "")
BODY = b'{"order": "A1", "fen": 100}'
GOOD = RawRequest("POST", "/", "", {"x-sign": hmac.new(SECRET.encode(), BODY, sha256).hexdigest()}, BODY, NOW)  # type: ignore[arg-type]

Check = Callable[[Subject], Awaitable[None]]


async def spec(subject: Subject) -> None:
    spec_is_valid(subject)


async def settings(subject: Subject) -> None:
    settings_are_read(subject)


async def notices(subject: Subject) -> None:
    await notices_are_proven(subject, GOOD)


async def answers(subject: Subject) -> None:
    await notices_are_answered(subject, GOOD)


async def bills(subject: Subject) -> None:
    bills_are_read(subject, FILE, empty=EMPTY)


CHECKS: list[Check] = [
    spec,
    settings,
    offers_what_it_says,
    doubt_is_unknown,
    a_bill_in_doubt_is_not_ready,
    what_was_not_sent_is_known,
    nobody_waits_for_it,
    secrets_stay_secret,
    notices,
    notices_are_answered,
    bills,
]


async def test_a_sound_channel_passes() -> None:
    for check in CHECKS:
        await check(SUBJECT)


def spoiled(**members: Any) -> Subject:
    """The till with some of its members replaced."""
    return replace(SUBJECT, spec=replace(SPEC, factory=type("Spoiled", (Cash,), members)))


def announced(**changes: Any) -> Subject:
    return replace(SUBJECT, spec=replace(SPEC, **changes))


def able(**flags: Any) -> Subject:
    return announced(capabilities=replace(CAN, **flags))


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        (announced(code="Cash!"), "lower-case letters"),
        (announced(name_zh=""), "one in Chinese"),
        (announced(contract_version="2.0"), "another major version"),
        (able(products=frozenset()), "nobody can pay"),
        (able(min_fen=0), "the least it takes"),
        (able(query=False), "cannot be asked"),
        (replace(SUBJECT, order_no="A-1"), "does not allow the order number"),
        (announced(factory=lambda config, runtime: object()), "is a object, not a PaymentChannel"),
        (spoiled(code="other"), "calls itself 'other'"),
    ],
    ids=range(9),
)
async def test_a_spec_that_says_what_is_not_so_is_found(subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        spec_is_valid(subject)


class Open(CashConfig):
    """Settings that show their secret."""

    def __repr__(self) -> str:
        return f"Open({self.key.reveal()})"


class Lax(CashConfig):
    """Settings that take anything."""

    def __init__(self, url: str, key: str, **anything: Any) -> None:
        super().__init__(url, SecretStr(key))


class Overheard(CashConfig):
    """Settings that take an open line."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", SecretStr(self.key))


class Careless:
    """Settings that keep their secret as text."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (Open, "shows a secret"),
        (Lax, "does not exist"),
        (Careless, "no setting is a SecretStr"),
        (Overheard, "url may be http://, where others listen in"),
        (lambda **_: object(), "differ"),
    ],
    ids=range(5),
)
async def test_settings_that_are_not_handled_with_care_are_found(model: Any, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        settings_are_read(announced(config_model=model))


async def declines(self: Cash, order_no: str) -> PaymentResult:
    try:
        await self.runtime.http.post(self.config.url)
    except httpx.HTTPError as failure:
        return PaymentResult(PaymentState.DECLINED, error=channel_error(failure))
    return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)


async def raises(self: Cash, order_no: str) -> PaymentResult:
    (await self.runtime.http.post(self.config.url)).raise_for_status()
    return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)


async def believes(self: Cash, order_no: str) -> PaymentResult:
    try:
        response = await self.runtime.http.post(self.config.url)
    except httpx.HTTPError:
        return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)
    return PaymentResult(PaymentState.NOT_FOUND if response.status_code == 404 else PaymentState.UNKNOWN)


async def forgets(self: Cash, order_no: str) -> PaymentResult:
    try:
        await self.runtime.http.post(self.config.url)
    except httpx.HTTPError:
        return PaymentResult(PaymentState.UNKNOWN, error=ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED))
    return PaymentResult(PaymentState.UNKNOWN, error=NO_ANSWER)


async def tells(self: Cash, order_no: str) -> PaymentResult:
    self.runtime.logger.warning("asking with %s", self.config.key.reveal())
    return await Cash.asked(self, order_no)


async def sends(self: Cash, order_no: str) -> PaymentResult:
    with suppress(httpx.HTTPError):
        await self.runtime.http.post(self.config.url, params={"with": self.config.key.reveal()})
    return await Cash.asked(self, order_no)


async def prints(self: Cash, order_no: str) -> PaymentResult:
    print("asking with", self.config.key.reveal())  # noqa: T201
    return await Cash.asked(self, order_no)


async def empty_bill(self: Cash, request: BillRequest) -> BillAnswer:
    return BillEmpty()


async def debits(self: Cash, request: Debit) -> PaymentResult:
    return PaymentResult(PaymentState.PROCESSING)


async def trusts(self: Cash, request: RawRequest) -> Notification:
    said = json.loads(request.body)
    paid = PaymentResult(PaymentState.SUCCEEDED, said["fen"], "CNY")
    return Notification(NotificationKind.PAYMENT, said["order"], order_no=said["order"], result=paid)


async def nameless(self: Cash, request: RawRequest) -> Notification:
    return replace(await Cash.parse_notification(self, request), event_id="")


def content(self: Cash, outcome: NoticeOutcome) -> HttpAnswer:
    return HttpAnswer(200, {}, b"ok")


def repeats_too_much(self: Cash, outcome: NoticeOutcome, notification: Notification | None = None) -> HttpAnswer:
    told = Cash.answer_notification(self, outcome)
    return replace(told, body=GOOD.body * 9999) if notification else told


def repeats_always(self: Cash, outcome: NoticeOutcome, notification: Notification | None = None) -> HttpAnswer:
    return HttpAnswer(200, {}, b"A1") if notification else Cash.answer_notification(self, outcome)


def shouts(self: Cash, outcome: NoticeOutcome) -> HttpAnswer:
    return HttpAnswer(200, {}, b"OK")


def only_rows(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    return (entry for entry in Cash.parse_bill(self, file) if not isinstance(entry, BillProblem))


def signed_sums(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    for entry in Cash.parse_bill(self, file):
        yield replace(entry, amount_fen=-entry.amount_fen) if isinstance(entry, BillRow) else entry


def floats(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    for entry in Cash.parse_bill(self, file):
        yield replace(entry, fee_fen=0.5) if isinstance(entry, BillRow) else entry


def falls_over(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    return iter([*Cash.parse_bill(self, file), *([] if file.content[-3:] == b"end" else [1 / 0])])  # type: ignore[list-item]


def leaves_out(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    """Says that something is wrong with a file that has no row, and passes over a bad line of any other."""
    entries = list(Cash.parse_bill(self, file))
    rows = any(isinstance(entry, BillRow) for entry in entries) and file.content.endswith(b"end")
    return (entry for entry in entries if not rows or not isinstance(entry, BillProblem))


def counts_wrongly(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    for entry in Cash.parse_bill(self, file):
        yield BillTotals(payments=2) if isinstance(entry, BillTotals) else entry


def never_ends(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    """Takes the sums from its lines, and a file for whole that has none after them."""
    ended = file.content if file.content.endswith(b"end") else file.content + b"\nend"
    said = list(Cash.parse_bill(self, replace(file, content=ended)))
    rows = [entry for entry in said if isinstance(entry, BillRow)]
    paid = [row.amount_fen for row in rows if row.kind is BillKind.PAYMENT]
    yield from (entry for entry in said if not isinstance(entry, BillTotals))
    yield BillTotals(payments=len(paid), payments_fen=sum(paid))


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (offers_what_it_says, able(close=True), "promise close_payment"),
        (offers_what_it_says, spoiled(debit=debits), "takes a debit"),
        (doubt_is_unknown, spoiled(asked=declines), "after no answer in time, is DECLINED"),
        (doubt_is_unknown, spoiled(asked=raises), "raises ReadTimeout instead"),
        (doubt_is_unknown, spoiled(asked=believes), "after HTTP 404 from nobody, is NOT_FOUND"),
        (doubt_is_unknown, spoiled(asked=forgets), "said to have done nothing"),
        (a_bill_in_doubt_is_not_ready, spoiled(fetch_bill=empty_bill), "is a BillEmpty, not a BillNotReady"),
        (what_was_not_sent_is_known, spoiled(asked=believes), "is not said to have done nothing"),
        (secrets_stay_secret, spoiled(asked=tells), "a secret shows"),
        (secrets_stay_secret, spoiled(asked=sends), "a secret shows"),
        (secrets_stay_secret, spoiled(asked=prints), "a secret shows"),
        (offers_what_it_says, spoiled(create_payment=PaymentChannel.create_payment), "promise create_payment"),
        (secrets_stay_secret, spoiled(__repr__=lambda self: self.config.key.reveal()), "a secret shows"),
        (notices, spoiled(parse_notification=trusts), "is believed|not SignatureError"),
        (notices, spoiled(parse_notification=nameless), "without an event_id"),
        (notices_are_answered, spoiled(answer_notification=content), "RETRY is answered as if"),
        (notices_are_answered, spoiled(answer_notification=shouts), "is not answered 'ok'"),
        (answers, spoiled(answer_notification=repeats_too_much), "is answered with a body of"),
        (answers, spoiled(answer_notification=repeats_always), "RETRY is answered as if"),
        (bills, spoiled(parse_bill=only_rows), "is read as if it were good"),
        (bills, spoiled(parse_bill=signed_sums), "PAYMENT of -100 fen"),
        (bills, spoiled(parse_bill=floats), "not whole fen"),
        (bills, spoiled(parse_bill=falls_over), "raises ZeroDivisionError: division by zero"),
        (bills, spoiled(parse_bill=leaves_out), "a line is cut in half is read as if it were good: 'PAYMENT 100'"),
        (bills, spoiled(parse_bill=counts_wrongly), "payments are 2 in its totals and 1 in its lines"),
        (bills, spoiled(parse_bill=never_ends), "ends after this line is read as if it were good: 'PAYMENT 100'"),
    ],
    ids=range(26),
)
async def test_a_spoiled_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", None),
        ("import time\nwhile time.process_time() < 0.2: pass", "load what is heavy"),
        ("import time; time.sleep(0.06)", "touches time.sleep"),
        ("open('x', 'w').close()", "touches open"),
        ("import socket; socket.getaddrinfo('localhost', 80)", "touches socket.getaddrinfo"),
        ("1/0", "ZeroDivisionError"),
    ],
    ids=range(6),
)
def test_an_import_that_takes_long_or_touches_the_world_is_found(
    code: str, says: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cashpay.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    subject = replace(SUBJECT, module="cashpay")

    if says is None:
        imports_quickly(subject)
    else:
        with pytest.raises(AssertionError, match=says):
            imports_quickly(subject)


class Watch:
    """A stop-watch that goes on only when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def blocks(self, *_: Any) -> PaymentResult:
        self.now += 0.3
        return PaymentResult(PaymentState.UNKNOWN)

    async def blocks_when_answered(self, *_: Any) -> PaymentResult:
        await asyncio.sleep(0)
        return await self.blocks()

    async def waits(self, *_: Any) -> PaymentResult:
        passing = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(self._pass, passing)
        return await passing

    def _pass(self, waiting: asyncio.Future[PaymentResult]) -> None:
        self.now += 5
        waiting.set_result(PaymentResult(PaymentState.UNKNOWN))

    async def blocks_once(self, *_: Any) -> PaymentResult:
        self.now += 5 if self.now == 0 else 0.1
        return PaymentResult(PaymentState.UNKNOWN)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    stopped = Watch()
    monkeypatch.setattr(pace, "perf_counter", stopped)
    return stopped


@pytest.mark.parametrize("how", ["blocks", "blocks_when_answered"])
@pytest.mark.parametrize("operation", ["create_payment", "query_payment", "parse_notification", "health", "fetch_bill"])
async def test_a_method_that_keeps_the_thread_is_found(watch: Watch, operation: str, how: str) -> None:
    async def spoil(_: Cash, *__: Any) -> PaymentResult:
        return await getattr(watch, how)()

    with pytest.raises(AssertionError, match=rf"{operation}.* holds the thread for 0\.3 s"):
        await nobody_waits_for_it(spoiled(**{operation: spoil}))


async def test_an_answer_to_a_notice_that_keeps_the_thread_is_found(watch: Watch) -> None:
    def spoil(self: Cash, outcome: NoticeOutcome) -> HttpAnswer:
        watch.now += 0.3
        return Cash.answer_notification(self, outcome)

    with pytest.raises(AssertionError, match="answer_notification holds the thread"):
        await nobody_waits_for_it(spoiled(answer_notification=spoil))


@pytest.mark.parametrize("how", ["waits", "blocks_once"])
async def test_a_method_that_waits_or_is_slow_once_keeps_nobody(watch: Watch, how: str) -> None:
    async def patient(_: Cash, __: Any) -> PaymentResult:
        return await getattr(watch, how)()

    await nobody_waits_for_it(spoiled(query_payment=patient))
