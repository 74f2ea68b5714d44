"""Names that say nothing: a file called utils collects what nobody could place."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from checks.tree import CODE_FOLDERS, modules

EMPTY_WORDS = {"util", "utils", "helper", "helpers", "manager", "managers", "misc"}
# These also have an honest meaning inside a longer function name (`contribution_base`), so there they count alone only.
VAGUE_WORDS = {"core", "common", "base"}
_NAMED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def empty_names(root: Path) -> list[str]:
    """Files, folders, classes and functions whose name says nothing."""
    problems = []
    for folder in CODE_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            place = path.relative_to(root)
            if "__pycache__" in place.parts or not (path.is_dir() or path.suffix == ".py"):
                continue
            if _words(path.stem) & (EMPTY_WORDS | VAGUE_WORDS):
                problems.append(f"{place.as_posix()}: name it by the question it answers")
    for module in modules(root):
        named = [node for node in module.nodes if isinstance(node, _NAMED)]
        problems += [
            f"{module.path}:{node.lineno}: {node.name} says nothing of what it does"
            for node in named
            if _says_nothing(node)
        ]
    return problems


def left_undone(root: Path) -> list[str]:
    """Marks of unfinished work in the package."""
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented(?:Error)?)\b")
    return [
        f"{module.path}:{number}: {found[0]}"
        for module in modules(root, "src")
        for number, line in enumerate(module.text.splitlines(), 1)
        if (found := mark.search(line))
    ]


def _says_nothing(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if isinstance(node, ast.ClassDef):
        return bool(_words(node.name) & (EMPTY_WORDS | VAGUE_WORDS))
    words = node.name.strip("_").lower().split("_")
    # The last word says what a function is; `manager_ids` (of fund managers) is a plain word of the field.
    return words[-1] in EMPTY_WORDS or (len(words) == 1 and words[0] in VAGUE_WORDS)


def _words(name: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return set(re.split(r"[_\W]+", spaced.lower())) - {""}
