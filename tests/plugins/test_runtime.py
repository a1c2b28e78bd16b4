"""What every plugin's client does with an answer: read it whole, within a limit, and keep a record that gives nobody away."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256

import httpx
import pytest

from plugins import runtime as subject
from plugins.runtime import Exchange
from plugins.testing import runtime

NOW = datetime(2026, 11, 21, tzinfo=UTC)
URL = "https://bank.example/"


class _Streamed(httpx.AsyncByteStream):
    def __init__(self, parts: list[bytes], failure: Exception | None = None) -> None:
        self.parts = parts
        self.failure = failure
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            yield part
        if self.failure:
            raise self.failure

    async def aclose(self) -> None:
        self.closed = True


def client(response: httpx.Response, heard: list[Exchange] | None = None) -> httpx.AsyncClient:
    async def audit(exchange: Exchange) -> None:
        assert heard is not None
        heard.append(exchange)

    transport = httpx.MockTransport(lambda _: response)
    return runtime(now=NOW, transport=transport, audit=audit if heard is not None else None).http


async def test_an_answer_is_given_as_it_was_sent_whatever_it_was_packed_in() -> None:
    stream = _Streamed([gzip.compress("支付宝".encode() * 100)])
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8", "X-Serial": "1"}

    response = await client(httpx.Response(201, headers=headers, stream=stream)).get(URL)

    assert (response.status_code, response.text, response.headers["x-serial"]) == (201, "支付宝" * 100, "1")
    assert stream.closed


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_that_has_no_end_is_cut_off(packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LONGEST_ANSWER", 1000)
    content = gzip.compress(b"0" * 1001) if packed else b"0" * 1001
    stream = _Streamed([content])
    headers = {"Content-Encoding": "gzip"} if packed else {}

    with pytest.raises(httpx.ReadError, match="longer than 1000 bytes"):
        await client(httpx.Response(200, headers=headers, stream=stream)).get(URL)
    assert stream.closed


async def test_an_answer_that_breaks_off_is_a_failed_call_and_is_recorded_as_one() -> None:
    heard: list[Exchange] = []
    stream = _Streamed([b"half"], httpx.ReadTimeout("x"))

    with pytest.raises(httpx.ReadTimeout):
        await client(httpx.Response(200, stream=stream), heard).get(URL)
    assert [exchange.failure for exchange in heard] == ["ReadTimeout"]


@pytest.mark.parametrize("content", [b"PK\x03\x04\xff\xfe", b"a" * 65537], ids=["binary", "long"])
async def test_a_file_is_recorded_by_its_size_and_hash_only(content: bytes) -> None:
    heard: list[Exchange] = []

    response = await client(httpx.Response(200, content=content), heard).get(URL)

    assert response.content == content
    assert heard[0].response == f"[{len(content)} bytes, sha256 {sha256(content).hexdigest()}]"


async def test_what_is_said_in_gbk_is_recorded_in_words_without_who_it_is_about() -> None:
    heard: list[Exchange] = []
    said = '<?xml version="1.0" encoding="GBK"?><name>李雷</name><msg>余额不足</msg>'.encode("gbk")
    answer = httpx.Response(200, content=said, headers={"Content-Type": "text/xml; charset=GBK"})

    await client(answer, heard).post(URL, content=said, headers={"Content-Type": "text/xml"})

    shown = '<?xml version="1.0" encoding="GBK"?><name>***</name><msg>余额不足</msg>'
    assert (heard[0].request, heard[0].response) == (shown, shown)


async def test_what_a_channel_calls_its_payers_is_masked_in_what_is_kept_and_what_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[Exchange] = []

    async def audit(exchange: Exchange) -> None:
        heard.append(exchange)

    answer = httpx.Response(200, text='{"holder": "Wang"}')
    given = runtime(
        now=NOW,
        transport=httpx.MockTransport(lambda _: answer),
        code="named",
        audit=audit,
        masked_fields=frozenset({"holder"}),
    )
    await given.http.post(URL, params={"holder": "Wang"}, data={"holder": "Wang"})
    given.logger.warning('it said {"holder": "Wang"}')

    assert (heard[0].url, heard[0].request, heard[0].response) == (
        f"{URL}?holder=***",
        "holder=***",
        '{"holder": "***"}',
    )
    assert "Wang" not in caplog.text
