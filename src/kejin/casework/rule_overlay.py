"""How does an institution's own rule come into force? Checked as text, tried on a day, then written whole.

What is published is what confirmed matters say: the file can be made again from their history.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kejin.engines.run_query import read_parquet
from kejin.errors import InputError
from kejin.policy.check_rules import check_rules
from kejin.policy.rule_book import RuleBook
from kejin.schemes.compile_table import compile_table
from kejin.schemes.expressions import needed_for
from kejin.workflows.evaluate_companies import Evaluator
from kejin.workflows.evaluation_rules import EvaluationRules, rules_of_day
from kejin.workflows.workspace import use_overlay

TEXT_LENGTH_MAX = 40_000
_NAME = re.compile(r"[a-z0-9_]{1,80}(/[a-z0-9_]{1,80}){1,6}")


@contextmanager
def trial_overlay(overlay: Path | None, name: str, text: str) -> Iterator[Path]:
    """A copy of the overlay with one more file, for as long as the block lasts.

    Raises InputError casework.rule_text_wrong for a name or a text that cannot be one.
    """
    if not _NAME.fullmatch(name) or not 0 < len(text) <= TEXT_LENGTH_MAX:
        raise InputError("casework.rule_text_wrong", rule=name[:120], most=TEXT_LENGTH_MAX)
    with TemporaryDirectory(prefix="kejin-overlay-") as made:
        folder = Path(made) / "overlay"
        if overlay is not None and overlay.is_dir():
            shutil.copytree(overlay, folder)
        path = folder / "rules" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        yield folder


def check_text(overlay: Path | None, name: str, text: str) -> tuple[InputError, ...]:
    """What is wrong with a rule's text, laid over the rules in use; empty when nothing is."""
    RuleBook.shipped(overlay).file_of(name)  # only a rule that is there may be replaced
    with trial_overlay(overlay, name, text) as folder:
        return check_rules(RuleBook.shipped(folder), only=name)


def publish(workspace: Path, name: str, text: str) -> Path:
    """Writes the rule into the workspace's overlay: beside first, then in place. Doing it again changes nothing."""
    assert _NAME.fullmatch(name), name
    path = use_overlay(workspace) / "rules" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return path


def changed_answers(evaluator: Evaluator, name: str, text: str) -> list[dict[str, Any]]:
    """How many companies each scheme answers otherwise under a rule's text, on the stored inputs of the day.

    Returns  one row a scheme whose answers change: scheme, label, to_yes, to_no, to_open.
    Raises   InputError casework.no_evaluation where the day was not evaluated.
    """
    inputs = evaluator.folder / "inputs.parquet"
    if not inputs.exists():
        raise InputError("casework.no_evaluation", as_of=evaluator.as_of)
    rows = read_parquet(evaluator.workspace.backend, inputs)
    with trial_overlay(evaluator.workspace.overlay_path, name, text) as folder:
        other = rules_of_day(evaluator.as_of, evaluator.known_on, folder)
    schemes = [one for one in evaluator.rules.schemes if one.kind == "answer"]
    columns = [f"{one.id}__qualifies" for one in schemes]
    now, then = (_answers(rows, rules, columns) for rules in (evaluator.rules, other))
    found = []
    for scheme, column in zip(schemes, columns, strict=True):
        before, after = now[column], then.get(column, [None] * len(now[column]))
        moved = [new for old, new in zip(before, after, strict=True) if old != new]
        if moved:
            found.append(
                {
                    "scheme": scheme.id,
                    "label": scheme.label,
                    "to_yes": moved.count(True),
                    "to_no": moved.count(False),
                    "to_open": moved.count(None),
                }
            )
    return found


def _answers(rows: Any, rules: EvaluationRules, columns: list[str]) -> dict[str, list[bool | None]]:
    """Scheme -> its answers, companies in order of their codes."""
    there = [name for name in columns if name in rules.program.outputs]
    table = compile_table(needed_for(rules.program, there), rows, ("company_id",)).order_by("company_id")
    got: dict[str, list[bool | None]] = table.select(*there).to_pyarrow().to_pydict()
    return got
