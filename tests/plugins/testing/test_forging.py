"""The kit's forger finds the channel that believes what it should not: unsigned, another's, twice told, or for another."""

import hmac
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from plugins.testing import (
    Subject,
    foreign_notices_move_nothing,
    forged_answers_are_doubt,
    notices_are_proven,
    what_it_posts_is_proven,
)
from plugins.testing.forging import unsigned
from suidai.channel_template import write
from suidai.contract import (
    Headers,
    Notification,
    NotificationKind,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    RawRequest,
    RefundResult,
    SignatureError,
)


@pytest.fixture(scope="module")
def forgepay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """The package that `suidai channels new forgepay` writes."""
    source = str(write("forgepay", tmp_path_factory.mktemp("author")) / "src")
    sys.path.insert(0, source)
    yield import_module("suidai_forgepay.fake").sample()
    sys.path.remove(source)


def altered(subject: Subject, **members: Any) -> Subject:
    """The template's channel with some of it replaced."""
    made = type(subject.channel())
    return replace(subject, spec=replace(subject.spec, factory=type("Spoiled", (made,), members)))


def reading(subject: Subject, change: Callable[[RawRequest, Notification], Notification]) -> Subject:
    """A channel that reads of a notice what `change` makes of the truth."""
    base: Any = type(subject.channel())

    async def parse(self: PaymentChannel, request: RawRequest) -> Notification:
        return change(request, await base.parse_notification(self, request))

    return altered(subject, parse_notification=parse)


def moved(notice: Notification, **changes: Any) -> Notification:
    """The notice with some of its result replaced."""
    assert isinstance(notice.result, PaymentResult | RefundResult)
    return replace(notice, result=replace(notice.result, **changes))


@pytest.mark.parametrize("check", [forged_answers_are_doubt, what_it_posts_is_proven])
async def test_what_is_believed_where_no_signature_came_is_found(
    check: Callable[[Subject], Awaitable[None]], forgepay: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [import_module(f"suidai_forgepay.{name}") for name in ("gateway", "channel")]:
        sound: Any = module.proven

        def lax(key: str, signature: str, content: bytes, sound: Any = sound) -> Any:
            try:
                return sound(key, signature, content) if signature else json.loads(content)
            except ValueError:
                return None

        monkeypatch.setattr(module, "proven", lax)

    with pytest.raises(AssertionError, match=r"without a signature, is|without its signature is believed"):
        await check(forgepay)


async def test_an_answer_that_was_signed_for_another_order_is_found(forgepay: Subject) -> None:
    async def query(self: Any, ref: PaymentRef) -> PaymentResult:
        operation = "query"
        asked = json.dumps({"merchant": "M0001", "operation": operation, "number": ref.order_no}).encode()
        gateway: Any = import_module("suidai_forgepay.gateway")
        key = self._config.key.reveal()
        try:
            response = await self._runtime.http.post(
                f"{self._config.gateway_url}/query",
                content=asked,
                headers={gateway.SIGNATURE: gateway.sign(key, asked)},
            )
        except httpx.HTTPError as failure:
            return PaymentResult(PaymentState.UNKNOWN, error=gateway.channel_error(failure))
        said = gateway.proven(key, response.headers.get(gateway.SIGNATURE, ""), response.content)
        channel: Any = import_module("suidai_forgepay.channel")
        return channel._payment(said) if said else PaymentResult(PaymentState.UNKNOWN)

    with pytest.raises(AssertionError, match="given the signed answer of another's, is SUCCEEDED"):
        await forged_answers_are_doubt(altered(forgepay, query_payment=query))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda request, read: replace(read, event_id="E"), "say different things have one event_id, 'E'"),
        (
            lambda request, read: replace(read, event_id=str(read.order_no)),
            "say different things have one event_id, 'None'",
        ),
        (
            lambda request, read: replace(read, event_id=f"{request.received_at}{read.event_id}"),
            "a minute later, or in another process, has another event_id",
        ),
        (lambda request, read: replace(read, order_no="None"), "notice names 'None'"),
        (lambda request, read: replace(read, order_no=None), "does not name its order"),
        (lambda request, read: moved(read, amount_fen=1), "in a notice, a payment of 102409 fen is told as 1"),
        (
            lambda request, read: replace(
                read, kind=NotificationKind.PAYMENT, order_no=read.order_no or "PO20261121000001a1b2c3d4", result=None
            ),
            "of a refund is read as a payment's",
        ),
    ],
    ids=range(7),
)
async def test_a_notice_that_is_read_wrongly_is_found(change: Any, says: str, forgepay: Subject) -> None:
    with pytest.raises(AssertionError, match=says):
        await what_it_posts_is_proven(reading(forgepay, change))


async def test_a_notice_to_another_merchant_that_is_believed_is_found(forgepay: Subject) -> None:
    def believed(_: RawRequest, read: Notification) -> Notification:
        return moved(read, state=PaymentState.SUCCEEDED, error=None)

    await foreign_notices_move_nothing(forgepay)
    with pytest.raises(AssertionError, match="believed whichever merchant it names"):
        await foreign_notices_move_nothing(reading(forgepay, believed))


async def test_a_form_of_which_the_last_is_proven_and_the_first_is_read_is_found(forgepay: Subject) -> None:
    def signature(fields: dict[str, str]) -> str:
        return hmac.new(b"k", repr(sorted(fields.items())).encode(), sha256).hexdigest()

    async def parse(_: Any, request: RawRequest) -> Notification:
        pairs = parse_qsl(request.body.decode("latin-1"), keep_blank_values=True)
        last, first = dict(pairs), dict(reversed(pairs))
        if last.pop("sign", "") != signature(last):
            raise SignatureError("not the till's")
        return Notification(NotificationKind.PAYMENT, first["event"], order_no=first["order"])

    fields = {"event": "E1", "order": "A1"}
    body = f"event=E1&order=A1&sign={signature(fields)}".encode()
    good = RawRequest("POST", "/", "", Headers(), body, forgepay.now)

    with pytest.raises(AssertionError, match="a notice with another order before it is believed"):
        await notices_are_proven(altered(forgepay, parse_notification=parse), good)


@pytest.mark.parametrize(
    ("headers", "body", "left"),
    [
        ({}, b"a=1&sign=xy&sign_type=RSA2&b=2", ({}, b"a=1&b=2")),
        ({}, b"signature=xy&a=1", ({}, b"a=1")),
        ({}, b'{"sign": "xy", "a": {"b": 1}}', ({}, b'{ "a": {"b": 1}}')),
        ({}, b'{"a": {"b": 1}, "sign": "xy"}', ({}, b'{"a": {"b": 1}}')),
        ({}, b"<M><A>1</A><SIGNED_MSG>xy</SIGNED_MSG></M>", ({}, b"<M><A>1</A></M>")),
        ({"x-till-signature": "xy", "x": "1"}, b"{}", ({"x": "1"}, b"{}")),
        ({"x": "1"}, b"a=design", None),
    ],
    ids=range(7),
)
def test_what_is_called_a_signature_is_taken_off(headers: dict[str, str], body: bytes, left: Any) -> None:
    assert unsigned(headers, body) == left
