"""How does a document get onto paper? A Typst template and plain data become a PDF that reads Chinese everywhere.

A template sees `data` (what was passed, as JSON gives it) and `lang`; font, paper and language are set already. The
font is the system's where it has one with simplified Chinese, else the one that comes with the project, so that a
document needs nothing of the machine and never shows empty boxes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Literal

from kejin.errors import InputError, Lang

# Simplified Chinese, the usual ones of Linux, Windows and macOS; the first that is there is taken.
_SYSTEM_FAMILIES = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "SimSun",
    "SimHei",
    "Songti SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
TEMPLATES = Path(__file__).parent / "templates"
Format = Literal["pdf", "png"]


@dataclass(frozen=True, slots=True)
class Font:
    """A font family with Chinese.

    folder   where its file lies when it is not the system's; None for the system's.
    """

    family: str
    folder: Path | None


@cache
def chinese_font() -> Font:
    """Which font writes Chinese on this machine? The system's if it has one, else the shipped package's.

    Raises InputError app.font_absent where there is neither.
    """
    import typst

    families = set(typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).families())
    for family in _SYSTEM_FAMILIES:
        if family in families:
            return Font(family, None)
    return _shipped_font()


def _shipped_font() -> Font:
    """The font of the package; its family is read from the file, because its glyphs are named by their region."""
    import typst

    try:
        from cvttf_NotoSansCJK_Regular import get_TTF_path

        folder = Path(get_TTF_path()).parent
    except (ImportError, FileNotFoundError):
        raise InputError("app.font_absent", families=", ".join(_SYSTEM_FAMILIES)) from None
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    return Font(sorted(fonts.families())[0], folder)


def write_pdf(
    template: str | Path, data: Mapping[str, Any], out: Path, lang: Lang = "zh", made_on: date | None = None
) -> Path:
    """The PDF of a template filled with data, written at once or not at all; returns `out`.

    template   a file, or the text of one. It sees `data` and `lang`.
    data       plain values (text, numbers, booleans, lists, mappings, None). Amounts and days are to come as text
               that is ready to be read: a template formats nothing.
    made_on    the day that the file's own date shows; without it the file says none, so that the same data give the
               same bytes on any day.
    Raises     InputError app.document_failed where the template cannot be set, app.font_absent,
               app.file_not_written.
    """
    pages = _compiled(template, data, lang, made_on, "pdf")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_name(out.name + ".part")
        beside.write_bytes(pages[0])
        beside.replace(out)
    except OSError as error:
        raise InputError("app.file_not_written", path=out, said=error.strerror or str(error)) from error
    return out


def page_pictures(
    template: str | Path, data: Mapping[str, Any], lang: Lang = "zh", dots_per_inch: int = 100
) -> list[bytes]:
    """The pages of the same document as PNG pictures, for a screen or for a look in a test."""
    return _compiled(template, data, lang, None, "png", dots_per_inch)


def _compiled(
    template: str | Path,
    data: Mapping[str, Any],
    lang: Lang,
    made_on: date | None,
    form: Format,
    dots_per_inch: int = 100,
) -> list[bytes]:
    import typst

    font = chinese_font()
    text = template.read_text("utf-8") if isinstance(template, Path) else template
    source = _prelude(font, lang, made_on is not None) + text
    stamp = datetime.combine(made_on or date(1970, 1, 1), time(), UTC)
    try:
        made: Any = typst.compile(
            source.encode(),
            format=form,
            ppi=float(dots_per_inch),
            font_paths=_fonts(font.folder),
            sys_inputs={"data": json.dumps(data, ensure_ascii=False, allow_nan=False), "lang": lang},
            timestamp=stamp,
        )
    except (typst.TypstError, ValueError, TypeError) as error:
        name = template.name if isinstance(template, Path) else "-"
        raise InputError("app.document_failed", template=name, said=_first_line(error)) from error
    return made if isinstance(made, list) else [made]


@cache
def _fonts(folder: Path | None) -> Any:
    """The system's fonts with those of a folder, searched once."""
    import typst

    return typst.Fonts(include_system_fonts=True, font_paths=[] if folder is None else [str(folder)])


def _first_line(error: Exception) -> str:
    return (getattr(error, "message", None) or str(error)).splitlines()[0]


def _prelude(font: Font, lang: Lang, dated: bool) -> str:
    """What every document begins with: data, language, font and paper. Latin letters come from the same font."""
    # A shipped font draws the forms of its own region unless told that a text is simplified Chinese.
    words = 'lang: "zh", region: "cn"'
    language = f"#set text({words})" if lang == "zh" else f'#show regex("\\p{{Han}}+"): set text({words})'
    return f"""\
#let data = json(bytes(sys.inputs.data))
#let lang = sys.inputs.lang
#set document(date: {"auto" if dated else "none"})
#set page(paper: "a4", margin: (x: 20mm, top: 22mm, bottom: 20mm), numbering: "1 / 1")
#set text(font: {json.dumps(font.family)}, size: 10pt)
{language}
#set par(leading: 0.75em)
#set table(stroke: 0.5pt + luma(170), inset: 6pt)
"""
