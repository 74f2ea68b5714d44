"""The generated pages are those of the rules as they are, and a stale one is found."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from rule_tree import EXCEPTIONS, TWO_VALUES, book_of

from kejin.policy import RuleBook

ROOT = Path(__file__).resolve().parents[2]


def page_writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_rule_pages", ROOT / "scripts" / "write_rule_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WRITER = page_writer()


def test_the_pages_are_up_to_date() -> None:
    assert WRITER.stale_pages(ROOT, WRITER.rule_pages(RuleBook.shipped())) == []


def test_every_rule_and_source_has_its_place() -> None:
    book = RuleBook.shipped()
    pages = WRITER.rule_pages(book)
    for name in book.names:
        folder, _, short = name.rpartition("/")
        page = pages[f"docs/rules/{folder}.md"]
        assert f"## {short}\n" in page
        assert all(one.printed in page and one.article in page for one in book.rule(name).values)
        assert f"`{name}`" in pages["docs/rules/index.md"]
    for name in book.source_names:
        assert f"## {name}\n" in pages["docs/rules/sources.md"]


def test_a_planted_stale_page_is_found(tmp_path: Path) -> None:
    pages = WRITER.rule_pages(book_of(tmp_path / "book", {"bank/limit": TWO_VALUES, "bank/ratio": EXCEPTIONS}))
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    assert WRITER.stale_pages(tmp_path, pages) == []
    page = tmp_path / "docs" / "rules" / "bank.md"
    page.write_text(page.read_text("utf-8").replace("200 CNY", "201 CNY"), "utf-8")
    assert WRITER.stale_pages(tmp_path, pages) == [
        "docs/rules/bank.md is out of date; run python scripts/write_rule_pages.py"
    ]
    page.unlink()
    (tmp_path / "docs" / "rules" / "gone.md").write_text("old", "utf-8")
    assert len(WRITER.stale_pages(tmp_path, pages)) == 2


def test_a_page_shows_the_value_beside_its_text(tmp_path: Path) -> None:
    page = WRITER.rule_pages(book_of(tmp_path, {"bank/limit": TWO_VALUES, "bank/ratio": EXCEPTIONS}))[
        "docs/rules/bank.md"
    ]
    assert "| 2023-07-01 | open | 200 CNY | 200元 | [测试〔2023〕1号](sources.md#new_notice) | 第一条 |" in page
    assert 'where `city in ["深圳", "苏州"]`' in page
