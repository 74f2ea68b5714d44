"""How likely does each company default within a year? The registered scorecard on the features of a day.

Two ways with one meaning: every company in one query inside the engine, or one company as a plain function. Both
name what has to be said about the model (not validated, validation ended, retired), because the answer is advice
and a person decides.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis

from kejin.credit.default_features import TABLES_READ as FACTS_READ
from kejin.credit.registered_model import RegisteredModel
from kejin.credit.score_row import Score, row_scorer
from kejin.credit.score_table import score_table
from kejin.credit.scorecard import Scorecard
from kejin.engines.content_hash import content_hash
from kejin.engines.result_hash import result_hash
from kejin.engines.run_query import read_parquet, to_arrow, to_parquet
from kejin.errors import InputError, KejinError
from kejin.journal import Entry, Journal, Record
from kejin.workflows.default_features import CLUSTER, STAGE, features_of_day
from kejin.workflows.default_models import model_in_use, scorecard_of
from kejin.workflows.evaluate_companies import TABLES_READ, Evaluator
from kejin.workflows.workspace import Workspace

ACT = "score_default"


@dataclass(frozen=True)
class CompanyScore:
    """One company's answer: the score, the model, what must be said about it, and the features as they were."""

    company_id: str
    as_of: date
    score: Score
    scorecard: Scorecard
    model: RegisteredModel
    notices: tuple[KejinError, ...]
    features: dict[str, Any]


@dataclass(frozen=True)
class ScoreRun:
    """Every company's answer in a Parquet file: stage, cluster, probability with interval, points, reasons."""

    path: Path
    companies: int
    model: RegisteredModel
    scorecard: Scorecard
    notices: tuple[KejinError, ...]
    entry: Entry | None


def scores_of_day(evaluator: Evaluator, scorecard: Scorecard, with_interval: bool = True) -> ibis.Table:
    """One row a company: company_id, stage, cluster and the columns of score_table, as an expression."""
    features = features_of_day(evaluator)
    return score_table(features, scorecard, ("company_id", STAGE, CLUSTER), with_interval)


def score_company(workspace: Workspace, as_of: date, company: str, version: str | None = None) -> CompanyScore:
    """One company's score on a day.

    Raises credit.model_missing, workflows.company_unknown, workflows.nothing_to_evaluate.
    """
    model = model_in_use(workspace, as_of, version)
    scorecard = scorecard_of(workspace, model)
    rows = to_arrow(features_of_day(Evaluator(workspace, as_of), company)).to_pylist()
    if not rows:
        raise InputError("workflows.company_unknown", company=company, as_of=as_of, workspace=workspace.path)
    score = row_scorer(scorecard)(rows[0])
    return CompanyScore(company, as_of, score, scorecard, model, model.notices(as_of), rows[0])


def score_companies(
    workspace: Workspace, as_of: date, actor: str = "-", version: str | None = None, journal: bool = True
) -> ScoreRun:
    """Every company's score on a day, in a file of the workspace, with an entry in the journal.

    Raises credit.model_missing, workflows.nothing_to_evaluate.
    """
    model = model_in_use(workspace, as_of, version)
    scorecard = scorecard_of(workspace, model)
    evaluator = Evaluator(workspace, as_of)
    query = scores_of_day(evaluator, scorecard)
    path = evaluator.folder / f"default_scores-{model.model_hash[:12]}.parquet"
    beside = path.with_suffix(".part")
    to_parquet(query, beside)
    beside.replace(path)
    companies, digest = result_hash(read_parquet(workspace.backend, path), ACT)
    notices = model.notices(as_of)
    entry = _entry(evaluator, model, actor, companies, digest, notices) if journal else None
    return ScoreRun(path, companies, model, scorecard, notices, entry)


def replay(workspace: Path, entry: Entry) -> str:
    """Score again, with the version of the entry; the hash of the result."""
    with Workspace.open(workspace) as opened:
        assert entry.as_of is not None
        model = model_in_use(opened, entry.as_of, str(entry.inputs["version"]))
        evaluator = Evaluator(opened, entry.as_of, entry.known_on)
        with evaluator.parts() as keep:
            scores = keep("scores", scores_of_day(evaluator, scorecard_of(opened, model)))
            _, digest = result_hash(scores, ACT)
    return digest


def _entry(
    evaluator: Evaluator,
    model: RegisteredModel,
    actor: str,
    companies: int,
    digest: str,
    notices: tuple[KejinError, ...],
) -> Entry:
    read = evaluator.facts.with_rows(sorted({*TABLES_READ, *FACTS_READ}))
    rows = content_hash(evaluator.facts, sorted(read))
    together = hashlib.sha256("".join(f"{name}:{own}\n" for name, (_, own) in sorted(rows.items())).encode())
    rules = evaluator.rules
    record = Record(
        act=ACT,
        actor=actor,
        role="analyst",
        inputs={"companies": "all", "version": model.version},
        result={"companies": companies, "notices": [notice.code for notice in notices]},
        result_hash=digest,
        as_of=evaluator.as_of,
        known_on=evaluator.known_on,
        rows_hash=together.hexdigest(),
        row_counts={name: count for name, (count, _) in rows.items()},
        rule_edition=rules.edition,
        model_versions={model.name: f"{model.version}:{model.model_hash}"},
    )
    with Journal.open(evaluator.workspace.cases_path) as journal:
        return journal.append(record)
