"""Files and functions short enough to be read."""

from __future__ import annotations

import ast
from pathlib import Path

from checks.tree import modules

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
# Written by Alembic from the declared tables; one step from one state of the store to the next.
WRITTEN_BY_PROGRAM = "src/kejin/casework/migrations/versions/"


def long_files(root: Path) -> list[str]:
    """Python files of more than 500 lines."""
    counted = [(module.path, len(module.text.splitlines())) for module in modules(root)]
    return [f"{path}: {lines} lines, {FILE_LINES_MAX} at most" for path, lines in counted if lines > FILE_LINES_MAX]


def long_functions(root: Path) -> list[str]:
    """Functions of more than 60 lines, docstring included."""
    problems = []
    for module in modules(root):
        for node in module.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and WRITTEN_BY_PROGRAM not in str(module.path):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    problems.append(
                        f"{module.path}:{node.lineno}: {node.name} has {lines} lines, {FUNCTION_LINES_MAX} at most"
                    )
    return problems
