"""UnionPay's notices and answers of the kind the vectors are, made by other code, judged as CHANNELS.md reads."""

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from suidai.contract import BillRequest, Debit, PaymentChannel, PaymentRef, Refund
from tests.plugins.channels.outside.door import CLOCK, KEYS, base64, key, made, signature, told, vectors, words

VECTORS = vectors("unionpay")
CONFIG: dict[str, Any] = {
    "mer_id": "777290058110048",
    "cert_id": 68759663125,
    "private_key": KEYS["up_merchant.pkcs8.pem"],
    "root_cert": KEYS["up_root.cert.pem"],
    "middle_cert": KEYS["up_mid.cert.pem"],
    "encrypt_cert": KEYS["up_sign.cert.pem"],
    "expected_cn": "00040000:SIGN",
    "gateway_url": "https://gateway.test.95516.com/gateway/api/",
    "file_url": "https://filedownload.test.95516.com/",
}
SIGNER, MIDDLE, ROOT, OURS = (key(f"up_{name}.pem") for name in ("sign.pkcs8", "mid.key", "root.key", "merchant.pkcs8"))
# The trades of the vectors are older than their certificates.
LATER = CLOCK + timedelta(days=2)
ACCEPTED, _, NOTICE, QUERIED, _ = (
    {name: value for name, value in vector["params"].items() if name not in {"signPubKeyCert", "signature"}}
    for vector in VECTORS["responses"]
)
THEIRS = VECTORS["responses"][0]["params"]["signPubKeyCert"]
REF = PaymentRef("WD20261121000001", CLOCK)
DEBIT = Debit(REF.order_no, 51233, "CNY", "LOANUSER00000042", date(2026, 11, 21), "第3期")


def certificate(name: str) -> str:
    return x509.load_der_x509_certificate(base64.b64decode(KEYS[name])).public_bytes(Encoding.PEM).decode()


def leaf(
    third: str = "00040000:SIGN", *, above: str = "up_mid.cert.pem", by: Any = MIDDLE, days: tuple[int, int] = (0, 9)
) -> str:
    """A certificate of the signer's key, good from so many days to so many after the trades."""
    begins, ends = (LATER + timedelta(days=at - 1) for at in days)
    issuer = x509.load_der_x509_certificate(base64.b64decode(KEYS[above])).subject
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"041@Z12@{third}@00000001")])
    builder = x509.CertificateBuilder(issuer, named, SIGNER.public_key(), 4711, begins, ends)
    return builder.sign(by, SHA256()).public_bytes(Encoding.PEM).decode()


def signed(fields: dict[str, str], cert: str = THEIRS, signer: Any = SIGNER, hashes: int = 2) -> dict[str, str]:
    whole = {**fields, "signPubKeyCert": cert}
    text = "&".join(f"{name}={whole[name]}" for name in sorted(whole) if whole[name])
    return {**whole, "signature": signature(sha256(text.encode()).hexdigest() if hashes == 2 else text, signer)}


def before(fields: dict[str, str], now: datetime = LATER, **how: Any) -> PaymentChannel:
    wire = "&".join(f"{name}={value}" for name, value in signed(fields, **how).items())
    return made("bank_withholding", CONFIG, lambda _: httpx.Response(200, content=wire.encode()), now)


async def notice(fields: dict[str, str], at: datetime = LATER, **how: Any) -> str:
    form = "&".join(f"{name}={quote(value, safe='')}" for name, value in signed(fields, **how).items())
    found = await told(made("bank_withholding", CONFIG, now=at), form, at=at)
    return found if isinstance(found, str) else words(found)


@pytest.mark.parametrize("now", [CLOCK, LATER], ids=["at the time of the trade", "later"])
async def test_the_vectors_are_judged_alike_whenever_they_are_read(now: datetime) -> None:
    assert words(await before(ACCEPTED, now).debit(DEBIT)) == "PROCESSING"
    assert words(await before(QUERIED, now).query_payment(REF)) == "SUCCEEDED 51233"
    assert await notice(NOTICE, now) == "PAYMENT SUCCEEDED 51233"
    assert await notice(NOTICE, now, signer=OURS) == "signature false, 400"
    assert await notice(NOTICE, now, cert=leaf(days=(-9, -8))) == "signature false, 400"


@pytest.mark.parametrize(
    ("code", "debit", "query", "noticed"),
    [
        ("00", "PROCESSING", "SUCCEEDED 51233", "SUCCEEDED 51233"),
        *[(code, *["UNKNOWN UNKNOWN/PROCESSING"] * 3) for code in ("03", "04", "05")],
        ("A6", *["UNKNOWN UNKNOWN/OTHER"] * 3),
        *[
            (code, *[f"DECLINED DECLINED/{ours}"] * 3)
            for code, ours in {
                "01": "OTHER",
                "14": "ACCOUNT_INVALID",
                "51": "INSUFFICIENT_FUNDS",
                "57": "NOT_SUPPORTED_BANK",
                "61": "LIMIT_EXCEEDED",
                "62": "NOT_SUPPORTED_BANK",
            }.items()
        ],
        ("06", "UNKNOWN UNKNOWN/OTHER", "DECLINED DECLINED/OTHER", "UNKNOWN UNKNOWN/OTHER"),
        ("10", "UNKNOWN INVALID_REQUEST/OTHER", "DECLINED DECLINED/OTHER", "UNKNOWN INVALID_REQUEST/OTHER"),
        ("12", "UNKNOWN CONFLICT/NUMBER_REUSED", "DECLINED DECLINED/OTHER", "UNKNOWN CONFLICT/NUMBER_REUSED"),
    ],
)
async def test_a_code(code: str, debit: str, query: str, noticed: str) -> None:
    assert words(await before(ACCEPTED | {"respCode": code}).debit(DEBIT)) == debit
    assert words(await before(QUERIED | {"origRespCode": code}).query_payment(REF)) == query
    assert await notice(NOTICE | {"respCode": code}) == f"PAYMENT {noticed}"


@pytest.mark.parametrize("code", ["01", "05", "11", "51", "61", "99"])
async def test_a_query_that_failed_says_nothing_of_the_trade(code: str) -> None:
    assert words(await before(QUERIED | {"respCode": code}).query_payment(REF)).startswith("UNKNOWN ")


async def test_only_a_query_finds_that_there_is_no_trade() -> None:
    absent = {name: value for name, value in QUERIED.items() if not name.startswith("orig")} | {"respCode": "34"}

    assert words(await before(absent).query_payment(REF)) == "NOT_FOUND UNKNOWN/OTHER"
    assert words(await before(ACCEPTED | {"respCode": "34"}).debit(DEBIT)) == "UNKNOWN UNKNOWN/OTHER"


@pytest.mark.parametrize(
    ("how", "proves"),
    [
        ({}, True),
        ({"cert": leaf()}, True),
        ({"cert": leaf("somebody")}, False),
        ({"cert": leaf(days=(-9, 0))}, False),
        ({"cert": leaf(days=(2, 9))}, False),
        ({"cert": leaf(by=SIGNER)}, False),
        ({"cert": leaf(above="up_root.cert.pem", by=ROOT)}, False),
        ({"cert": certificate("up_merchant.cert.pem"), "signer": OURS}, False),
        ({"cert": certificate("up_mid.cert.pem"), "signer": MIDDLE}, False),
        ({"cert": ""}, False),
        ({"hashes": 1}, False),
    ],
    ids=[
        "theirs", "renewed", "another name", "over", "not yet", "issued by itself", "issued by the root",
        "another merchant's", "the middle's own", "none", "one hash",
    ],
)  # fmt: skip
async def test_whose_signature_proves_anything(how: dict[str, Any], proves: bool) -> None:
    paid, doubt = "SUCCEEDED 51233", "UNKNOWN UNKNOWN/BAD_SIGNATURE_ON_ANSWER"

    assert words(await before(QUERIED, **how).query_payment(REF)) == (paid if proves else doubt)
    assert await notice(NOTICE, **how) == (f"PAYMENT {paid}" if proves else "signature false, 400")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reserved": "{a=1&b=2}", "cardTransData": "{x=[p=1&q={r=2&s}]&y}", "reqReserved": ""}, "SUCCEEDED 51233"),
        ({"respMsg": "成功[0000000]&{}"}, "UNKNOWN UNKNOWN/MALFORMED_ANSWER"),
        ({"txnAmt": "1"}, "SUCCEEDED 1"),
        ({"txnAmt": "0"}, "UNKNOWN UNKNOWN/MALFORMED_ANSWER"),
        ({"currencyCode": "840"}, "SUCCEEDED 51233 840"),
        ({"orderId": "WD20261121000002"}, "UNKNOWN UNKNOWN/MALFORMED_ANSWER"),
        ({"merId": "777290058110049"}, "UNKNOWN UNKNOWN/MALFORMED_ANSWER"),
    ],
)
async def test_an_answer_of_odd_fields(changes: dict[str, str], says: str) -> None:
    assert words(await before(QUERIED | changes).query_payment(REF)) == says


REFUND = NOTICE | {"txnType": "04", "orderId": "RF20261121000001", "txnAmt": "2450", "origQryId": NOTICE["queryId"]}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (NOTICE | {"txnSubType": "03"}, "PAYMENT SUCCEEDED 51233"),
        (NOTICE | {"txnAmt": "1"}, "PAYMENT SUCCEEDED 1"),
        *[(NOTICE | {"txnAmt": no}, "PAYMENT UNKNOWN UNKNOWN/MALFORMED_ANSWER") for no in ("", "0", "512.33", "-1")],
        (NOTICE | {"merId": "777290058110049"}, "PAYMENT UNKNOWN CONFLICT/FOREIGN_MERCHANT"),
        (REFUND, "REFUND RF20261121000001 SUCCEEDED 2450"),
        (REFUND | {"respCode": "01"}, "REFUND RF20261121000001 DECLINED DECLINED/OTHER"),
        (NOTICE | {"txnType": "72", "bindId": "M1"}, "MANDATE ACTIVE"),
        (NOTICE | {"txnType": "74", "bindId": "M1"}, "MANDATE REVOKED"),
        (NOTICE | {"txnType": "21"}, "OTHER"),
    ],
)
async def test_a_notice(fields: dict[str, str], says: str) -> None:
    assert await notice(fields) == says


@pytest.mark.parametrize(("code", "says"), [("00", "PROCESSING"), ("05", "UNKNOWN UNKNOWN/PROCESSING")])
async def test_a_refund_is_accepted_first(code: str, says: str) -> None:
    payment = PaymentRef(REF.order_no, CLOCK, NOTICE["queryId"])
    fields = ACCEPTED | {"txnType": "04", "orderId": "RF20261121000001", "txnAmt": "2450", "respCode": code}

    assert words(await before(fields).refund(Refund("RF20261121000001", payment, 2450, 51233))) == says


@pytest.mark.parametrize(("code", "says"), [("98", "BillEmpty"), ("01", "BillNotReady"), ("00", "BillNotReady")])
async def test_there_is_no_file(code: str, says: str) -> None:
    fields = {"signMethod": "01", "merId": CONFIG["mer_id"], "txnType": "76", "respCode": code, "respMsg": "m"}

    assert type(await before(fields).fetch_bill(BillRequest(date(2026, 11, 20)))).__name__ == says


async def test_a_debit_is_signed_twice_over_what_is_sent_and_named_by_its_time() -> None:
    seen: list[httpx.Request] = []
    bank = made("bank_withholding", CONFIG, lambda request: seen.append(request) or httpx.Response(500))

    assert words(await bank.debit(DEBIT)) == "UNKNOWN UNKNOWN/SYSTEM_ERROR"

    fields = dict(parse_qsl(seen[0].content.decode(), strict_parsing=True))
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "signature")
    assert fields["signature"] == signature(sha256(text.encode()).hexdigest(), OURS)
    assert (fields["certId"], fields["txnTime"], fields["txnAmt"]) == ("68759663125", "20261121101530", "51233")
