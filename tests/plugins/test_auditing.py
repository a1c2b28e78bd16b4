"""What is written down of a message: its text without what nobody may read, in the charset it was written in."""

import io
import zipfile
from hashlib import sha256
from urllib.parse import quote_plus

import pytest

from plugins.auditing import LONGEST, readable

NAMES = frozenset({"ACCT_NAME", "ACCT_NO", "buyer_name"})
PAID = (
    '<?xml version="1.0" encoding="GBK"?><AIPG><INFO><RET_CODE>0000</RET_CODE><ERR_MSG>处理完成</ERR_MSG></INFO>'
    "<FASTTRXRETC><ACCT_NAME>李雷</ACCT_NAME><ACCT_NO>6222020200112233445</ACCT_NO></FASTTRXRETC></AIPG>"
)
SHOWN = (
    '<?xml version="1.0" encoding="GBK"?><AIPG><INFO><RET_CODE>0000</RET_CODE><ERR_MSG>处理完成</ERR_MSG></INFO>'
    "<FASTTRXRETC><ACCT_NAME>***</ACCT_NAME><ACCT_NO>***</ACCT_NO></FASTTRXRETC></AIPG>"
)


def size_and_hash(content: bytes) -> str:
    return f"[{len(content)} bytes, sha256 {sha256(content).hexdigest()}]"


@pytest.mark.parametrize("content_type", ["text/xml; charset=GBK", 'text/xml; charset="gb2312"', "text/xml", ""])
def test_a_document_in_gbk_is_read_by_what_its_header_or_its_own_first_line_says(content_type: str) -> None:
    assert readable(PAID.encode("gbk"), content_type, NAMES) == SHOWN


def test_a_document_without_a_word_of_its_charset_is_utf_8_or_a_file() -> None:
    bare = PAID.partition("?>")[2]

    assert readable(bare.encode(), "text/xml", NAMES) == SHOWN.partition("?>")[2]
    assert readable(bare.encode("gbk"), "text/xml", NAMES) == size_and_hash(bare.encode("gbk"))


def test_what_says_gbk_and_is_utf_8_is_masked_all_the_same() -> None:
    said = '{"buyer_name": "王", "note": "查无此单"}'.encode()

    assert readable(said, "application/json; charset=GBK", NAMES).startswith('{"buyer_name": "***"')


def test_what_says_gbk_and_is_neither_is_a_file() -> None:
    assert readable(b"buyer_name=\xff\xff", "text/plain; charset=GBK", NAMES) == size_and_hash(b"buyer_name=\xff\xff")


def test_a_letter_that_only_the_larger_charset_has_is_read_under_the_smaller_ones_name() -> None:
    assert readable("䶮㛃".encode("gb18030"), "text/plain; charset=gb2312", NAMES) == "䶮㛃"


def test_a_form_is_read_by_its_own_field() -> None:
    said = f"charset=GBK&buyer_name={quote_plus('李雷'.encode('gbk'))}&subject={quote_plus('还款'.encode('gbk'))}"

    assert readable(said.encode(), "application/x-www-form-urlencoded", NAMES, form=True) == (
        "charset=GBK&buyer_name=***&subject=还款"
    )


def test_a_form_that_lies_about_its_charset_is_masked_all_the_same() -> None:
    said = "charset=GBK&buyer_name=%E6%9D&subject=%FF"

    assert readable(said.encode(), "", NAMES, form=True) == "charset=GBK&buyer_name=***&subject=\ufffd"


def test_a_bill_of_alipays_is_a_file_whatever_it_says_it_is() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("20881021_业务明细.csv", "订单号,对方账户\n1,*雷(lilei@example.com)\n".encode("gbk"))

    for content_type in ("application/zip", "application/octet-stream;charset=GBK", ""):
        assert readable(packed.getvalue(), content_type, NAMES) == size_and_hash(packed.getvalue())


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00", b"a\x00b", b"\x1f\x8b\x08"], ids=["zip", "nul", "gzip"])
def test_what_has_in_it_what_no_text_has_is_a_file_though_it_may_be_letters(content: bytes) -> None:
    assert readable(content, "text/plain; charset=utf-8", NAMES) == size_and_hash(content)


def test_a_long_text_is_a_file() -> None:
    assert readable(b"a" * LONGEST, "", NAMES) == "a" * LONGEST
    assert readable(b"a" * (LONGEST + 1), "", NAMES) == size_and_hash(b"a" * (LONGEST + 1))
