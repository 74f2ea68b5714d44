"""A test that asserts nothing proves nothing."""

from __future__ import annotations

import ast
from pathlib import Path

from checks.tree import Module, modules

_RAISING = {"raises", "warns", "fail"}
_ASSERTING_NAMES = ("assert_", "check_", "expect_")


def assertless_tests(root: Path) -> list[str]:
    """Test functions that neither assert, nor expect an error, nor call a function of the file that does."""
    problems = []
    for module in modules(root, "tests"):
        asserting = _asserting_functions(module)
        tests = [node for node in module.nodes if isinstance(node, ast.FunctionDef)]
        problems += [
            f"{module.path}:{test.lineno}: {test.name} asserts nothing"
            for test in tests
            if test.name.startswith("test_") and test.name not in asserting
        ]
    return problems


def _asserting_functions(module: Module) -> set[str]:
    """Names of functions that assert, directly or through another function of the same file."""
    functions = [node for node in module.nodes if isinstance(node, ast.FunctionDef)]
    found = {function.name for function in functions if _asserts(function)}
    while True:
        more = {f.name for f in functions if f.name not in found and _calls(f) & found}
        if not more:
            return found
        found |= more


def _asserts(function: ast.FunctionDef) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
    return any(name in _RAISING or name.startswith(_ASSERTING_NAMES) for name in _calls(function))


def _calls(function: ast.FunctionDef) -> set[str]:
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
