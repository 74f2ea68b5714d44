"""Every main page looked at in a browser, at a desk and on a phone, in Chinese and English; pictures are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsing import Window, closed, names_of, told, wrong_words
from case_steps import COMMENT, own_company
from fastapi import FastAPI

from kejin.app.web.demo_people import DEMO_LOG_INS

# Who looks at what; {company} is the demonstration's own, {loan} one of the bank.
PAGES = {
    "officer": (
        "/companies?q=a",
        "/companies/{company}",
        "/companies/{company}/history",
        "/compare?company={company}",
        "/lists",
        "/patents",
        "/patents/{company}",
        "/pledges",
        "/cases",
        "/cases/apply",
        "/city",
        "/rules",
        "/companies/NOSUCH",  # not there
        "/audit",  # not for this role
    ),
    "risk": ("/trails?all=1", "/warnings", "/objections", "/models", "/data", "/data/quality", "/jobs"),
    "auditor": ("/audit", "/audit/1", "/audit/looks", "/audit/overrides"),
    "company": ("/self",),
    "admin": ("/people", "/tokens", "/webhooks"),
}

TYPED = ("已要求增信，同意偏离", "股东追加保证", COMMENT)  # what people of other tests wrote


def _short(path: str) -> str:
    return path.format(company="own").split("?")[0].strip("/").replace("/", "-")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_fits_is_drawn_and_speaks_one_language(
    address: tuple[str, FastAPI], browser: Any, shots: Path, language: str
) -> None:
    base, application = address
    names, company = [*names_of(application), *TYPED], own_company(application)
    faults: list[str] = []
    for name in DEMO_LOG_INS.values():
        window = Window.known(browser, base, application, name)
        window.go("/")
        window.speak(language)
        assert window.page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[language]
        # English pages are measured and photographed at a desk only: the layout is the same.
        widths = (1280, 390) if language == "zh" else (1280,)
        faults += window.look("home", shots, names, widths)
        for path in PAGES.get(name, ()):
            window.go(path.format(company=company))
            # An error, too, is a page of the site: its menu is there.
            assert window.page.locator("#menu a").count() > 2, path
            faults += window.look(_short(path), shots, names, widths)
        faults += closed(window)
    told(faults)
    assert len(list(shots.glob(f"*_{language}_*.png"))) >= 40


def test_the_checks_see_what_is_planted(address: tuple[str, FastAPI], browser: Any) -> None:
    base, application = address
    window = Window.known(browser, base, application, "officer")
    window.go("/city")
    window.speak("zh")
    window.settle()
    assert window.look("city", None, names_of(application)) == []
    window.page.evaluate(
        """() => {
          const main = document.querySelector("main");
          const wide = document.createElement("div");
          wide.style.width = "3000px"; wide.textContent = "Some English words, nan";
          const cut = document.createElement("button");
          cut.style.cssText = "width: 20px; overflow: hidden; white-space: nowrap"; cut.textContent = "很长的按钮文字";
          const chart = document.createElement("div");
          chart.className = "kejin-chart"; chart.dataset.chart = "planted";
          main.append(wide, cut, chart);
        }"""
    )
    found = "\n".join(window.look("city", None, names_of(application)))
    for words in ("pixels wide", "cut: button", "not drawn: planted", "other language: Some", "word of code: Some"):
        assert words in found
    window.context.close()


@pytest.mark.parametrize(
    ("lang", "text", "wrong"),
    [
        ("zh", "企业a_b_c", True),
        ("zh", "金额 None", True),
        ("zh", "Loan cases", True),
        ("zh", "导出 Excel、PDF", False),
        ("zh", "Acme Ltd 的贷款", False),
        ("en", "Loan cases 贷款", True),
        ("en", "Loan of 好公司", False),
        ("en", "{n} cases", True),
    ],
)
def test_words_of_the_other_language_and_of_programs_are_seen(lang: str, text: str, wrong: bool) -> None:
    assert bool(wrong_words(lang, [text], ["Acme Ltd", "好公司"])) == wrong
