"""One word, one meaning: the glossary is whole, and every name of the facts has its Chinese term."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from checks.tree import modules

TERMS_MIN = 120
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def faulty_entries(root: Path) -> list[str]:
    """Entries that lack a part or a Chinese term, and words that stand there twice."""
    problems, seen = [], dict[str, int]()
    entries = _entries(root)
    for number, cells in entries:
        place = f"docs/glossary.md:{number}"
        if len(cells) != 4 or not all(cells):
            problems.append(f"{place}: an entry has four parts: code word, Chinese, definition, source")
            continue
        word = cells[0].strip("`")
        if not _CHINESE.search(cells[1]):
            problems.append(f"{place}: {word} has no Chinese term")
        if word in seen:
            problems.append(f"{place}: {word} is already explained in line {seen[word]}")
        seen[word] = number
    if len(entries) < TERMS_MIN:
        problems.append(f"docs/glossary.md: {len(entries)} terms, at least {TERMS_MIN} are needed")
    return problems


def unexplained_facts(root: Path, names: Mapping[str, str]) -> list[str]:
    """Tables and columns (name -> Chinese term) that no line of the table reference or the glossary gives together."""
    lines = [line for page in ("docs/reference/tables.md", "docs/glossary.md") for line in _lines(root / page)]
    problems = []
    for name, chinese in names.items():
        column = re.compile(rf"(?<!\w){re.escape(name.split('.')[-1])}(?!\w)")
        if not any(chinese in line and column.search(line) for line in lines):
            problems.append(f"{name}: neither tables.md nor the glossary gives {chinese} for it")
    return problems


def unexplained_schemes(root: Path, codes: Mapping[str, str]) -> list[str]:
    """Schemes and titles (code -> Chinese term, empty where the code has none) that the glossary does not explain."""
    known = {cells[0].strip("`"): cells[1] for _, cells in _entries(root) if len(cells) == 4}
    titles = root / "src" / "kejin" / "policy" / "rules" / "titles"
    found = [*_scheme_ids(root), *(folder.name for folder in sorted(titles.glob("[!_]*")) if folder.is_dir())]
    codes = dict.fromkeys(found, "") | dict(codes)
    problems = [f"docs/glossary.md does not explain {code}" for code in codes if code not in known]
    return problems + [
        f"docs/glossary.md: {code} is {known[code]} there and {chinese} in the facts"
        for code, chinese in codes.items()
        if code in known and chinese not in known[code]
    ]


def _scheme_ids(root: Path) -> list[str]:
    """The ids of the schemes: the first argument of each call of Scheme, written there or in a name of the file."""
    found = []
    for module in modules(root, "src/kejin/evaluation"):
        nodes = module.nodes
        texts = {
            target.id: node.value.value
            for node in nodes
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        calls = [n for n in nodes if isinstance(n, ast.Call) and n.args and getattr(n.func, "id", "") == "Scheme"]
        for first in (call.args[0] for call in calls):
            word = first.value if isinstance(first, ast.Constant) else texts.get(getattr(first, "id", ""))
            found.append(str(word or f"the scheme of {module.path}"))
    return found


def _entries(root: Path) -> list[tuple[int, list[str]]]:
    """The rows of the glossary's tables that begin with a code word."""
    rows = [(number, line) for number, line in enumerate(_lines(root / "docs" / "glossary.md"), 1)]
    return [
        (number, [cell.strip() for cell in line.strip().strip("|").split("|")])
        for number, line in rows
        if line.startswith("| `")
    ]


def _lines(page: Path) -> list[str]:
    return page.read_text("utf-8").splitlines() if page.exists() else []
