"""Documents and their signatures: what was signed is what is read, and nothing in a document opens anything."""

import pytest
from allinpay_cases import throw_away_keys
from suidai_allinpay import documents, signing
from suidai_allinpay.documents import Malformed
from suidai_allinpay.signing import Unproven

KEY = throw_away_keys().allinpay
PUBLIC = KEY.public_key()
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 10))
    + "]><AIPG><INFO><REQ_SN>&a9;</REQ_SN></INFO></AIPG>"
)


def written(**fields: str) -> bytes:
    return documents.write({"TRX_CODE": "310011", **fields}, ("QTRANSRSP", {"AMOUNT": "1000"}))


def test_a_document_is_read_as_it_was_written() -> None:
    content = signing.signed(written(NAME="张三 & <他>", REMARK="  blank  "), KEY)

    read = documents.read(signing.proven(content, PUBLIC))

    assert read.info["NAME"] == "张三 & <他>"
    assert read.one("QTRANSRSP") == {"AMOUNT": "1000"}


def test_a_document_is_in_gbk_and_says_so() -> None:
    content = written(NAME="张三")

    assert b'encoding="GBK"' in content
    assert "张三".encode("gbk") in content


def test_a_name_that_gbk_does_not_have_arrives_all_the_same() -> None:
    assert documents.read(written(NAME="䶮").replace(signing.EMPTY, b"")).info["NAME"] == "䶮"


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert documents.read(written(NAME="a\x00b\x1f\nc").replace(signing.EMPTY, b"")).info["NAME"] == "abc"


def test_the_signature_is_of_the_bytes_without_its_element() -> None:
    content = signing.signed(written(), KEY)

    assert signing.proven(content, PUBLIC) == written().replace(signing.EMPTY, b"")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.replace(b"1000", b"9000"),
        lambda content: content.replace(b"<SIGNED_MSG>", b"<SIGNED_MSG >"),
        lambda content: content + b" ",
        lambda content: content.replace(b"<INFO>", b"<INFO><SIGNED_MSG>00</SIGNED_MSG>"),
        lambda content: content.replace(b"<INFO>", b"<INFO><!--<SIGNED_MSG>-->"),
        lambda content: content.replace(b"<INFO>", b"<INFO>" + signing.EMPTY),
        lambda content: content.replace(b"GBK", b"gbk"),
    ],
)
def test_a_document_that_was_touched_proves_nothing(spoil: object) -> None:
    with pytest.raises(Unproven):
        signing.proven(spoil(signing.signed(written(), KEY)), PUBLIC)


def test_a_signature_moved_into_a_sum_does_not_change_the_sum() -> None:
    content = signing.signed(written(), KEY)
    element = content[content.index(b"<SIGNED_MSG>") : content.index(b"</SIGNED_MSG>") + len(b"</SIGNED_MSG>")]
    moved = content.replace(element, b"").replace(b"<AMOUNT>1000", b"<AMOUNT>10" + element + b"00")

    assert documents.read(signing.proven(moved, PUBLIC)).one("QTRANSRSP")["AMOUNT"] == "1000"


def test_a_document_has_one_place_for_its_signature() -> None:
    with pytest.raises(ValueError, match="one place"):
        signing.signed(b"<AIPG></AIPG>", KEY)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><AIPG><INFO><REQ_SN>1</REQ_SN></INFO></AIPG>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><AIPG><INFO><REQ_SN>&x;</REQ_SN></INFO></AIPG>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://169.254.169.254/">%x;]><AIPG><INFO/></AIPG>',
        "<!DOCTYPE a><AIPG><INFO/></AIPG>",
    ],
)
def test_bombs_and_entities_are_refused(text: str) -> None:
    with pytest.raises(Malformed, match="Forbidden"):
        documents.read(text.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"<AIPG>",
        b"<OTHER><INFO/></OTHER>",
        b"<AIPG/>",
        b"<AIPG><INFO/><INFO/></AIPG>",
        b"\xff\xfe",
        b"\x80",
    ],
)
def test_what_is_no_document_is_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        documents.read(content)
