"""Committed files speak of the project only: not of the machine it was written on, nor of how."""

from __future__ import annotations

import re
from pathlib import Path

from checks.tree import committed_files, text_of

# Written so that this file does not hold what it looks for.
_MACHINE_PLACE = re.compile(r"(?<![\w.~)\]-])/(?:work|tmp|root|opt|home|farm|var/folders)/\w")
_REGISTRY = re.compile(r"py[p]i\.org|python[h]osted|npm[j]s\.|deb\.deb[i]an|registry\.npm|files\.python", re.IGNORECASE)
_WORKPLACE = re.compile(
    r"\b(?:cl[a]ude|anthr[o]pic|chat[g]pt|co[p]ilot|sub-?[a]gents?|[a]gent sessions?|ai [a]ssistants?"
    r"|language m[o]dels? wrote|co-authored-[b]y)\b",
    re.IGNORECASE,
)
_PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.!+_]+(?:\s*;\s*[^:@]+)?")
_LICENCES = {"LICENSE"}


def workplace_words(root: Path) -> list[str]:
    """Paths of a machine, registry addresses and words of the workplace in committed files."""
    problems = []
    for file in committed_files(root):
        text = None if file.name in _LICENCES else text_of(file)
        place = file.relative_to(root).as_posix()
        for number, line in enumerate((text or "").splitlines(), 1):
            found = [pattern.search(line) for pattern in (_MACHINE_PLACE, _REGISTRY, _WORKPLACE)]
            problems += [f"{place}:{number}: {match[0]}" for match in found if match]
    return problems


def addresses_in_locks(root: Path) -> list[str]:
    """Lines of constraints.txt that are not a plain pin, and addresses in the front end's lock file."""
    problems = []
    for number, line in enumerate((root / "constraints.txt").read_text("utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#") and not _PIN.fullmatch(line.strip()):
            problems.append(f"constraints.txt:{number}: {line!r} is not name==version")
    lock = root / "frontend" / "package-lock.json"
    if lock.exists():
        lines = enumerate(lock.read_text("utf-8").splitlines(), 1)
        problems += [f"frontend/package-lock.json:{n}: an address" for n, line in lines if '"resolved"' in line]
    return problems
