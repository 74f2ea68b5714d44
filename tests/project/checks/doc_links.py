"""Links inside the documents lead somewhere, and every page can be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from checks.tree import doc_pages

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"")
_ENTRANCES = {"README.md", "README.zh-CN.md"}


def broken_links(root: Path) -> list[str]:
    """Relative links to a file or heading that does not exist."""
    problems = []
    for page in doc_pages(root):
        for line, target in _links(page):
            file, _, anchor = target.partition("#")
            goal = (page.parent / file).resolve() if file else page.resolve()
            place = f"{page.relative_to(root).as_posix()}:{line}: {target}"
            if not goal.exists():
                problems.append(f"{place} does not exist")
            elif anchor and goal.suffix == ".md" and anchor not in _anchors(goal):
                problems.append(f"{place}: no such heading")
    return problems


def unreachable_pages(root: Path) -> list[str]:
    """Pages of docs/ that no other page links to."""
    pages = doc_pages(root)
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in pages
        for _, target in _links(page)
        if target.partition("#")[0]
    }
    orphans = [page for page in pages if page.resolve() not in linked and page.is_relative_to(root / "docs")]
    return [f"{page.relative_to(root).as_posix()}: no page links to it" for page in orphans]


def _links(page: Path) -> Iterator[tuple[int, str]]:
    in_code = False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if line.startswith("```"):
            in_code = not in_code
        if in_code:
            continue
        for found in _LINK.finditer(re.sub(r"`[^`]*`", "", line)):
            target = found[1] or found[2]
            if not re.match(r"[a-z]+:", target):
                yield number, target


def _anchors(page: Path) -> set[str]:
    """Headings as the usual viewers turn them into anchors."""
    headings = re.findall(r"^#{1,6}\s+(.*?)\s*$", page.read_text("utf-8"), flags=re.MULTILINE)
    kept = [re.sub(r"[^\w\s-]", "", heading.replace("`", "").lower()) for heading in headings]
    return {re.sub(r"\s", "-", heading) for heading in kept}
