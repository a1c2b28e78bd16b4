"""Another hand's library, python-alipay-sdk, signs, proves and names certificates as we do; where it differs it is said why."""

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from alipay import AliPay, DCAliPay
from alipay.exceptions import AliPayException, AliPayValidationError
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.channels.alipay.certificates import serial_number
from plugins.channels.alipay.plugin import payment_channels
from plugins.channels.alipay.signing import holds, sign, string_to_sign, string_to_verify
from plugins.testing import runtime
from suidai.contract import (
    AppOrderString,
    BeginMandate,
    CreatePayment,
    Debit,
    FourElements,
    MandatePlan,
    PaymentChannel,
    PaymentRef,
    PaymentState,
    Product,
    RedirectUrl,
    Refund,
    RefundRef,
    SecretStr,
    SignatureError,
)
from tests.plugins.channels.alipay.test_certificates import MIDDLE, PLATFORM, config, issued, known, name, pem
from tests.plugins.channels.test_alipay_vectors import APP_PUBLIC, CONFIG, KEYS, PLATFORM_KEY, posted

NOW = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
FEW = settings(max_examples=25, deadline=None)
# It reads certificates by doors of pyOpenSSL that are to be closed: its own affair, as long as it reads them.
its_old_doors = pytest.mark.filterwarnings(
    r"ignore:X509\.get_(issuer|serial_number|signature_algorithm|pubkey) is deprecated:DeprecationWarning"
)

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12).filter(
    lambda name: name not in {"sign", "sign_type", "alipay_cert_sn"}
)
NOTICES = st.dictionaries(NAMES, TEXTS, min_size=1, max_size=8)
ORDERS = st.builds(
    CreatePayment,
    order_no=st.from_regex(r"[A-Za-z0-9_]{1,64}", fullmatch=True),
    amount_fen=st.integers(1, 100_000_000_00),
    currency=st.just("CNY"),
    product=st.sampled_from([Product.PAGE, Product.WAP, Product.APP]),
    subject=TEXTS,
    expires_at=st.just(NOW + timedelta(minutes=30)),
    return_url=st.sampled_from([None, "https://loan.example.com/return?a=1&b=还"]),
    metadata=st.dictionaries(NAMES, TEXTS, max_size=2),
)


@cache
def other_hand(key: str = "alipay_app.pkcs8.pem") -> AliPay:
    """The library as an app uses it; with the platform's key, as Alipay would."""
    return AliPay(
        CONFIG["app_id"],
        app_private_key_string=base64.b64decode(KEYS[key]),
        alipay_public_key_string=base64.b64decode(KEYS["alipay_platform.pub.pem"]),
    )


def written_by_it(params: dict[str, str]) -> dict[str, str]:
    """What it sends when it is given these parameters, its signature among them."""
    return dict(parse_qsl(other_hand().sign_data(dict(params)), keep_blank_values=True, strict_parsing=True))


def channel(handle: Any = None, **changes: Any) -> PaymentChannel:
    (spec,) = payment_channels()
    transport = httpx.MockTransport(handle) if handle else None
    return spec.factory(spec.config_model(**{**CONFIG, **changes}), runtime(now=NOW, transport=transport))


@FEW
@given(order=ORDERS)
async def test_it_signs_what_a_borrower_is_sent_with_as_we_do(order: CreatePayment) -> None:
    made = await channel().create_payment(order)
    match made.action:
        case RedirectUrl(url):
            ours = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
        case AppOrderString(order_string):
            ours = dict(parse_qsl(order_string, strict_parsing=True))
        case other:
            raise AssertionError(other)

    assert written_by_it({name: value for name, value in ours.items() if name != "sign"}) == ours


async def test_it_signs_every_call_as_we_do() -> None:
    sent: list[dict[str, str]] = []

    def keep(request: httpx.Request) -> httpx.Response:
        sent.append(dict(parse_qsl(request.content.decode(), strict_parsing=True)))
        return httpx.Response(500)

    alipay, ref = channel(keep), PaymentRef("PO1", NOW)
    await alipay.create_payment(CreatePayment("PO1", 1, "CNY", Product.QR, "还款 a=b", NOW + timedelta(minutes=5)))
    await alipay.query_payment(ref)
    await alipay.close_payment(ref)
    await alipay.refund(Refund("RF1", ref, 1, 2, reason="退款"))
    await alipay.query_refund(RefundRef("RF1", ref, NOW))
    await alipay.debit(Debit("PO2", 1, "CNY", "20265112345678901234", NOW.date(), "代扣"))
    person = FourElements(*map(SecretStr, ("", "", "", "")))
    begun = await alipay.begin_mandate(BeginMandate("MD1", person, MandatePlan(1, ())))
    assert isinstance(begun.action, RedirectUrl)
    sent.append(dict(parse_qsl(urlsplit(begun.action.url).query, strict_parsing=True)))

    assert len({params["method"] for params in sent}) == len(sent) == 7
    for params in sent:
        assert written_by_it({name: value for name, value in params.items() if name != "sign"}) == params


@FEW
@given(number=st.from_regex(r"[A-Za-z0-9_]{1,64}", fullmatch=True), subject=TEXTS, fen=st.integers(1, 10**10))
def test_what_it_signs_is_proven_by_us(number: str, subject: str, fen: int) -> None:
    amount = f"{fen // 100}.{fen % 100:02}"
    for api in ("page", "wap", "app"):
        order = getattr(other_hand(), f"api_alipay_trade_{api}_pay")
        sent = dict(parse_qsl(order(subject, number, amount), strict_parsing=True))

        assert holds(sent["sign"], string_to_sign(sent), APP_PUBLIC)
        assert not holds(sent["sign"], string_to_sign({**sent, "method": "alipay.trade.pay"}), APP_PUBLIC)


def posted_by_it(params: dict[str, str]) -> str:
    """A notice, signed with the platform's key by the other library."""
    text = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    signature = other_hand("alipay_platform.pkcs8.pem")._sign(text)
    return urlencode({**params, "sign": signature, "sign_type": "RSA2"})


async def believed(body: str) -> tuple[bool, bool]:
    """Whether it believes a notice, and whether we do."""
    fields = dict(parse_qsl(body, keep_blank_values=True))
    try:
        await channel().parse_notification(posted(body))
    except SignatureError:
        ours = False
    else:
        ours = True
    return other_hand().verify(fields, fields.pop("sign")), ours


@FEW
@given(params=NOTICES, value=TEXTS, data=st.data())
async def test_a_notice_is_believed_by_both_and_one_that_was_changed_by_neither(
    params: dict[str, str], value: str, data: st.DataObject
) -> None:
    body = posted_by_it(params)
    assert await believed(body) == (True, True), "empty values are part of what is signed, sign_type is not"

    changed = data.draw(st.sampled_from(sorted(params)))
    other = urlencode({**dict(parse_qsl(body, keep_blank_values=True)), changed: value})
    assert await believed(other) == ((value == params[changed]),) * 2
    more = f"{body}&zz={urlencode({'': value})[1:]}"
    assert await believed(more) == (False, False), "a field that was not signed spoils it, an empty one too"


@FEW
@given(params=NOTICES)
def test_what_we_sign_as_alipay_is_proven_by_it(params: dict[str, str]) -> None:
    ours = sign(string_to_verify(params), PLATFORM)

    assert other_hand().verify({**params, "sign_type": "RSA2"}, ours)
    assert holds(ours, string_to_verify(params), PLATFORM_KEY)


def answered(text: str, method: str = "alipay.trade.query") -> Any:
    """What it reads in an answer; None for what it does not believe."""
    try:
        node = method.replace(".", "_") + "_response"
        return other_hand()._verify_and_return_sync_response(text, node)
    except (AliPayException, AliPayValidationError):
        return None


def node_of(fields: dict[str, Any], *, signed: str | None = None) -> str:
    written = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return f'{{"alipay_trade_query_response":{written},"sign":"{sign(signed or written, PLATFORM)}"}}'


PAID = {"code": "10000", "out_trade_no": "PO1", "total_amount": "1.00", "trade_status": "TRADE_SUCCESS"}
WITHOUT_BRACES = TEXTS.filter(lambda text: not {"{", "}"} & set(text))


@FEW
@given(subject=WITHOUT_BRACES)
async def test_an_answer_is_believed_by_both_and_one_that_was_changed_by_neither(subject: str) -> None:
    good = node_of({**PAID, "subject": subject, "url": "https://x/y"})
    paid = await channel(lambda _: httpx.Response(200, text=good)).query_payment(PaymentRef("PO1", NOW))
    assert (paid.state, answered(good)["out_trade_no"]) == (PaymentState.SUCCEEDED, "PO1")

    forged = node_of({**PAID, "subject": subject}, signed=json.dumps(PAID))
    doubt = await channel(lambda _: httpx.Response(200, text=forged)).query_payment(PaymentRef("PO1", NOW))
    assert (doubt.state, answered(forged)) == (PaymentState.UNKNOWN, None)


async def test_a_brace_within_a_text_misleads_it_and_not_us() -> None:
    # It counts braces to find what was signed. What was signed is the node's value, whatever is written in its texts.
    good = node_of({**PAID, "subject": "a } b"})

    paid = await channel(lambda _: httpx.Response(200, text=good)).query_payment(PaymentRef("PO1", NOW))

    assert (paid.state, answered(good)) == (PaymentState.SUCCEEDED, None)


async def test_a_proven_refusal_in_the_gateways_own_node_is_read_by_us_only() -> None:
    # It looks at no signature there. We do: a proven one says why, and one that is not proven decides nothing.
    written = '{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}'
    for signature, state in ((sign(written, PLATFORM), PaymentState.NOT_FOUND), ("AAAA", PaymentState.UNKNOWN)):
        text = f'{{"error_response":{written},"sign":"{signature}"}}'

        told = await channel(lambda _, text=text: httpx.Response(200, text=text)).query_payment(PaymentRef("PO1", NOW))

        assert (told.state, answered(text)) == (state, None)


async def test_a_notice_signed_in_the_old_way_stops_it_and_proves_nothing_to_us() -> None:
    # RSA with SHA-1 is not what we agreed on with Alipay; sign_type itself is not signed, so anybody could write it.
    body = posted_by_it({"notify_type": "trade_status_sync"}).replace("sign_type=RSA2", "sign_type=RSA")
    fields = dict(parse_qsl(body))

    with pytest.raises(AliPayException, match="Unknown sign type"):
        other_hand().verify(fields, fields.pop("sign"))
    with pytest.raises(SignatureError):
        await channel().parse_notification(posted(body))


LETTERS = st.text("abcdefghijklmnopqrstuvwxyzABC 蚂蚁金服", min_size=1, max_size=12).map(str.strip).filter(bool)


@its_old_doors
@FEW
@given(common=LETTERS, unit=LETTERS, number=st.integers(1, 2**127))
def test_a_certificate_has_the_same_serial_number(common: str, unit: str, number: int) -> None:
    one = issued(name("someone"), PLATFORM, name(common, unit), MIDDLE, number)

    assert DCAliPay.get_cert_sn(pem(one).encode()) == serial_number(one)


@its_old_doors
def test_an_issuer_of_other_parts_is_named_in_full_by_us_only() -> None:
    # Its name has four parts, always the same. Alipay takes the whole name, as its own library for Java writes it.
    parts = [(NameOID.COUNTRY_NAME, "CN"), (NameOID.LOCALITY_NAME, "杭州"), (NameOID.COMMON_NAME, "CA")]
    issuer = x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])

    assert DCAliPay.get_cert_sn(pem(issued(name("someone"), PLATFORM, issuer, MIDDLE)).encode()) != serial_number(
        issued(name("someone"), PLATFORM, issuer, MIDDLE)
    )


@its_old_doors
async def test_in_certificate_mode_both_send_the_same_serial_numbers() -> None:
    given_ = config(alipay_root_cert="\n".join(pem(known()[one]) for one in ("curve", "root", "middle")))
    theirs = DCAliPay(
        CONFIG["app_id"],
        app_private_key_string=base64.b64decode(KEYS["alipay_app.pkcs8.pem"]),
        app_public_key_cert_string=pem(known()["app"]).encode(),
        alipay_public_key_cert_string=pem(known()["platform"]).encode(),
        alipay_root_cert_string=given_["alipay_root_cert"],
    )

    order = CreatePayment("PO1", 1, "CNY", Product.PAGE, "还款", NOW + timedelta(minutes=5))
    made = await channel(**given_).create_payment(order)

    assert isinstance(made.action, RedirectUrl)
    ours = dict(parse_qsl(urlsplit(made.action.url).query, strict_parsing=True))
    assert (theirs.app_cert_sn, theirs.alipay_root_cert_sn) == (ours["app_cert_sn"], ours["alipay_root_cert_sn"])
    assert len(ours["alipay_root_cert_sn"].split("_")) == 2, "the one of an elliptic curve is left out by both"
    unsigned = {name: value for name, value in ours.items() if name != "sign"}
    assert dict(parse_qsl(theirs.sign_data(unsigned))) == ours
