"""Evaluate companies: facts of a day, rules of the day, one row a company, one journal entry a run.

The procedure, in order:
1. look up every rule that evaluation needs, for the day;
2. state, field and citation standing of every patent, stored because several parts read it;
3. the inputs of every company, then indicators, schemes and standing among peers, in one query;
4. the result as a Parquet file in the workspace, with the content hashes of the rows read and of the result;
5. an entry in the journal: who, when, which day, which rows, which rule values, which result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import ibis

from kejin import __version__
from kejin.engines.content_hash import content_hash
from kejin.engines.result_hash import result_hash
from kejin.engines.run_query import read_parquet, to_parquet
from kejin.errors import InputError
from kejin.facts.keep import Keep
from kejin.facts.view import FactsView
from kejin.journal import Entry, Journal, Record, RuleUse
from kejin.workflows.evaluation_query import evaluation_table, inputs_table, patent_table
from kejin.workflows.evaluation_rules import EvaluationRules, rules_of_day
from kejin.workflows.workspace import Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir

ACT = "evaluate_companies"
TABLES_READ = (
    "company",
    "title",
    "business_profile",
    "expert_score",
    "penalty",
    "annual_report",
    "staffing",
    "equity_round",
    "technology_contract",
    "patent",
    "patent_inventor",
    "patent_citation",
    "patent_event",
    "other_ip",
    "research_project",
    "award",
    "standard",
    "research_unit",
)
Progress = Callable[[str, int, int], None]
ROWS_A_GROUP = 16_384  # a profile reads one group of these wide rows whole
_STEPS = ("rules", "patents", "companies", "hashes", "journal")


@dataclass(frozen=True)
class EvaluationRun:
    """A finished run.

    path     Parquet file with one row a company.
    entry    the journal entry; None where the same run stood in the journal already and nothing was new.
    """

    path: Path
    rules: EvaluationRules
    companies: int
    result_hash: str
    entry: Entry | None


class Evaluator:
    """The evaluation of a workspace on a day. The workspace may be open for reading only."""

    def __init__(self, workspace: Workspace, as_of: date, known_on: date | None = None) -> None:
        self.workspace = workspace
        self.as_of = as_of
        self.known_on = as_of if known_on is None else known_on

    @cached_property
    def rules(self) -> EvaluationRules:
        return rules_of_day(self.as_of, self.known_on, self.workspace.overlay_path)

    @cached_property
    def facts(self) -> FactsView:
        return self.workspace.facts(self.as_of)

    @cached_property
    def loaded(self) -> frozenset[str]:
        """Tables that hold rows on the day."""
        return self.facts.with_rows(TABLES_READ)

    @cached_property
    def folder(self) -> Path:
        """Where results of this day, these rules and these facts are kept; other facts have another folder."""
        state = json.dumps(
            [__version__, str(self.as_of), str(self.known_on), self.rules.edition, self.workspace.store.state()],
            ensure_ascii=True,
        )
        return self.workspace.path / "results" / f"{self.as_of}-{hashlib.sha256(state.encode()).hexdigest()[:16]}"

    def check(self) -> None:
        """Raises InputError workflows.nothing_to_evaluate where no company was known on the day."""
        if "company" not in self.loaded:
            raise InputError("workflows.nothing_to_evaluate", workspace=self.workspace.path, as_of=self.as_of)

    @contextmanager
    def parts(self) -> Iterator[Keep]:
        """A store for what several parts of the queries read, taken away at the end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="parts-", dir=self.folder) as folder:

            def keep(name: str, table: ir.Table) -> ir.Table:
                path = Path(folder) / f"{name}.parquet"
                if not path.exists():
                    to_parquet(table, path)
                return read_parquet(self.workspace.backend, path)

            yield keep

    def patents(self, keep: Keep) -> ir.Table:
        """Every patent with its standing, stored once in the results folder."""
        path = self.folder / "patents.parquet"
        if not path.exists():
            _written(patent_table(self.facts, self.rules, keep), path)
        return read_parquet(self.workspace.backend, path)

    def inputs(self, keep: Keep) -> ir.Table:
        return inputs_table(self.facts, self.rules, self.loaded, self.patents(keep), keep)

    def results(self, keep: Keep | None = None) -> Path:
        """The file with one row a company, and beside it the one with their inputs; made when it is not there."""
        path = self.folder / "evaluation.parquet"
        if path.exists():
            return path
        if keep is None:
            with self.parts() as own:
                return self.results(own)
        inputs = self.folder / "inputs.parquet"
        _written(self.inputs(keep), inputs)
        _written(evaluation_table(read_parquet(self.workspace.backend, inputs), self.rules), path)
        return path

    def rows_used(self) -> dict[str, tuple[int, str]]:
        """table -> (rows, content hash) of what was known on the day."""
        return content_hash(self.facts, sorted(self.loaded))


def evaluate_companies(
    workspace: Workspace, as_of: date, actor: str = "-", progress: Progress | None = None, known_on: date | None = None
) -> EvaluationRun:
    """Evaluate every company known on a day and write the run into the journal.

    actor     who asked for it.
    progress  called with (step, done, of) before each step.
    Raises    workflows.nothing_to_evaluate; policy errors where a rule that everything needs is not in force.
    """
    evaluator = Evaluator(workspace, as_of, known_on)

    def step(name: str) -> None:
        if progress is not None:
            progress(name, _STEPS.index(name), len(_STEPS))

    evaluator.check()
    step("rules")
    rules = evaluator.rules
    with evaluator.parts() as keep:
        step("patents")
        evaluator.patents(keep)
        step("companies")
        path = evaluator.results(keep)
    step("hashes")
    rows = evaluator.rows_used()
    companies, digest = result_hash(read_parquet(workspace.backend, path), ACT)
    step("journal")
    entry = _journal_entry(workspace, evaluator, actor, rows, companies, digest)
    return EvaluationRun(path, rules, companies, digest, entry)


def answer_counts(results: ir.Table, rules: EvaluationRules) -> list[dict[str, Any]]:
    """How many companies each scheme answers yes, no and open, in the order of the schemes."""
    schemes = [scheme for scheme in rules.schemes if scheme.kind == "answer"]
    counts = {}
    for scheme in schemes:
        answer = results[f"{scheme.id}__qualifies"]
        for name, condition in (("yes", answer), ("no", ~answer), ("open", answer.isnull())):
            counts[f"{scheme.id}:{name}"] = ibis.ifelse(condition.fill_null(False), 1, 0).sum()
    (row,) = results.aggregate(**counts).to_pyarrow().to_pylist()
    return [
        {"scheme": scheme.id, "version": scheme.version}
        | {name: row[f"{scheme.id}:{name}"] or 0 for name in ("yes", "no", "open")}
        for scheme in schemes
    ]


def replay(workspace: Path, entry: Entry) -> str:
    """Do the run of an entry again, from facts and rules as of its day; the hash of the result."""
    with Workspace.open(workspace) as opened:
        assert entry.as_of is not None
        evaluator = Evaluator(opened, entry.as_of, entry.known_on)
        evaluator.check()
        with evaluator.parts() as keep:
            inputs = keep("inputs", evaluator.inputs(keep))
            _, digest = result_hash(evaluation_table(inputs, evaluator.rules), ACT)
    return digest


def _journal_entry(
    workspace: Workspace,
    evaluator: Evaluator,
    actor: str,
    rows: dict[str, tuple[int, str]],
    companies: int,
    digest: str,
) -> Entry:
    rules = evaluator.rules
    together = hashlib.sha256("".join(f"{name}:{digest}\n" for name, (_, digest) in sorted(rows.items())).encode())
    record = Record(
        act=ACT,
        actor=actor,
        role="analyst",
        inputs={"companies": "all"},
        result={
            "companies": companies,
            "schemes": [f"{scheme.id}:{scheme.version}" for scheme in rules.schemes],
            "not_in_force": [name for name, _ in rules.absent],
            "unverified": list(rules.unverified),
        },
        result_hash=digest,
        as_of=rules.as_of,
        known_on=rules.known_on,
        rows_hash=together.hexdigest(),
        row_counts={name: count for name, (count, _) in rows.items()},
        rule_edition=rules.edition,
        rules_used=tuple(rule_use(used) for used in rules.used),
    )
    with Journal.open(workspace.cases_path) as journal:
        return journal.append(record)


def rule_use(used: Any) -> RuleUse:
    """A value looked up, as the journal stores it."""
    return RuleUse(
        name=used["rule"],
        value=used["value"],
        from_=date.fromisoformat(used["from"]),
        document=used["document"],
        confidence=used["confidence"],
        overridden=used["overridden_by"] is not None,
    )


def _written(expression: ir.Table, path: Path) -> None:
    """Written beside first and then renamed, so that an interrupted run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    to_parquet(expression, beside, rows_a_group=ROWS_A_GROUP)
    beside.replace(path)
