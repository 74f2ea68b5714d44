"""Imports go down: who may import what, inside the package and outside it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from checks.tree import Module, modules

MODELS = ("evaluation", "valuation", "credit", "insurance", "equity", "sharing", "monitoring", "supervision")
FLOORS = {
    **dict.fromkeys(("units", "dates", "errors", "rule_values"), 0),
    **dict.fromkeys(("facts", "policy", "schemes", "numerics", "engines", "journal", "city"), 1),
    **dict.fromkeys(MODELS, 2),
    "workflows": 3,
    "casework": 4,
    "app": 5,
    "the package itself": 6,
}
PAIRS = {("engines", "facts"), ("city", "facts")}
NOT_FOR_MODELS = {"policy", "engines", "journal"}

_APP_ONLY = (
    *("typer", "click", "rich", "fastapi", "starlette", "uvicorn", "jinja2", "xlsxwriter", "typst", "docx", "docxtpl"),
    *(
        "babel",
        "authlib",
        "dbos",
        "httpx",
        "matplotlib",
        "plotly",
        "bokeh",
        "altair",
        "seaborn",
        "pyecharts",
        "reportlab",
        "weasyprint",
    ),
)
ONLY_IN: dict[str, frozenset[str]] = {
    **dict.fromkeys(("duckdb", "pyspark", "sqlglot"), frozenset({"engines"})),
    **dict.fromkeys(_APP_ONLY, frozenset({"app"})),
    "openpyxl": frozenset({"facts", "app"}),  # facts reads workbooks, app writes them
    "ibis": frozenset({"facts", "schemes", "engines", "workflows", *MODELS}),
}
_IBIS_ENGINES = {"duckdb", "pyspark", "polars", "datafusion", "postgres", "sqlite"}
_IMPORTED_AS = {
    "argon2": "argon2-cffi",
    "docx": "python-docx",
    "ibis": "ibis-framework",
    "ruamel": "ruamel-yaml",
    "psycopg": "psycopg",
}


def wrong_imports(root: Path) -> list[str]:
    """Imports inside the package that do not go down to a lower floor."""
    problems = []
    for module in modules(root, "src/kejin"):
        here = _part_of(module)
        if here not in FLOORS:
            problems.append(f"{module.path}: {here} stands on no floor of ARCHITECTURE.md")
            continue
        for line, name in _imports(module):
            if name.split(".")[0] == "kejin" and (problem := _inside(here, name)):
                problems.append(f"{module.path}:{line}: {problem}")
    return problems


def misplaced_libraries(root: Path) -> list[str]:
    """Libraries imported on a floor that must not know them."""
    problems = []
    for module in modules(root, "src/kejin"):
        here = _part_of(module)
        for line, name in _imports(module):
            library = name.split(".")[0]
            allowed = ONLY_IN.get(library)
            if allowed is not None and here not in allowed:
                problems.append(f"{module.path}:{line}: {library} belongs in {', '.join(sorted(allowed))}")
            elif name == "openpyxl.Workbook" and here != "app":
                problems.append(f"{module.path}:{line}: workbooks are written in app only")
            elif name.startswith("ibis.backends") and here != "engines":
                problems.append(f"{module.path}:{line}: {name} belongs in engines")
        problems += [f"{module.path}:{line}: {text}" for line, text in _attributes(module, here)]
    return problems


def undeclared_libraries(root: Path) -> list[str]:
    """Libraries that the package imports and pyproject.toml does not list for run time."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["dependencies"]]
    lists += [names for extra, names in project.get("optional-dependencies", {}).items() if extra != "dev"]
    declared = {_normal(re.split(r"[\[<>=!~; ]", name, maxsplit=1)[0]) for names in lists for name in names}
    problems = []
    for module in modules(root, "src/kejin"):
        for line, name in _imports(module):
            library = name.split(".")[0]
            if library == "kejin" or library in sys.stdlib_module_names:
                continue
            if _normal(_IMPORTED_AS.get(library, library)) not in declared:
                problems.append(f"{module.path}:{line}: {library} is not a run-time dependency in pyproject.toml")
    return problems


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _part_of(module: Module) -> str:
    parts = Path(module.path).parts[2:]
    part = parts[0] if len(parts) > 1 else Path(parts[0]).stem
    return "the package itself" if part in ("__init__", "__main__") else part


def _inside(here: str, name: str) -> str | None:
    parts = name.split(".")
    there = parts[1] if len(parts) > 1 else "the package itself"
    if there == "__version__" or there == here:
        return None
    if there not in FLOORS:
        # `from kejin import open` takes a name of the face; that is the top floor.
        there = "the package itself"
    if here in MODELS and there in MODELS:
        return f"{here} imports {there}: models do not import each other"
    if here in MODELS and there in NOT_FOR_MODELS:
        return f"{here} imports {there}: models do not import policy, engines or journal"
    if FLOORS[there] < FLOORS[here] or (FLOORS[there] == FLOORS[here] == 0) or (here, there) in PAIRS:
        return None
    return f"{here} (floor {FLOORS[here]}) imports {there} (floor {FLOORS[there]}): a floor imports only lower floors"


def _imports(module: Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, `import_module("...")` and relative imports included."""
    package = Path(module.path).parent.parts[1:]
    for node in module.nodes:
        if isinstance(node, ast.Import):
            # `import kejin` alone says nothing; what is taken from it (`kejin.open`) is seen below.
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name != "kejin")
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "kejin":
            yield node.lineno, f"kejin.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join((*above, *((node.module,) if node.module else ())))
            yield from ((node.lineno, f"{source}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__") and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def _attributes(module: Module, here: str) -> Iterator[tuple[int, str]]:
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "ibis" and node.attr in _IBIS_ENGINES and here != "engines":
                yield node.lineno, f"ibis.{node.attr} belongs in engines"
            if node.value.id == "openpyxl" and node.attr == "Workbook" and here != "app":
                yield node.lineno, "workbooks are written in app only"


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
