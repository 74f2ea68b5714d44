"""How does a report become a Word file that people go on writing in? Styles, tables and fonts by python-docx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kejin.app.loan_report import Report, Section, Table, column_widths
from kejin.errors import InputError

# Fonts that Word has on every machine where Chinese is written; a reader without them falls back by itself.
LATIN, CHINESE = "Calibri", "Microsoft YaHei"
COLOURS = {"approve": "1E7145", "refer": "B26B00", "decline": "B3261E"}
SHADE, LINES = "EEF2F7", "A6A6A6"
SHORT_ROWS = 6  # a table of so many rows is kept on one page
PAGE_CM, MARGIN_CM = (21.0, 29.7), 2.0
_BODY_PT, _SMALL_PT = 10, 9


def write_word(report: Report, out: Path) -> Path:
    """The report as a .docx file, written at once or not at all; returns `out`.

    Raises   InputError app.file_not_written.
    """
    document = _document(report)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_name(out.name + ".part")
        document.save(str(beside))
        beside.replace(out)
    except OSError as error:
        raise InputError("app.file_not_written", path=out, said=error.strerror or str(error)) from error
    return out


def _document(report: Report) -> Any:
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt, RGBColor

    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(PAGE_CM[0]), Cm(PAGE_CM[1])
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN_CM)
    _fonts(document)
    title = document.add_paragraph(style="Title")
    title.add_run(report.title)
    subject = document.add_paragraph()
    subject.add_run(report.subject).bold = True
    advice = document.add_paragraph()
    run = advice.add_run(report.advice_text)
    run.bold, run.font.size, run.font.color.rgb = True, Pt(16), RGBColor.from_string(COLOURS[report.advice])
    _table(document, Table(("", ""), report.head, (1,)), with_head=False)
    for number, section in enumerate(report.sections, 1):
        _section(document, number, section)
    footer = page.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run(report.footer + "    ").font.size = Pt(8)
    _page_number(footer)
    document.core_properties.title, document.core_properties.author = report.title, "Kejin"
    return document


def _fonts(document: Any) -> None:
    """Fonts of the styles used; the Chinese one is set apart, as Word wants it."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    sizes = {"Normal": _BODY_PT, "Title": 20, "Heading 1": 13}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size = LATIN, Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:eastAsia", "w:ascii", "w:hAnsi"):
            fonts.set(qn(kind), CHINESE if kind == "w:eastAsia" else LATIN)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        if name != "Normal":
            style.font.color.rgb = RGBColor(0x1F, 0x3A, 0x5F)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)


def _section(document: Any, number: int, section: Section) -> None:
    document.add_paragraph(f"{number}  {section.title}", style="Heading 1")
    for text in section.paragraphs:
        document.add_paragraph(text)
    for table in section.tables:
        _table(document, table)
        document.add_paragraph()


def _table(document: Any, table: Table, with_head: bool = True) -> None:
    """A table of the page's width; the head is repeated on every page, no row is cut, a short table stays whole."""
    from docx.shared import Cm

    rows = (table.head, *table.rows) if with_head else table.rows
    made = document.add_table(rows=0, cols=len(table.head))
    made.style = "Table Grid"
    made.autofit = False
    _frame(made)
    widths = column_widths(table, PAGE_CM[0] - 2 * MARGIN_CM)
    for column, width in zip(made.columns, widths, strict=True):  # a reader may go by the grid and not by the cells
        column.width = Cm(width)
    last = len(rows) - 1
    for place, cells in enumerate(rows):
        row = made.add_row()
        _mark(row, "w:cantSplit")
        if table.to_write_in and place > 0:
            row.height = Cm(1.1)
        for cell, text, width in zip(row.cells, cells, widths, strict=True):
            cell.width = Cm(width)
            _cell(cell, text, strong=with_head and place == 0)
            together = len(rows) <= SHORT_ROWS and place < last
            cell.paragraphs[0].paragraph_format.keep_with_next = together or (with_head and place == 0)
        if with_head and place == 0:
            _mark(row, "w:tblHeader")


def _cell(cell: Any, text: str, strong: bool) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(_SMALL_PT), strong
    if strong:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)


def _frame(table: Any) -> None:
    """Grey lines, and room between them and the text."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{LINES}"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    room = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", 50), ("left", 90), ("bottom", 50), ("right", 90))
    )
    properties = table._tbl.tblPr
    borders = parse_xml(f"<w:tblBorders {nsdecls('w')}>{lines}</w:tblBorders>")
    margins = parse_xml(f"<w:tblCellMar {nsdecls('w')}>{room}</w:tblCellMar>")
    look = properties.find("{*}tblLook")
    for part in (borders, margins):  # the order of these parts is set: before the look
        properties.append(part) if look is None else look.addprevious(part)
    layout = properties.find("{*}tblLayout")
    if layout is not None:
        margins.addprevious(layout)


def _mark(row: Any, name: str) -> None:
    """A yes to one property of a row: `w:tblHeader` repeats it on every page, `w:cantSplit` keeps it on one."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _page_number(paragraph: Any) -> None:
    """The number of the page, worked out by the reader's program."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    run = paragraph.add_run()
    run.font.size = Pt(8)
    for kind in ("begin", None, "end"):
        part = OxmlElement("w:instrText" if kind is None else "w:fldChar")
        if kind is None:
            part.text = "PAGE"
        else:
            part.set(qn("w:fldCharType"), kind)
        run._r.append(part)
