"""Nothing is left undocumented: folders, models, commands, rules, errors, and the pages every reader needs."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TypeGuard

from checks.floors import MODELS
from checks.tree import modules

PAGES = (
    *("docs/index.md", "docs/start.md", "docs/glossary.md"),
    *("docs/concepts/why.md", "docs/concepts/rules_and_days.md", "docs/concepts/explained_answers.md"),
    *("docs/guides/rule_editor.md", "docs/guides/data_engineer.md"),
    *("docs/reference/errors.md", "docs/reference/tables.md", "docs/reference/journal_format.md"),
    *("README.md", "README.zh-CN.md", "ARCHITECTURE.md", "STYLE.md", "CHANGES.md", "LICENSE"),
)
MODEL_SECTIONS = ("Question", "Formula", "Units", "Limits", "Evidence")
README_LINES_MAX = 60


def missing_pages(root: Path) -> list[str]:
    """Pages that every reader needs and that are missing or empty."""
    return [f"{page} is missing" for page in PAGES if not _has_text(root / page)]


def folders_without_readme(root: Path) -> list[str]:
    """Folders of the package without a README, or with one longer than a screen."""
    problems = []
    for folder in sorted((root / "src" / "kejin").iterdir()):
        if not folder.is_dir() or not any(folder.glob("*.py")):
            continue
        readme = folder / "README.md"
        if not _has_text(readme):
            problems.append(f"src/kejin/{folder.name}/README.md is missing")
        elif (lines := len(readme.read_text("utf-8").splitlines())) > README_LINES_MAX:
            problems.append(f"src/kejin/{folder.name}/README.md: {lines} lines are more than a screen")
    return problems


def models_without_page(root: Path) -> list[str]:
    """Model files that no page of docs/models names, and pages there without the sections every model needs."""
    pages = {page: page.read_text("utf-8") for page in sorted((root / "docs" / "models").rglob("*.md"))}
    everything = "\n".join(pages.values())
    problems = []
    for folder in MODELS:
        for file in sorted((root / "src" / "kejin" / folder).rglob("*.py")):
            name = file.relative_to(root / "src" / "kejin").as_posix()
            if not file.name.startswith("_") and f"`{name}`" not in everything:
                problems.append(f"src/kejin/{name}: no page of docs/models names `{name}`")
    for page, text in pages.items():
        headings = re.findall(r"^##+\s+(.+?)\s*$", text, flags=re.MULTILINE)
        missing = [section for section in MODEL_SECTIONS if section not in headings]
        if missing and page.name not in ("index.md", "README.md"):
            problems.append(f"{page.relative_to(root).as_posix()}: no section {', '.join(missing)}")
    return problems


def commands_without_page(root: Path) -> list[str]:
    """Commands of the command line that no page of docs/reference/commands shows as `kejin ... name`."""
    pages = sorted((root / "docs" / "reference" / "commands").glob("*.md"))
    shown = "\n".join(page.read_text("utf-8") for page in pages)
    return [
        f"{place}: no page of docs/reference/commands shows kejin {name}"
        for place, name in _commands(root)
        if not re.search(rf"\bkejin (?:[a-z-]+ )?{re.escape(name)}(?![\w-])", shown)
    ]


def rules_without_page(root: Path) -> list[str]:
    """Rule files whose name stands on no page of docs/rules."""
    rules = root / "src" / "kejin" / "policy" / "rules"
    pages = sorted((root / "docs" / "rules").rglob("*.md"))
    shown = "\n".join(page.read_text("utf-8") for page in pages)
    names = [file.relative_to(rules).with_suffix("").as_posix() for file in sorted(rules.rglob("*.yaml"))]
    return [f"rules/{name}.yaml: no page of docs/rules names {name}" for name in names if f"`{name}`" not in shown]


def _commands(root: Path) -> list[tuple[str, str]]:
    """Place and name of every function made a command, by decorator or by call, and of every group of commands."""
    found = []
    for module in modules(root, "src/kejin/app"):
        for node in module.nodes:
            place = f"{module.path}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.FunctionDef):
                makers = [call for call in node.decorator_list if _makes_command(call)]
                found += [(place, _literal(call) or _as_command(node.name)) for call in makers]
            elif isinstance(node, ast.Call) and _makes_command(node.func):
                made = node.args[0] if node.args else node
                written = getattr(made, "attr", getattr(made, "id", ""))
                found.append((place, _literal(node.func) or _as_command(written)))
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_typer":
                names = [keyword.value for keyword in node.keywords if keyword.arg == "name"]
                found += [(place, str(getattr(name, "value", ""))) for name in names]
    return found


def _makes_command(node: ast.expr) -> TypeGuard[ast.Call]:
    """Whether it is `app.command(...)`."""
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "command"


def _as_command(name: str) -> str:
    return name.strip("_").replace("_", "-")


def _literal(call: ast.Call) -> str | None:
    named = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "name")]
    first = named[0] if named else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _has_text(file: Path) -> bool:
    return file.is_file() and len(file.read_text("utf-8").strip()) > 80
