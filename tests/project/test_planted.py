"""Every check of the tree is seen to fail: on a small tree with one planted fault, and only there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from checks import doc_blocks, glossary
from test_tree import CHECKS, written_pages

FUTURE = "from __future__ import annotations\n"
HEAD = f'"""What it answers."""\n\n{FUTURE}'
ROW = "| `{}` | 术语 | A meaning. | A document. |\n"
TEXTS = """
facts.row_missing:
  en: {what: "Row {row} of {count} is missing.", do: Add it.}
  zh: {what: "共{count}行，缺少第{row}行。", do: 请补充。}
facts.odd_value:
  en: {what: "{value} is odd.", do: Change it.}
  zh: {what: "{value} 不对。", do: 请修改。}
"""
MODEL_PAGE = "\n".join(["# M", "`credit/limit.py`", *(f"## {s}" for s in ("Question", "Formula", "Units", "Limits"))])
PAGE = "text " * 30 + "\n"

CLEAN: dict[str, str] = {
    "pyproject.toml": '[project]\ndependencies = ["ibis-framework[duckdb]>=12", "numpy", "duckdb", "openpyxl"]\n',
    "constraints.txt": "numpy==2.4.6\ncolorama==0.4.6; sys_platform == 'win32'\n",
    "frontend/package-lock.json": '{"name": "f"}\n',
    "src/kejin/__init__.py": '"""The package."""\n',
    "src/kejin/units.py": HEAD,
    "src/kejin/facts/__init__.py": '"""What is known."""\n',
    "src/kejin/facts/README.md": PAGE,
    "src/kejin/facts/load.py": HEAD
    + "import ibis\nfrom kejin.errors import InputError\n\n\ndef load(row: int) -> None:\n"
    + '    """Load a row."""\n    raise InputError("facts.row_missing", count=row)\n'
    + "\n\nODD = \"CASE WHEN x THEN 'facts.odd_value' END\"\n",
    "src/kejin/errors.py": HEAD + 'def f(row: int) -> None:\n    """row is at least 0."""\n',
    "src/kejin/error_texts/facts.yaml": TEXTS,
    "src/kejin/facts/see.py": HEAD + "import kejin\n\nPROGRAM = kejin.__version__\n",
    "src/kejin/engines/README.md": PAGE,
    "src/kejin/engines/on_duckdb.py": HEAD + "import duckdb\nfrom kejin.facts import load\n",
    "src/kejin/credit/README.md": PAGE,
    "src/kejin/credit/limit.py": HEAD + "import numpy\nfrom kejin.facts import load\n",
    "src/kejin/app/README.md": PAGE,
    "src/kejin/app/command_line.py": HEAD
    + '@app.command("value-patents")\ndef value_patents() -> None:\n    """Value patents."""\n',
    "src/kejin/policy/rules/tech_sme/score.yaml": "from: 2017-05-03\n",
    "tests/test_load.py": HEAD + "def test_load() -> None:\n    assert load(1) == 2\n",
    "docs/glossary.md": "".join(ROW.format(f"word_{n}") for n in range(glossary.TERMS_MIN)),
    "docs/index.md": PAGE + "[start](start.md#one-step) [rules](rules/index.md) [why](concepts/why.md)\n",
    "docs/start.md": PAGE + "# One step\n\n```python\nprint(1)\n```\n\n```sh\nkejin demo x\n```\n[home](index.md)\n",
    "docs/rules/index.md": PAGE + "`tech_sme/score` [g](../glossary.md) [m](../models/credit.md)\n",
    "docs/models/credit.md": MODEL_PAGE + "\n## Evidence\n",
    "docs/reference/commands/value-patents.md": "kejin value-patents WORKSPACE\n",
}
_LINKED = ("concepts/rules_and_days", "concepts/explained_answers", "guides/rule_editor", "guides/data_engineer")
_LINKED += ("reference/errors", "reference/tables", "reference/journal_format")
CLEAN |= {f"docs/{name}.md": PAGE for name in _LINKED}
CLEAN["docs/concepts/why.md"] = PAGE + " ".join(f"[x](../{name}.md)" for name in _LINKED)
CLEAN["docs/concepts/why.md"] += " [c](../reference/commands/value-patents.md)\n"
CLEAN |= dict.fromkeys(("README.md", "README.zh-CN.md", "ARCHITECTURE.md", "STYLE.md", "CHANGES.md", "LICENSE"), PAGE)


@dataclass(frozen=True)
class Fault:
    """One planted fault: the file it stands in, its text (None takes the file away), what the check must say."""

    check: str
    file: str
    text: str | None
    says: str


def _code(line: str) -> str:
    return HEAD + line + "\n"


FAULTS = (
    Fault("wrong_imports", "src/kejin/units.py", _code("import kejin.facts"), "only lower floors"),
    Fault(
        "wrong_imports", "src/kejin/facts/load.py", _code("from kejin.engines import on_duckdb"), "only lower floors"
    ),
    Fault("wrong_imports", "src/kejin/journal/write.py", _code("from kejin import facts"), "only lower floors"),
    Fault("wrong_imports", "src/kejin/facts/load.py", _code("from ..workflows import evaluate"), "only lower floors"),
    Fault("wrong_imports", "src/kejin/city/make.py", _code("import kejin.credit.limit"), "only lower floors"),
    Fault("wrong_imports", "src/kejin/credit/limit.py", _code("import kejin.sharing"), "models do not import each"),
    Fault("wrong_imports", "src/kejin/credit/limit.py", _code("import kejin.policy"), "models do not import policy"),
    Fault(
        "wrong_imports", "src/kejin/credit/limit.py", _code("import kejin.engines.on_duckdb"), "models do not import"
    ),
    Fault("wrong_imports", "src/kejin/credit/limit.py", _code("from kejin import journal"), "models do not import"),
    Fault("wrong_imports", "src/kejin/facts/load.py", _code("from kejin import open"), "only lower floors"),
    Fault("wrong_imports", "src/kejin/facts/load.py", _code("import kejin\nkejin.open()"), "only lower floors"),
    Fault("wrong_imports", "src/kejin/workflows/lend.py", _code("import_module('kejin.app.pages')"), "only lower"),
    Fault("wrong_imports", "src/kejin/attic/x.py", HEAD, "stands on no floor"),
    Fault("misplaced_libraries", "src/kejin/facts/load.py", _code("import duckdb"), "duckdb belongs in engines"),
    Fault("misplaced_libraries", "src/kejin/facts/load.py", _code("from sqlglot import exp"), "sqlglot belongs in"),
    Fault("misplaced_libraries", "src/kejin/credit/limit.py", _code("import pyspark.sql"), "pyspark belongs in"),
    Fault("misplaced_libraries", "src/kejin/workflows/x.py", _code("from rich import print"), "rich belongs in app"),
    Fault("misplaced_libraries", "src/kejin/facts/x.py", _code("import xlsxwriter"), "xlsxwriter belongs in app"),
    Fault("misplaced_libraries", "src/kejin/facts/x.py", _code("from openpyxl import Workbook"), "written in app only"),
    Fault("misplaced_libraries", "src/kejin/facts/x.py", _code("openpyxl.Workbook()"), "written in app only"),
    Fault("misplaced_libraries", "src/kejin/policy/x.py", _code("import ibis"), "ibis belongs in"),
    Fault("misplaced_libraries", "src/kejin/facts/x.py", _code("ibis.duckdb.connect()"), "ibis.duckdb belongs in"),
    Fault("misplaced_libraries", "src/kejin/facts/x.py", _code("import ibis.backends.duckdb"), "belongs in engines"),
    Fault("undeclared_libraries", "src/kejin/facts/x.py", _code("import polars"), "polars is not a run-time"),
    Fault("long_files", "src/kejin/units.py", HEAD + "x = 1\n" * 498, "501 lines"),
    Fault("long_functions", "tests/test_load.py", _code("def f() -> int:\n" + "    x = 1\n" * 60), "f has 61 lines"),
    Fault("empty_names", "src/kejin/facts/utils.py", HEAD, "facts/utils.py"),
    Fault("empty_names", "src/kejin/core/x.py", HEAD, "kejin/core: name it"),
    Fault("empty_names", "tests/load_helpers.py", HEAD, "load_helpers.py"),
    Fault("empty_names", "src/kejin/units.py", _code("class LoanManager: ..."), "LoanManager says nothing"),
    Fault("empty_names", "src/kejin/units.py", _code("class RuleBase: ..."), "RuleBase says nothing"),
    Fault("empty_names", "src/kejin/units.py", _code("def _date_helper(): ..."), "_date_helper says nothing"),
    Fault("left_undone", "src/kejin/units.py", _code("x = 1  # TO" + "DO round it"), "units.py:4"),
    Fault("left_undone", "src/kejin/units.py", _code("raise Not" + "ImplementedError"), "units.py:4"),
    Fault("undocumented", "src/kejin/units.py", FUTURE, "the module has no docstring"),
    Fault("undocumented", "src/kejin/units.py", _code("def f(): ..."), "f has no docstring"),
    Fault("undocumented", "src/kejin/units.py", _code('class F:\n    """helps"""'), "not a sentence"),
    Fault("undocumented", "src/kejin/units.py", _code('def f(x: int):\n    """size of it."""'), "not a sentence"),
    Fault("without_future_annotations", "tests/test_x.py", '"""What?"""\n\nx = 1\n', "annotations is missing"),
    Fault(
        "assertless_tests", "tests/test_load.py", _code("def test_x() -> None:\n    load()"), "test_x asserts nothing"
    ),
    Fault("assertless_tests", "tests/test_load.py", _code("def test_x() -> None:\n    assert True"), "asserts nothing"),
    Fault("codes_without_texts", "src/kejin/facts/x.py", _code('raise UseError("facts.new_fault")'), "no sentences"),
    Fault("codes_without_texts", "src/kejin/facts/x.py", _code('InputError(f"facts.{x}")'), "written out"),
    Fault("codes_without_texts", "src/kejin/facts/x.py", _code('InputError("facts.row_missing")'), "without count"),
    Fault("quoted_codes_without_texts", "src/kejin/facts/x.py", _code("q = \"SELECT 'facts.odd'\""), "facts.odd is"),
    Fault("unused_codes", "src/kejin/facts/load.py", HEAD, "facts.row_missing is used nowhere"),
    Fault("faulty_texts", "src/kejin/error_texts/city.yaml", TEXTS, "not of the form city.noun_problem"),
    Fault("faulty_texts", "src/kejin/error_texts/facts.yaml", TEXTS.replace("do: 请补充。", ""), "no zh do"),
    Fault("faulty_texts", "src/kejin/error_texts/facts.yaml", TEXTS.replace("第{row}行", "一行"), "other details"),
    Fault("faulty_texts", "src/kejin/error_texts/facts.yaml", TEXTS.replace("do:", "so:"), "unknown part so"),
    Fault(
        "faulty_texts",
        "src/kejin/error_texts/facts.yaml",
        TEXTS.replace("共{count}行，缺少第{row}行。", "{row} {count}").replace("请补充。", "Add."),
        "no Chinese",
    ),
    Fault("workplace_words", "docs/start.md", "see /wo" + "rk/main\n", "start.md:1"),
    Fault("workplace_words", "docs/start.md", "`/tm" + "p/x`\n", "start.md:1"),
    Fault("workplace_words", "README.md", "asked a sub" + "agent\n", "README.md:1"),
    Fault("workplace_words", "src/kejin/units.py", "# https://pyp" + "i.org/simple\n", "units.py:1"),
    Fault("addresses_in_locks", "constraints.txt", "numpy @ https://x.y/numpy.whl\n", "not name==version"),
    Fault("addresses_in_locks", "constraints.txt", "--extra-index-url x\n", "not name==version"),
    Fault("addresses_in_locks", "frontend/package-lock.json", '{\n"resolved": "x"}\n', "lock.json:2: an address"),
    Fault("missing_pages", "docs/start.md", None, "docs/start.md is missing"),
    Fault("missing_pages", "README.zh-CN.md", "# 科金\n", "README.zh-CN.md is missing"),
    Fault("folders_without_readme", "src/kejin/facts/README.md", None, "facts/README.md is missing"),
    Fault("folders_without_readme", "src/kejin/facts/README.md", PAGE * 61, "more than a screen"),
    Fault("models_without_page", "src/kejin/credit/price.py", HEAD, "no page of docs/models names `credit/price.py`"),
    Fault("models_without_page", "docs/models/credit.md", MODEL_PAGE, "no section Evidence"),
    Fault("commands_without_page", "docs/reference/commands/value-patents.md", "kejin value-patents-x", "shows kejin"),
    Fault("commands_without_page", "src/kejin/app/x.py", _code('app.add_typer(r, name="rules")'), "kejin rules"),
    Fault("commands_without_page", "src/kejin/app/x.py", _code('a.command("fit")(x.act)'), "kejin fit"),
    Fault("commands_without_page", "src/kejin/app/x.py", _code("a.command()(x.fit_it)"), "kejin fit-it"),
    Fault("commands_without_page", "src/kejin/app/x.py", _code("@a.command()\ndef fit_x():\n    ..."), "kejin fit-x"),
    Fault("rules_without_page", "src/kejin/policy/rules/tech_sme/limit.yaml", "", "names tech_sme/limit"),
    Fault("misnamed_blocks", "docs/start.md", "```bash\nkejin demo\n```\n", "language 'bash'"),
    Fault("misnamed_blocks", "docs/start.md", "```sh\nmake demo\n```\n", "only kejin commands run"),
    Fault("broken_links", "docs/start.md", "[x](nowhere.md)\n", "nowhere.md does not exist"),
    Fault("broken_links", "docs/index.md", "[x](start.md#two-steps)\n", "no such heading"),
    Fault("broken_links", "README.md", '<img src="docs/pictures/x.svg">\n', "does not exist"),
    Fault("unreachable_pages", "docs/decisions/lonely.md", PAGE, "lonely.md: no page links to it"),
    Fault("faulty_entries", "docs/glossary.md", CLEAN["docs/glossary.md"] + ROW.format("word_1"), "already explained"),
    Fault("faulty_entries", "docs/glossary.md", ROW.format("word") * 2, "2 terms, at least 120"),
    Fault("faulty_entries", "docs/glossary.md", "| `word` | 术语 | A meaning. | |\n", "has four parts"),
    Fault("faulty_entries", "docs/glossary.md", ROW.format("word").replace("术语", "term"), "no Chinese term"),
)


@pytest.fixture
def clean_tree(tmp_path: Path) -> Path:
    """A tree in which no check finds anything."""
    for name, text in CLEAN.items():
        _write(tmp_path / name, text)
    return tmp_path


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_clean_tree_has_no_problem(clean_tree: Path, name: str) -> None:
    assert CHECKS[name](clean_tree) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.check}-{fault.says}"[:70])
def test_planted_fault_is_found(clean_tree: Path, fault: Fault) -> None:
    file = clean_tree / fault.file
    if fault.text is None:
        file.unlink()
    else:
        _write(file, fault.text)
    problems = CHECKS[fault.check](clean_tree)
    assert any(fault.says in problem for problem in problems), problems


def test_every_check_has_a_planted_fault() -> None:
    assert {fault.check for fault in FAULTS} == set(CHECKS)


def test_unexplained_names_are_found(clean_tree: Path) -> None:
    _write(clean_tree / "docs/reference/tables.md", "| `company_id` | 企业 |\n")
    names = {"company": "企业", "loan.company_id": "企业", "loan.amount_cny": "金额"}
    problems = glossary.unexplained_facts(clean_tree, names)
    assert [problem.split(":")[0] for problem in problems] == ["company", "loan.amount_cny"]


def test_unexplained_schemes_are_found(clean_tree: Path) -> None:
    _write(clean_tree / "src/kejin/evaluation/schemes/star.py", HEAD + 'id_ = "star"\nScheme(id_, "2024")\n')
    _write(clean_tree / "src/kejin/evaluation/schemes/sun.py", HEAD + 'Scheme("sun", "2024")\nScheme(given, "2024")\n')
    _write(clean_tree / "src/kejin/policy/rules/titles/moon/score.yaml", "")
    problems = glossary.unexplained_schemes(clean_tree, {"word_1": "术语", "word_2": "他语", "gazelle": "瞪羚"})
    assert len(problems) == 6
    words = ("star", "sun", "the scheme of src/kejin/evaluation/schemes/sun.py", "moon", "gazelle", "word_2")
    assert [word for word in words if not any(word in problem for problem in problems)] == []


def test_stale_pages_are_found(tmp_path: Path) -> None:
    write_docs = written_pages()
    _write(tmp_path / "src/kejin/error_texts/facts.yaml", TEXTS)
    page = "docs/reference/errors.md"
    text = write_docs.errors_page(tmp_path)
    assert "Row {row} of {count} is missing." in text
    assert "共{count}行，缺少第{row}行。" in text
    assert write_docs.stale_pages(tmp_path, {page: text}) == [f"{page} is out of date; run make docs"]
    _write(tmp_path / page, text)
    assert write_docs.stale_pages(tmp_path, {page: text}) == []
    _write(tmp_path / "docs/rules/gone.md", PAGE)
    assert [problem[:18] for problem in write_docs.stale_pages(tmp_path, {page: text})] == ["docs/rules/gone.md"]


def test_command_pages_follow_the_commands() -> None:
    import typer

    app, rules = typer.Typer(), typer.Typer()
    app.add_typer(rules, name="rules", help="The rules in force.")

    def show(
        rule: str = typer.Argument(help="Name of the rule."),
        day: str = typer.Argument("", help="The day."),
        lang: str = typer.Option("en", help="zh | en."),
        out: str = typer.Option(help="File."),
    ) -> None:
        """Show one rule."""

    rules.command("show")(show)
    app.command("demo")(lambda: None)
    pages = written_pages().command_pages(app)
    assert set(pages) == {"demo.md", "rules.md", "index.md"}
    assert "kejin rules show RULE [DAY] [OPTIONS]" in pages["rules.md"]
    assert "| `[DAY]` | The day. |" in pages["rules.md"]
    assert "| `--out` | File. Needed. |" in pages["rules.md"]
    assert "| `--lang` | zh \\| en. Default: en. |" in pages["rules.md"]


PAGES: tuple[tuple[str, str], ...] = (
    ("```python\nx = 1\n```\n\n```python\nassert x == 1\n```\n", ""),
    ("```python\nopen('a.txt', 'w').close()\n```\n\n```sh\nkejin --help  # shows help\n```\n", ""),
    ("```python no-run\nassert False\n```\n\n```text\nanything\n```\n", ""),
    ("one\n\n```python\nassert 1 == 2\n```\n", "line 4"),
    ("```sh\nkejin no-such-command\n```\n", "exit status 2"),
    ("```sh\nls\n```\n", "only kejin commands run"),
)


@pytest.mark.parametrize(("text", "says"), PAGES)
def test_blocks_run_as_a_reader_would(tmp_path: Path, text: str, says: str) -> None:
    page, place = tmp_path / "page.md", tmp_path / "place"
    page.write_text(text, "utf-8")
    place.mkdir()
    problem = doc_blocks.run_page(page, place)
    assert (problem == "") == (says == "")
    assert says in problem
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["page.md"]
