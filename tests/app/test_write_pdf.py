"""Documents on paper: Chinese is there as text, the font is found or said to be absent, a failure leaves nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pytest

from kejin.app import write_pdf as module
from kejin.app.write_pdf import chinese_font, page_pictures, write_pdf
from kejin.errors import InputError

TEMPLATE = """= 专利权质押合同数据表
#table(columns: 2, [出质人], [#data.name], [金额], [#data.amount])
#lang
"""
DATA = {"name": "虚拟骨科（演示）有限公司 <b>&", "amount": "1,234.50元"}


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_chinese_is_in_the_file_as_text(tmp_path: Path, lang: str) -> None:
    path = write_pdf(TEMPLATE, DATA, tmp_path / "new" / "sheet.pdf", lang)  # type: ignore[arg-type]
    text = text_of(path)
    assert "专利权质押合同数据表" in text
    assert "虚拟骨科（演示）有限公司 <b>&" in text, "what looks like markup in data is text"
    assert lang in text
    assert not list(path.parent.glob("*.part"))


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    first = write_pdf(TEMPLATE, DATA, tmp_path / "a.pdf").read_bytes()
    assert write_pdf(TEMPLATE, DATA, tmp_path / "b.pdf").read_bytes() == first
    assert write_pdf(TEMPLATE, DATA | {"amount": "2元"}, tmp_path / "c.pdf").read_bytes() != first


def test_pages_can_be_looked_at() -> None:
    (page,) = page_pictures(TEMPLATE, DATA, dots_per_inch=40)
    assert page.startswith(b"\x89PNG")
    (other,) = page_pictures(TEMPLATE, DATA | {"name": ""}, dots_per_inch=40)
    assert page != other, "the name leaves ink on the page"


def test_a_system_font_comes_first_and_none_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fonts:
        def __init__(self, **_: object) -> None: ...

        def families(self) -> list[str]:
            return ["DejaVu Sans", "SimSun"]

    monkeypatch.setitem(sys.modules, "typst", SimpleNamespace(Fonts=Fonts))
    assert chinese_font.__wrapped__() == module.Font("SimSun", None)
    monkeypatch.setattr(Fonts, "families", lambda self: ["DejaVu Sans"])
    monkeypatch.setitem(sys.modules, "cvttf_NotoSansCJK_Regular", None)
    with pytest.raises(InputError, match=r"app\.font_absent"):
        chinese_font.__wrapped__()


@pytest.mark.parametrize(
    ("template", "data"), [("#data.nothing", {}), ("#let x = ", {}), ("#data.x", {"x": float("nan")})]
)
def test_a_failure_is_a_sentence_and_leaves_no_file(tmp_path: Path, template: str, data: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"app\.document_failed"):
        write_pdf(template, data, tmp_path / "sheet.pdf")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(InputError, match=r"app\.file_not_written"):
        write_pdf(TEMPLATE, DATA, tmp_path / "file" / "sheet.pdf")
