"""The small tools under the plugins: keys, masks, papers, the runtime of tests."""

import base64
import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pydantic
import pytest

from plugins.keys import BadKey, private_key, public_key
from plugins.masking import mask, plugin_logger
from plugins.sandbox import paper
from plugins.testing import runtime
from suidai.contract import SecretStr

KEYS = json.loads((Path(__file__).parents[1] / "vectors" / "channels" / "keys.json").read_text())
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def pem(der: str, kind: str) -> str:
    body = base64.encodebytes(base64.b64decode(der)).decode()
    return f"-----BEGIN {kind}-----\n{body}-----END {kind}-----\n"


def test_a_key_is_read_in_each_form_operators_have_it() -> None:
    der = KEYS["alipay_app.pkcs8.pem"]
    forms = [der, "\n".join(der[at : at + 64] for at in range(0, len(der), 64)), pem(der, "PRIVATE KEY")]
    forms.append(forms[-1].replace("\n", "\\n"))

    numbers = {private_key(form, "k").public_key().public_numbers() for form in forms}
    public = {
        public_key(form, "k").public_numbers()
        for form in (KEYS["alipay_app.pub.pem"], pem(KEYS["alipay_app.pub.pem"], "PUBLIC KEY"))
    }

    assert len(numbers) == 1
    assert numbers == public


@pytest.mark.parametrize("text", ["", "hello", "aGVsbG8=", pem("aGVsbG8=", "PRIVATE KEY"), KEYS["alipay_app.pub.pem"]])
def test_what_is_no_key_is_refused_by_the_name_of_its_setting_only(text: str) -> None:
    with pytest.raises(BadKey, match="app_private_key") as refusal:
        private_key(text, "app_private_key")

    assert not text or text[:20] not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"phone": "13800138000", "state": "SENT"}', '{"phone": "***", "state": "SENT"}'),
        ('{"name":"张 三","n":1}', '{"name":"***","n":1}'),
        ("card_number=6222020200112233&txnAmt=100", "card_number=***&txnAmt=100"),
        ('{"card_number": 6222020200112233, "n": 1}', '{"card_number": "***", "n": 1}'),
        ("call 13800138000 now", "call *** now"),
        ("call +8613800138000 or 8613800138000 now", "call *** or *** now"),
        (
            '{"ref": "M1", "params": {"code": "349083", "minutes": "5"}, "answer": {"code": "10000"}}',
            '{"ref": "M1", "params": "***", "answer": {"code": "10000"}}',
        ),
        ('PhoneNumbers=1&TemplateParam={"code":"349083"}&SignName=x', "PhoneNumbers=1&TemplateParam=***&SignName=x"),
        ("id 11010119900307001X.", "id ***."),
        (
            "order RP202611210001 trade 2026112122001477311400000001",
            "order RP202611210001 trade 2026112122001477311400000001",
        ),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", "***"),
    ],
)
def test_what_names_a_person_or_is_a_key_is_masked(text: str, shown: str) -> None:
    assert mask(text) == shown


def test_a_plugins_log_is_masked_whatever_it_logs(caplog: pytest.LogCaptureFixture) -> None:
    plugin_logger("cash").warning("sent to %s", "13800138000")

    assert "13800138000" not in caplog.text
    assert "sent to ***" in caplog.text
    assert logging.getLogger("suidai.plugins.cash") is plugin_logger("cash")


def test_what_a_channel_has_its_own_names_for_is_masked_under_them() -> None:
    text = '{"openid": "oUpF8uMuAJO", "trade_no": "4200"} accNo=6222020200112233&txnAmt=100'

    assert mask(text, frozenset({"openid", "accNo"})) == '{"openid": "***", "trade_no": "4200"} accNo=***&txnAmt=100'
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<ACCOUNT_NO>6222000000000000018</ACCOUNT_NO><SN>1</SN>", "<ACCOUNT_NO>***</ACCOUNT_NO><SN>1</SN>"),
        ("<ID lang='zh'>11010519491231002X</ID>", "<ID lang='zh'>***</ID>"),
        ("<ACCOUNT_NO><![CDATA[6222<1>]]></ACCOUNT_NO>", "<ACCOUNT_NO>***</ACCOUNT_NO>"),
        ("<IDLE>1</IDLE><ID></ID><REQ_SN>ACCOUNT_NO</REQ_SN>", "<IDLE>1</IDLE><ID></ID><REQ_SN>ACCOUNT_NO</REQ_SN>"),
    ],
)
def test_elements_of_xml_are_masked_by_their_names(text: str, shown: str) -> None:
    assert mask(text, frozenset({"ACCOUNT_NO", "ID"})) == shown


def test_the_exception_in_a_plugins_log_is_masked_too(caplog: pytest.LogCaptureFixture) -> None:
    logger = plugin_logger("cash_of_names", frozenset({"holder"}))
    try:
        raise ValueError('nobody at 13800138000 {"holder": "Wang"}')
    except ValueError:
        logger.exception("it broke")

    assert "13800138000" not in caplog.text
    assert "Wang" not in caplog.text
    assert "ValueError: nobody at ***" in caplog.text


def test_papers_say_what_they_were_made_to_say() -> None:
    front = paper.read(paper.id_card_front("张三", "110101199003070011", "北京市"))
    back = paper.read(paper.id_card_back("2020-01-01", None))

    assert front == {
        "side": "front",
        "name": "张三",
        "id_number": "110101199003070011",
        "address": "北京市",
        "face_id": "110101199003070011",
    }
    assert back is not None
    assert back["valid_to"] is None
    assert paper.read(paper.face("f1")) == {"side": "face", "face_id": "f1"}


@pytest.mark.parametrize("image", [b"", b"GIF89a", paper.face("f")[:60]])
def test_a_broken_image_says_nothing(image: bytes) -> None:
    assert paper.read(image) is None


async def test_a_test_that_gives_no_transport_calls_nobody() -> None:
    given = runtime(now="2026-11-21T10:15:30+08:00")
    assert runtime(now=1795227330).clock() == given.clock()

    with pytest.raises(AssertionError, match=r"bank\.example was called"):
        await given.http.get("https://bank.example/")
    assert given.clock() == datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
    assert given.notify_url() == "https://suidai.example.com/notify/payments/test"


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        runtime(now="2026-11-21T10:15:30")


def test_secrets_are_given_by_name_and_do_not_show() -> None:
    given = runtime(now=NOW, secrets={"token": "geheim"})

    assert given.secrets("token") == SecretStr("geheim") == SecretStr(pydantic.SecretStr("geheim"))
    assert "geheim" not in repr(given)
    with pytest.raises(KeyError):
        given.secrets("other")


async def test_the_client_has_time_limits_and_follows_nobody() -> None:
    given = runtime(now=NOW, transport=httpx.MockTransport(lambda _: httpx.Response(302, headers={"Location": "/x"})))

    assert (given.http.timeout.connect, given.http.timeout.read) == (5, 15)
    assert (await given.http.get("https://bank.example/")).status_code == 302


ANNOUNCERS = [
    "plugins.channels.alipay.plugin",
    "plugins.methods",
    "plugins.providers.sandbox",
    "suidai_deposits",
    "suidai_quarterly",
]


@pytest.mark.parametrize("module", ANNOUNCERS)
def test_announcing_a_plugin_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module} as p\n" + (
        "offers = [f() for n, f in vars(p).items() if hasattr(f, 'suidai_impl')]\n"
        "print(len(offers), *{'httpx', 'cryptography', 'pydantic', 'sqlalchemy', 'starlette'} & set(sys.modules))"
    )
    here = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    count, *heavy = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=here
    ).stdout.split()

    assert int(count) > 0
    assert heavy == []
