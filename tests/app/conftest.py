"""One headless browser for all tests of pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Looker, chromium


@pytest.fixture(scope="session")
def looking_at() -> Iterator[Looker]:
    """Opens pages that lie on disk; the test is skipped where there is no Chromium."""
    program = chromium()
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pages are not seen")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield Looker(browser)
        browser.close()
