"""The words of the channel contract, read by somebody who knows another version of them."""

from datetime import UTC, datetime

import pytest

from domain.payments.ports import (
    BillKind,
    BillRequest,
    Capabilities,
    CloseResult,
    CreatePayment,
    ErrorKind,
    FourElements,
    Headers,
    NotificationKind,
    PaymentChannel,
    PaymentRef,
    PaymentState,
    Product,
    QrCode,
    RawRequest,
    RefundAbility,
    Retry,
    SecretStr,
    action_from_json,
    action_to_json,
)

NOW = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("enum", "safe"),
    [
        (PaymentState, PaymentState.UNKNOWN),
        (ErrorKind, ErrorKind.UNKNOWN),
        (NotificationKind, NotificationKind.OTHER),
        (BillKind, BillKind.OTHER),
        (Retry, Retry.NEVER),
        (CloseResult, CloseResult.UNKNOWN),
    ],
)
def test_a_word_of_a_newer_version_is_read_as_the_safe_one(enum: type[PaymentState], safe: PaymentState) -> None:
    assert enum("A_WORD_OF_2031") is safe


def test_a_product_is_read_in_any_case() -> None:
    payment = CreatePayment("A1", 1, "CNY", "QR", "subject", NOW)  # type: ignore[arg-type] - as an outsider would

    assert payment.product is Product.QR


def test_capabilities_may_be_written_as_texts() -> None:
    can = Capabilities(products={"page", "A_NEW_ONE"}, bill=["trade"], refund=("full",))  # type: ignore[arg-type]

    assert can.products == {Product.PAGE, Product.OTHER}
    assert (can.bill, can.refund) == (frozenset({BillKind.TRADE}), frozenset({RefundAbility.FULL}))
    assert {type(word) for word in can.products} == {Product}


def test_a_bill_and_a_state_may_be_written_as_outsiders_do() -> None:
    assert BillRequest(NOW.date(), "trade").kind is BillKind.TRADE  # type: ignore[arg-type]
    assert PaymentRef("A1", NOW, None, None).channel_state == {}  # type: ignore[arg-type]


def test_a_close_is_its_own_state() -> None:
    assert CloseResult.ALREADY_PAID.state is CloseResult.ALREADY_PAID


def test_headers_are_found_in_any_case_and_may_repeat() -> None:
    request = RawRequest("POST", "/", "", [("X-Sign", "a"), ("x-sign", "b")], b"", NOW)  # type: ignore[arg-type]

    assert request.headers["X-SIGN"] == "a"
    assert request.headers.all("x-Sign") == ("a", "b")
    assert "X-Sign" in request.headers
    assert request.headers.get("absent") is None


def test_secrets_and_bodies_do_not_show() -> None:
    borrower = FourElements("张三", "110101199003070011", "6222020200112233", "13800138000")  # type: ignore[arg-type]
    request = RawRequest("POST", "/", "", Headers({"Authorization": "Bearer zzz"}), b"phone=13800138000", NOW)

    shown = f"{borrower} {borrower!r} {request!r} {SecretStr('geheim')} {SecretStr('geheim')!r}"

    for secret in ("张三", "1101", "6222", "1380", "zzz", "geheim"):
        assert secret not in shown
    assert borrower.phone.reveal() == "13800138000"


def test_an_action_survives_being_kept_as_data() -> None:
    assert action_from_json(action_to_json(QrCode("https://qr.example/1"))) == QrCode("https://qr.example/1")


def test_a_channel_without_the_essentials_cannot_be_made() -> None:
    class Half(PaymentChannel):
        code = "half"

    with pytest.raises(TypeError, match="query_payment"):
        Half()  # type: ignore[abstract]
