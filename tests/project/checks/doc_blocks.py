"""The code blocks of a page: finding them, and running them as a reader would.

Blocks marked `python` share one namespace on a page; blocks marked `sh` hold `kejin` commands. They run in the
order of the page, in one empty directory. A block marked `no-run` after its language is shown only.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checks.tree import doc_pages

LANGUAGES = {"", "python", "sh", "yaml", "json", "text", "csv", "toml", "sql", "html", "make"}
RUN_SECONDS_MAX = 600
_FENCE = re.compile(r"^(```+|~~~+)\s*([\w-]*)\s*(.*)$")


@dataclass(frozen=True)
class Block:
    """One fenced block: where it begins, its language, whether it runs, its text."""

    line: int
    language: str
    runs: bool
    text: str


def blocks_of(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    opened: tuple[int, str, str, str] | None = None
    body: list[str] = []
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if opened is None and fence:
            opened, body = (number, *fence.groups()), []
        elif opened is not None and line.startswith(opened[1]) and not line.strip("`~ "):
            start, _, language, words = opened
            runs = language in ("python", "sh") and "no-run" not in words.split()
            yield Block(start, language, runs, "\n".join(body) + "\n")
            opened = None
        elif opened is not None:
            body.append(line)


def misnamed_blocks(root: Path) -> list[str]:
    """Blocks whose language hides them from the run, and commands that are not of this project."""
    problems = []
    for page in doc_pages(root):
        place = page.relative_to(root).as_posix()
        for block in blocks_of(page):
            if block.language not in LANGUAGES:
                problems.append(f"{place}:{block.line}: language {block.language!r}; write python, sh or text")
            if block.language == "sh" and block.runs:
                problems += [
                    f"{place}:{block.line}: only kejin commands run; mark the block no-run: {command}"
                    for command in commands_of(block)
                    if not command.startswith("kejin ")
                ]
    return problems


def pages_that_run(root: Path) -> list[Path]:
    """The pages that hold at least one block that runs."""
    return [page for page in doc_pages(root) if any(block.runs for block in blocks_of(page))]


def commands_of(block: Block) -> list[str]:
    """The commands of a block, comments dropped, continued lines joined."""
    joined = block.text.replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def run_page(page: Path, directory: Path) -> str:
    """Run a page's blocks in the directory; what went wrong, empty when all went well."""
    binaries = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": os.pathsep.join((binaries, os.environ.get("PATH", ""))),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
    }
    command = [sys.executable, "-m", "checks.doc_blocks", str(page.resolve())]
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=RUN_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:
        return f"{page.name}: not done after {RUN_SECONDS_MAX} seconds"
    return "" if done.returncode == 0 else f"{page.name}: {(done.stderr or done.stdout).strip()[-3000:]}"


def _run_here(page: Path) -> None:
    namespace: dict[str, object] = {"__name__": "__page__"}
    for block in blocks_of(page):
        if not block.runs:
            continue
        if block.language == "python":
            # Blank lines before the code make a traceback name the line of the page.
            exec(compile("\n" * block.line + block.text, str(page), "exec"), namespace)
            continue
        for command in commands_of(block):
            words = shlex.split(command, comments=True)
            if words[:1] != ["kejin"]:
                raise SystemExit(f"line {block.line}: only kejin commands run: {command}")
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise SystemExit(f"line {block.line}: {command}\nexit status {done.returncode}\n{done.stderr}")


if __name__ == "__main__":
    _run_here(Path(sys.argv[1]))
