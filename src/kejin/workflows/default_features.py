"""The features of default of every company on a day, or of one: from facts, and from the evaluation of the same day."""

from __future__ import annotations

from typing import Any

import ibis

from kejin.credit.default_features import FEATURES, FROM_EVALUATION, TABLES_READ, default_features
from kejin.engines.run_query import read_parquet
from kejin.evaluation.schemes.life_cycle import STAGES
from kejin.workflows.evaluate_companies import Evaluator

STAGE, CLUSTER = "life_cycle_stage", "cluster_code"
_STAGE_CODE = "life_cycle__stage_code"


def features_of_day(evaluator: Evaluator, company: str | None = None) -> ibis.Table:
    """One row a company known on the day: company_id, every feature, stage and cluster.

    The evaluation of the day is made where the workspace does not hold it yet.
    Raises  workflows.nothing_to_evaluate.
    """
    evaluator.check()
    backend = evaluator.workspace.backend
    path = evaluator.results()
    evaluation = read_parquet(backend, path)
    inputs = read_parquet(backend, path.with_name("inputs.parquet"))
    if company is not None:
        evaluation = evaluation.filter(evaluation.company_id == company)
        inputs = inputs.filter(inputs.company_id == company)
    loaded = evaluator.facts.with_rows(TABLES_READ)
    wide = default_features(evaluator.facts, evaluator.as_of, loaded, company)
    judged = _judged(evaluation, inputs)
    joined = wide.left_join(judged, "company_id")
    return joined.select("company_id", *(feature.name for feature in FEATURES), STAGE, CLUSTER)


def _judged(evaluation: ibis.Table, inputs: ibis.Table) -> ibis.Table:
    """What the evaluation says: indicators, standing, stage and cluster; a column it lacks is missing."""
    columns: dict[str, Any] = {}
    extra = [
        feature.name
        for feature in FROM_EVALUATION
        if feature.name not in evaluation.columns and feature.name in inputs.columns
    ]
    for name in (*(feature.name for feature in FROM_EVALUATION), CLUSTER):
        if name in evaluation.columns:
            columns[name] = evaluation[name]
        elif name in extra:
            columns[name] = name  # joined below
        else:
            columns[name] = ibis.null("string" if name == CLUSTER else "float64")
    columns[STAGE] = ibis.null("string")
    if _STAGE_CODE in evaluation.columns:
        number = evaluation[_STAGE_CODE]
        columns[STAGE] = ibis.cases(
            *((number == place, code) for place, code in STAGES.items()), else_=ibis.null("string")
        )
    own = evaluation.select("company_id", **{name: column for name, column in columns.items() if name not in extra})
    if not extra:
        return own
    both = own.left_join(inputs.select("company_id", *extra), "company_id")
    return both.select("company_id", *columns)
