"""Papers are set with their fonts within them, the same for the same facts, and lose no character."""

from io import BytesIO

from pypdf import PdfReader

from domain.lending.papers.certificate import certificate_on_paper
from domain.lending.papers.contract import contract_on_paper
from domain.lending.papers.statement import statement_on_paper
from domain.lending.papers.typesetting import content_type_of, settable
from tests.domain.lending.papers.builders import certificate, contract, statement
from tests.domain.lending.papers.reading import fonts, pages, said


def test_the_same_facts_give_the_same_bytes() -> None:
    assert contract_on_paper(contract()) == contract_on_paper(contract())
    assert statement_on_paper(statement()) == statement_on_paper(statement())
    assert certificate_on_paper(certificate()) == certificate_on_paper(certificate())


def test_every_font_is_within_the_paper() -> None:
    for paper in (contract_on_paper(contract()), statement_on_paper(statement()), certificate_on_paper(certificate())):
        assert fonts(paper)
        assert all(fonts(paper).values())
        assert all("NotoSerifSC" in name or "NotoSansSC" in name for name in fonts(paper))


def test_every_page_says_which_of_how_many_it_is() -> None:
    told = pages(contract_on_paper(contract(terms=36)))

    assert len(told) >= 4
    for number, page in enumerate(told, start=1):
        assert f"第{number}页，共{len(told)}页" in page.replace(" ", "")


def test_a_paper_carries_its_title_and_its_own_date() -> None:
    about = PdfReader(BytesIO(contract_on_paper(contract()))).metadata
    assert about is not None
    assert about.title == "个人借款合同 CT20260115000001"
    assert str(about["/CreationDate"]).startswith("D:20260115020000")


def test_rare_characters_of_names_are_set() -> None:
    assert settable("喆堃龘䶮㛃䲟𫖯𬸣") == "喆堃龘䶮㛃䲟𫖯𬸣"
    assert "王䶮喆" in said(certificate_on_paper(certificate(name="王䶮喆")))


def test_a_character_no_font_has_is_marked_and_named_and_never_left_out() -> None:
    assert settable("𠮷田") == "〓（U+20BB7）田"
    assert "〓（U+20BB7）田" in said(certificate_on_paper(certificate(name="𠮷田")))


def test_what_a_person_wrote_is_text_and_no_markup() -> None:
    wrote = '#panic("x") *a* $x$ \\ = b\n= c'

    assert '#panic("x")*a*$x$\\=b=c' in said(contract_on_paper(contract(purpose=wrote)))


def test_a_document_is_known_by_its_bytes() -> None:
    assert content_type_of(certificate_on_paper(certificate())) == "application/pdf"
    assert content_type_of("个人借款合同".encode()) == "text/plain; charset=utf-8"
