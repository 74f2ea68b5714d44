"""What browser tests share: a person's window, and what every page that is looked at must keep to."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from kejin.app.web.demo_people import DEMO_PASSWORD

WIDTHS = (1280, 390)
PICTURE_HEIGHT_MAX = 3_000
# What the page is measured by, in the page: how wide it is, what is cut, which charts are not drawn, what it says.
_LOOK = """() => {
  const seen = (one) => one.checkVisibility() && !one.closest(".visually-hidden, .visually-hidden-focusable");
  const name = (one) => one.tagName.toLowerCase() + " " + (one.innerText.trim() || one.innerHTML.trim()).slice(0, 80);
  const cut = [...document.querySelectorAll("h1, h2, h3, h4, th, td, button, .btn, .badge, .nav-link, .alert, dd, dt")]
    .filter((one) => seen(one) && one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1).map(name);
  const undrawn = [...document.querySelectorAll(".kejin-chart")].filter((one) => {
    const drawing = one.querySelector("canvas, svg");
    if (!drawing) return true;
    const box = drawing.getBoundingClientRect();
    if (box.width < 50 || box.height < 50) return true;
    if (drawing.tagName !== "CANVAS") return drawing.childElementCount === 0;
    const copy = Object.assign(document.createElement("canvas"), {width: drawing.width, height: drawing.height});
    const pen = copy.getContext("2d", {willReadFrequently: true});
    pen.drawImage(drawing, 0, 0);
    const dots = pen.getImageData(0, 0, copy.width, copy.height).data;
    for (let place = 3; place < dots.length; place += 4) if (dots[place] !== 0) return false;
    return true;
  }).map((one) => one.dataset.chart);
  const words = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const at = node.parentElement;
    const text = node.textContent.trim().replace(/\\s+/g, " ");
    if (!text || at.closest("script, style, textarea, pre, code, .kejin-code, [translate=no]")) continue;
    if (at.closest("[lang]") !== document.documentElement) continue;
    words.push(text);
  }
  const shown = [...document.querySelectorAll("[aria-label], [placeholder], [title]")].flatMap(
    (one) => [one.getAttribute("aria-label"), one.getAttribute("placeholder"), one.getAttribute("title")]);
  return {lang: document.documentElement.lang, wide: document.documentElement.scrollWidth,
          high: document.documentElement.scrollHeight, cut, undrawn,
          words: words.concat(shown.filter(Boolean))};
}"""
_IS_SETTLED = """() => !document.querySelector(".htmx-request")
  && [...document.querySelectorAll("[data-chart]")].every((one) => one.dataset.drawn)"""
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
# Two English words in a row, or one long enough to be no abbreviation; names of formats and measures are no language.
_ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+[a-z]{2,})+|\b[A-Za-z][a-z]{3,}\b", re.ASCII)
_OF_BOTH = frozenset({"Excel", "Word", "Parquet", "English", "Kejin", "https", "Authorization", "Bearer", "Signature"})
_CODE_WORDS = re.compile(
    r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b(?:nan|NaN|None|null|undefined|inf|True|False)\b|\[object|\{\{|\{\w+\}",
    re.ASCII,
)

# Names of rules, as addresses are; what a row of the synthetic city says it comes from; commands that are named.
_REFERENCES = re.compile(
    r"\b[a-z_0-9]+(?:/[a-z_0-9]+)+\b|synthetic: [a-z ]+|\bkejin [a-z-]+|\b[a-z_]+\.[a-z_]+\b", re.ASCII
)


class Window:
    """One person's browser window; every page that is looked at must fit the screen and say nothing wrong."""

    def __init__(self, browser: Any, address: str, name: str) -> None:
        self.address, self.name = address, name
        self.context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900}, locale="zh-CN")
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)
        self.page.on("response", self._answered)
        self.page.on("dialog", lambda asked: asked.accept())

    @classmethod
    def known(cls, browser: Any, address: str, application: FastAPI, name: str) -> Window:
        """The window of somebody who is logged in already, and reads Chinese."""
        window, serving = cls(browser, address, name), application.state.serving
        person = serving.people.find(name)
        serving.people.set_language(person.person_id, "zh")
        token = serving.sessions.start(person)
        window.context.add_cookies([{"name": "kejin_session", "value": token, "url": address}])
        return window

    def _heard(self, message: Any) -> None:
        # Chromium notes every page that is refused or not there as an error; tests look at such pages on purpose.
        if message.type in ("error", "warning") and "status of 40" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _answered(self, answer: Any) -> None:
        if answer.status >= 500 or (answer.status >= 400 and "/static/" in answer.url):
            self.complaints.append(f"{answer.status} {answer.url}")

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────────────

    def log_in(self) -> None:
        """By the form."""
        self.page.goto(self.address + "/log-in")
        self.page.fill("#name", self.name)
        self.page.fill("#password", DEMO_PASSWORD)
        self.page.click("button.btn-primary")
        self.page.wait_for_url(self.address + "/")

    def speak(self, language: str) -> None:
        """By the button of the page's head, where the page speaks the other language."""
        other = self.page.locator(f'form[action="/language"] button[value="{language}"]')
        if other.count():
            with self.page.expect_navigation():
                other.click()

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.settle()

    def settle(self) -> None:
        """Until the page is there, htmx has its answers and charts are drawn; one that never is, is found by a look."""
        self.page.wait_for_load_state("load")
        until = time.monotonic() + 5
        while not self.page.evaluate(_IS_SETTLED) and time.monotonic() < until:
            self.page.wait_for_timeout(20)

    def click(self, selector: str) -> None:
        """What leads to another page."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        self.settle()

    def send(self, form: str) -> None:
        """The button of the form that goes to this address."""
        self.click(f'form[action$="{form}"] button')

    def save(self, selector: str, folder: Path) -> Path:
        """A file that a click saves."""
        with self.page.expect_download() as begun:
            self.page.locator(selector).first.click()
        path = folder / begun.value.suggested_filename
        begun.value.save_as(path)
        return path

    def says(self) -> str:
        return str(self.page.inner_text("main"))

    # ── what is looked at ────────────────────────────────────────────────────────────────────────────────────────────

    def look(
        self, what: str, shots: Path | None, names: Sequence[str] | None = (), widths: Sequence[int] = WIDTHS
    ) -> list[str]:
        """Faults of the page at each width, one a line; its pictures are kept.

        names   what may stand in another language; None where words are not looked at.
        """
        faults: list[str] = []
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.wait_for_timeout(60)
            seen = self.page.evaluate(_LOOK)
            if shots is not None:
                shots.mkdir(parents=True, exist_ok=True)
                clip = {"x": 0, "y": 0, "width": width, "height": min(seen["high"], PICTURE_HEIGHT_MAX)}
                path = shots / f"{what}_{self.name}_{seen['lang'][:2]}_{width}.png"
                self.page.screenshot(path=path, full_page=True, clip=clip)
            at = f"{what}, {self.name}, {seen['lang']}, {width}"
            if seen["wide"] > width:
                faults.append(f"{at}: {seen['wide']} pixels wide")
            faults += [f"{at}: cut: {one}" for one in seen["cut"]]
            faults += [f"{at}: not drawn: {one}" for one in seen["undrawn"]]
            if names is not None:
                faults += [f"{at}: {one}" for one in wrong_words(seen["lang"], seen["words"], names)]
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        return list(dict.fromkeys(faults))

    def keep(self, what: str, shots: Path, names: Sequence[str] | None) -> None:
        """A look whose faults stand among the window's complaints."""
        self.complaints += self.look(what, shots, names)


def wrong_words(lang: str, texts: Sequence[str], names: Sequence[str]) -> list[str]:
    """Texts in the other language, but for names, and words that only programs understand."""
    known = re.compile("|".join(re.escape(one) for one in sorted(names, key=len, reverse=True)) or "$^")
    found = []
    for text in texts:
        left = _REFERENCES.sub("", known.sub("", text))
        other = _CHINESE if lang == "en" else _ENGLISH
        foreign = [one for one in other.findall(left) if one not in _OF_BOTH]
        if foreign:
            found.append(f"other language: {text[:120]}")
        if _CODE_WORDS.search(left):
            found.append(f"word of code: {text[:120]}")
    return found


_NAMES = """
SELECT name FROM company UNION SELECT name FROM institution UNION SELECT institution_id FROM institution
UNION SELECT name FROM park UNION SELECT park_id FROM park
"""


def closed(*windows: Window) -> list[str]:
    """What the windows complained about; they are closed."""
    for one in windows:
        one.context.close()
    return [text for one in windows for text in one.complaints]


def told(faults: Sequence[str]) -> None:
    """Fails with every fault on a line of its own."""
    assert not faults, "\n".join(faults)


def names_of(application: FastAPI) -> list[str]:
    """Names of companies, institutions and people: these are in the language they are in."""
    serving = application.state.serving
    rows = serving.rows("names", _NAMES)
    people = [one for person in serving.people.everyone() for one in (person.name, person.person_id)]
    return [row["name"] for row in rows if row["name"]] + people
