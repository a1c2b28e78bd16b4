"""Settings: what an operator may write, and what is refused with a sentence that quotes no key."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allinpay_cases import SPEC, channel, settings, throw_away_keys
from cryptography import x509
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.hashes import SHA256
from suidai_allinpay.config import GATEWAY, TEST_GATEWAY
from suidai_allinpay.keys import BadKey

from suidai.contract import SecretStr

PRIVATE = throw_away_keys().merchant
PUBLIC = throw_away_keys().allinpay.public_key()


def config(**changed: Any) -> Any:
    return SPEC.config_model(**{**settings(), **changed})


def certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Allinpay")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(PUBLIC).serial_number(1)
    dated = builder.not_valid_before(now).not_valid_after(now + timedelta(days=365))
    return dated.sign(throw_away_keys().allinpay, SHA256())


def test_empty_the_gateway_is_allinpays_own() -> None:
    assert config(gateway_url="").gateway_url == GATEWAY
    assert config(gateway_url="", test_mode=True).gateway_url == TEST_GATEWAY


@pytest.mark.parametrize("setting", ["merchant_id", "user_name", "private_key", "allinpay_cert", "business_code"])
def test_what_is_needed_may_not_be_empty(setting: str) -> None:
    with pytest.raises(ValueError, match=f"{setting} is empty"):
        config(**{setting: ""})


def test_a_name_that_was_written_as_a_number_or_with_blanks_is_that_name() -> None:
    given = config(merchant_id=int(settings()["merchant_id"]), business_code=" 19900\n")

    assert (given.merchant_id, given.business_code) == (settings()["merchant_id"], "19900")


@pytest.mark.parametrize("wrong", [True, None, 19900.0, ["19900"]])
def test_what_is_no_name_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="business_code is not a text"):
        config(business_code=wrong)


@pytest.mark.parametrize("url", ["http://tlt.allinpay.com/", "ftp://tlt.allinpay.com/", "tlt.allinpay.com", "https://"])
def test_nobody_may_listen_in(url: str) -> None:
    with pytest.raises(ValueError, match="gateway_url must begin with https://"):
        config(gateway_url=url)


def test_notices_come_to_an_address_without_a_query() -> None:
    with pytest.raises(ValueError, match="query string"):
        config(notify_url="https://loan.example.com/notify?x=1")


def test_the_password_is_a_secret_and_may_be_missing() -> None:
    given = {name: value for name, value in settings().items() if name != "user_password"}

    assert SPEC.config_model(**given).user_password == SecretStr("")
    assert "looks at" not in repr(config())


def test_keys_may_be_pem_or_der_and_a_certificate_is_as_good_as_its_key() -> None:
    private = PRIVATE.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = PUBLIC.public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    given = certificate()
    for cert in (
        base64.b64encode(public).decode(),
        given.public_bytes(form.Encoding.PEM).decode(),
        given.public_bytes(form.Encoding.PEM).decode().replace("\n", "\\n"),
        base64.encodebytes(given.public_bytes(form.Encoding.DER)).decode(),
    ):
        made = channel(settings={"private_key": base64.b64encode(private).decode(), "allinpay_cert": cert})
        assert made.code == "allinpay"


@pytest.mark.parametrize("setting", ["private_key", "allinpay_cert"])
@pytest.mark.parametrize("text", ["nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "AAAA"])
def test_what_is_no_key_is_refused_without_quoting_it(setting: str, text: str) -> None:
    with pytest.raises(BadKey, match=setting) as refused:
        channel(settings={setting: text})

    assert text not in str(refused.value)
