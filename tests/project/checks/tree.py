"""Reading the tree: Python files with their syntax, and the files that are committed."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CODE_FOLDERS = ("src", "tests", "scripts", "benchmarks", "examples")
_NOT_OURS = {"__pycache__", "node_modules", "build", "dist"}


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root, its text and its syntax."""

    path: str
    text: str
    syntax: ast.Module
    nodes: tuple[ast.AST, ...]  # every node of the syntax, outer ones first


def modules(root: Path, *folders: str) -> Iterator[Module]:
    """Every Python file below the folders, in order of path."""
    for folder in folders or CODE_FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            if not _NOT_OURS & set(file.parts) and not any(part.endswith(".egg-info") for part in file.parts):
                text = file.read_text("utf-8")
                syntax, nodes = _parsed(text)
                yield Module(file.relative_to(root).as_posix(), text, syntax, nodes)


@functools.lru_cache(maxsize=2_000)
def _parsed(text: str) -> tuple[ast.Module, tuple[ast.AST, ...]]:
    """Parsed once for all checks: that takes longer than any of them."""
    syntax = ast.parse(text)
    return syntax, tuple(ast.walk(syntax))


def committed_files(root: Path) -> list[Path]:
    """The files under version control; every file where the root is not a repository."""
    if not (root / ".git").exists():
        return sorted(file for file in root.rglob("*") if file.is_file() and not _is_made(file.relative_to(root)))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    files = [root / name for name in listed.decode("utf-8").split("\0") if name]
    return [file for file in files if file.is_file()]


def _is_made(place: Path) -> bool:
    """Whether a file lies in a folder that set-up or a tool makes (.venv, caches, node_modules)."""
    return any(part.startswith(".") or part in _NOT_OURS for part in place.parts[:-1])


def text_of(file: Path) -> str | None:
    """The text of a file, None where it is not UTF-8 text."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def doc_pages(root: Path) -> list[Path]:
    """Every page a reader may open: the root's, the docs', and the README of each folder of the package."""
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "src" / "kejin").rglob("README.md")]
    return sorted(pages)
