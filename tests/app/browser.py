"""A headless browser on pages that lie on disk, with the network switched off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# A canvas is drawn when it holds more than one colour.
_DRAWN = """() => [...document.querySelectorAll('.plot canvas')].map((canvas) => {
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) {
    seen.add(data[at] + ',' + data[at + 1] + ',' + data[at + 2] + ',' + data[at + 3]);
  }
  return seen.size;
})"""


class Seen:
    """A page as the browser shows it, and everything that it complained about."""

    def __init__(self, page: Any, complaints: list[str], requests: list[str]) -> None:
        self.page = page
        self.complaints = complaints
        self.requests = requests

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def colours(self) -> list[int]:
        """Number of colours in each chart; 1 is a blank canvas."""
        return list(self.page.evaluate(_DRAWN))

    def text(self) -> str:
        """The words on the page, those in closed parts included."""
        return str(self.page.evaluate("document.body.textContent"))

    def open_all(self) -> None:
        """Open every line that can be opened."""
        self.page.click("#toggle")
        self.page.wait_for_function("document.querySelectorAll('details:not([open])').length === 0")
        self.page.wait_for_timeout(100)


class Looker:
    """One browser for all tests; each look has a window of its own."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    @contextmanager
    def __call__(self, path: Path, width: int = 1280) -> Iterator[Seen]:
        """Open a page from disk without a network."""
        context = self._browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        page = context.new_page()
        complaints: list[str] = []
        requests: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(f"not there: {request.url}"))
        page.on("request", lambda request: requests.append(request.url))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(path.resolve().as_uri())
        page.wait_for_timeout(150)
        yield Seen(page, complaints, requests)
        context.close()
