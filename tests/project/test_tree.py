"""The tree as it is: every check finds nothing."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from checks import (
    asserting,
    doc_blocks,
    doc_links,
    docs_complete,
    docstrings,
    error_codes,
    floors,
    glossary,
    lengths,
    names,
    wording,
)

ROOT = Path(__file__).resolve().parents[2]
Check = Callable[[Path], list[str]]
MODULES = (
    *(asserting, doc_blocks, doc_links, docs_complete, docstrings, error_codes, floors, lengths, names, wording),
    glossary,
)


def checks_of(modules: tuple[ModuleType, ...]) -> dict[str, Check]:
    """Every public function of the modules that takes a root alone and returns a list of problems."""
    found = {}
    for module in modules:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            parameters = list(inspect.signature(function).parameters)
            returns = inspect.signature(function).return_annotation
            if function.__module__ == module.__name__ and parameters == ["root"] and returns == "list[str]":
                found[name] = function
    return found


CHECKS = {name: check for name, check in checks_of(MODULES).items() if not name.startswith("_")}


def written_pages() -> ModuleType:
    """scripts/write_docs.py as a module."""
    if (scripts := str(ROOT / "scripts")) not in sys.path:
        sys.path.append(scripts)
    return importlib.import_module("write_docs")


def expect_none(problems: list[str]) -> None:
    """Fail with one line a problem."""
    if problems:
        pytest.fail(f"{len(problems)} problems:\n" + "\n".join(problems), pytrace=False)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_tree_has_no(name: str) -> None:
    expect_none(CHECKS[name](ROOT))


def test_generated_pages_are_up_to_date() -> None:
    write_docs = written_pages()
    expect_none(write_docs.stale_pages(ROOT, write_docs.generated_pages(ROOT)))


def test_every_fact_has_its_chinese_term() -> None:
    from kejin.facts.tables import ALL_TABLES

    terms = {name: table.zh for name, table in ALL_TABLES.items()}
    terms |= {f"{name}.{column.name}": column.zh for name, table in ALL_TABLES.items() for column in table.columns}
    expect_none(glossary.unexplained_facts(ROOT, terms))


def test_every_scheme_and_title_is_in_the_glossary() -> None:
    from kejin.facts.tables.company import TITLES

    titles = {choice.code: choice.zh for choice in TITLES if choice.code != "other"}
    expect_none(glossary.unexplained_schemes(ROOT, titles))


@pytest.mark.slow
@pytest.mark.parametrize("page", doc_blocks.pages_that_run(ROOT), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_code_of_page_runs(page: Path, tmp_path: Path) -> None:
    expect_none([problem for problem in [doc_blocks.run_page(page, tmp_path)] if problem])
