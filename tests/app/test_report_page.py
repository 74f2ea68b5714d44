"""One company's page in a real browser: charts, languages, widths, offline, hostile names, missing values."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browser import Looker
from sample_profiles import SHORT_OF_RD, sample

from kejin.app import page_files
from kejin.app.report_page import write_report
from kejin.app.report_view import report_view
from kejin.errors import InputError

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
CHARTS = page_files.chart_library() is not None
# Charts drawn in a wide window, on narrow paper: those that reach beyond their place.
_CUT = """() => {
  document.body.style.width = '640px';
  return [...document.querySelectorAll('.plot canvas')]
    .filter((one) => one.getBoundingClientRect().right > one.closest('.plot').getBoundingClientRect().right + 1)
    .map((one) => one.closest('.plot').id);
}"""
needs_charts = pytest.mark.skipif(not CHARTS, reason="the chart library was not fetched at set-up")


@needs_charts
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("single_file", [True, False])
def test_page_opens_offline_with_its_charts(looking_at: Looker, tmp_path: Path, lang: str, single_file: bool) -> None:
    page = tmp_path / "page.html"
    write_report(sample(), page, lang, single_file)
    with looking_at(page) as seen:
        colours = seen.colours()
        seen.page.screenshot(path=tmp_path / f"page_{lang}.png", full_page=True)
        assert seen.complaints == []
        assert all(url.startswith("file:") for url in seen.requests)
        assert len(seen.requests) == 1 or not single_file
    assert len(colours) == 3
    assert min(colours) > 5


@needs_charts
def test_a_blank_chart_would_be_noticed(looking_at: Looker, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_report(sample(), page, "zh", single_file=False)
    script = tmp_path / "assets" / "report.js"
    script.write_text(script.read_text("utf-8").replace("plot.setOption(", "void ("), "utf-8")
    with looking_at(page) as seen:
        assert all(count <= 1 for count in seen.colours())


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_wider_than_the_window(looking_at: Looker, tmp_path: Path, lang: str, width: int) -> None:
    page = tmp_path / "page.html"
    write_report(sample(name="很长的名字" * 12 + " Averyveryverylongname" * 4), page, lang)
    with looking_at(page, width) as seen:
        assert seen.overflow() <= 0
        seen.open_all()
        assert seen.overflow() <= 0
        assert seen.complaints == []


def test_too_wide_a_page_would_be_noticed(looking_at: Looker, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_report(sample(), page, "zh")
    wide = '<main><div style="width:2000px">x</div>'
    page.write_text(page.read_text("utf-8").replace("<main>", wide, 1), "utf-8")
    with looking_at(page, 390) as seen:
        assert seen.overflow() > 0


@pytest.mark.parametrize("single_file", [True, False])
def test_a_hostile_name_is_shown_as_text(looking_at: Looker, tmp_path: Path, single_file: bool) -> None:
    page = tmp_path / "page.html"
    write_report(sample(name=HOSTILE, source=f"synthetic: {HOSTILE}"), page, "zh", single_file)
    with looking_at(page) as seen:
        seen.open_all()
        assert seen.page.text_content("h1") == HOSTILE
        assert HOSTILE in seen.text()
        assert seen.page.locator("img").count() == 0
        assert seen.complaints == []


def test_a_script_put_into_a_single_file_does_not_run(looking_at: Looker, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_report(sample(), page, "zh")
    page.write_text(page.read_text("utf-8").replace("<main>", "<main><script>alert(1)</script>", 1), "utf-8")
    with looking_at(page) as seen:
        assert not any(complaint.startswith("dialog") for complaint in seen.complaints)
        assert any("Content Security Policy" in complaint for complaint in seen.complaints)


@pytest.mark.parametrize(("lang", "word"), [("zh", "缺失"), ("en", "missing")])
def test_missing_is_said_and_is_never_zero(looking_at: Looker, tmp_path: Path, lang: str, word: str) -> None:
    inputs = {name: value for name, value in SHORT_OF_RD.items() if not name.startswith(("rd_expense", "staff"))}
    page = tmp_path / "page.html"
    write_report(sample(inputs=inputs), page, lang)
    with looking_at(page) as seen:
        seen.open_all()
        cells = seen.page.locator("#trend + details tbody tr td:nth-child(3)").all_text_contents()
        assert cells == [word] * 3
        staff = seen.page.locator(
            '[data-w^="tech_sme."]:has(u:text-is("{}")) .gone'.format({"zh": "职工总数", "en": "Staff"}[lang])
        )
        assert staff.first.text_content() == word
        drawn = json.loads(seen.page.text_content("#data") or "")["charts"]["trend"]
    assert drawn["rd"] == [None, None, None]
    assert drawn["intensity"] == [None, None, None]


def test_every_line_says_where_it_comes_from(looking_at: Looker, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_report(sample(), page, "zh")
    with looking_at(page) as seen:
        lines = seen.page.locator("details.line").count()
        seen.open_all()
        assert lines > 100
        assert seen.page.locator("details.line > .why").count() == lines
        said = seen.page.locator('#tech_sme details:has(u:text-is("研发费用占销售收入")) .why').text_content() or ""
    # By hand: 405万元 of R&D over 1.5亿元 of sales; the bands as printed in 国科发政〔2017〕115号.
    for part in (
        "上年度研发费用 ÷ 上年度营业收入",
        "405.00万元",
        "1.50亿元",
        "年度财务",
        "国科发政〔2017〕115号",
        "2%-3% 10分",
    ):
        assert part in said, part


def test_what_would_change_it_names_the_amount(looking_at: Looker, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_report(sample(), page, "zh")
    with looking_at(page) as seen:
        said = seen.page.locator("#tech_sme .what").text_content() or ""
    # 3% of 1.5亿元 is 450万元; 405万元 are spent. The next band gives 10 points more: 56 becomes 66, 60 are needed.
    assert "上年度研发费用再增加45.00万元" in said
    assert "仅此一项即可符合" in said


def test_without_the_chart_library_the_tables_are_there(
    looking_at: Looker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_files, "CHARTS", tmp_path / "absent.js")
    page = tmp_path / "pages" / "page.html"
    write_report(sample(), page, "zh", single_file=False)
    with looking_at(page) as seen:
        assert seen.complaints == []
        assert "图表未显示" in (seen.page.text_content(".nochart") or "")
        assert seen.page.locator("#bars + details table").is_visible()
        assert seen.page.locator("#trend + details table").is_visible()
        assert not seen.page.locator("#bars").is_visible()


def test_too_few_peers_says_so() -> None:
    view = report_view(sample(standing=False), "zh")
    assert view["standings"] == []
    assert "radar" not in view["charts"]
    peers = {row[1]: row[-1] for group in view["groups"] for row in group["rows"]}
    assert peers["研发强度"] == "同业仅 7 家"


def test_pages_of_one_folder_share_their_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_report(sample(name=name), tmp_path / f"{name}.html", "zh", single_file=False)
    text = (tmp_path / "one.html").read_text("utf-8")
    sources = re.findall(r'src="([^"]+)"', text) + re.findall(r'href="(assets[^"]+)"', text)
    assert len(sources) == (4 if CHARTS else 3)
    assert all((tmp_path / source).is_file() for source in sources)
    assert len(list((tmp_path / "assets").glob("lineage_*"))) == 1


def test_print_on_a4_keeps_the_width(looking_at: Looker, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_report(sample(), page, "zh")
    with looking_at(page) as seen:
        printed = seen.page.pdf(format="A4", prefer_css_page_size=True)
        seen.page.emulate_media(media="print")
        cut = seen.page.evaluate(_CUT)
        seen.page.evaluate("document.querySelectorAll('style').forEach((one) => one.remove())")
        cut_without_style = seen.page.evaluate(_CUT)
    assert cut == []
    assert bool(cut_without_style) == CHARTS  # the check sees a chart that is cut
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 3 <= pages <= 16


def test_a_page_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(InputError) as caught:
        write_report(sample(), tmp_path / "file" / "page.html", "zh")
    assert caught.value.code == "app.file_not_written"
