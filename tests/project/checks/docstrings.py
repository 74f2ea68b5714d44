"""Every module and every public name says what it is for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from checks.tree import Module, modules

_SENTENCE_ENDS = (".", "?", "。", "？", ".`", ":")


def undocumented(root: Path) -> list[str]:
    """Modules and public functions and classes of the package without a docstring that begins with a sentence."""
    problems = []
    for module in modules(root, "src"):
        if ast.get_docstring(module.syntax) is None:
            problems.append(f"{module.path}: the module has no docstring")
        for node in module.syntax.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith(
                "_"
            ):
                problems += _fault(module, node)
    return problems


def without_future_annotations(root: Path) -> list[str]:
    """Python files that do not begin with `from __future__ import annotations`."""
    return [
        f"{module.path}: from __future__ import annotations is missing"
        for module in modules(root)
        if not any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in module.syntax.body
        )
        and not (module.path.endswith("__init__.py") and _only_docstring(module))
    ]


def _only_docstring(module: Module) -> bool:
    return all(isinstance(node, ast.Expr) for node in module.syntax.body)


def _fault(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
    place = f"{module.path}:{node.lineno}: {node.name}"
    if (docstring := ast.get_docstring(node)) is None:
        return [f"{place} has no docstring"]
    first = docstring.splitlines()[0].strip()
    word = re.split(r"\W", first, maxsplit=1)[0]
    if not first.endswith(_SENTENCE_ENDS) or (first[:1].islower() and word not in _own_names(node)):
        return [f"{place}: the docstring's first line is not a sentence: {first!r}"]
    return []


def _own_names(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    """Arguments of a function, fields of a class: names with which a first line may begin in lower case."""
    if isinstance(node, ast.ClassDef):
        return {
            field.target.id for field in node.body if isinstance(field, ast.AnnAssign) and hasattr(field.target, "id")
        }
    return {argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
