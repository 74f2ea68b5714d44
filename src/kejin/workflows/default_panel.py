"""The panel a default model is fitted on: borrowers on observation days, features as known then, default within the
horizon.

The last observation day is the last month end whose horizon is over on the as-of day: it judges. The days to fit on
lie at least one horizon before it, so that every outcome of the fit was over when the judging day came: the split
is out of time, without overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis

from kejin.credit.default_features import FEATURES
from kejin.credit.default_outcomes import borrowers, defaulted_within
from kejin.credit.default_rules import DefaultDefinition
from kejin.credit.fit_scorecard import Feature
from kejin.dates import add_months
from kejin.engines.result_hash import arrow_hash
from kejin.engines.run_query import to_arrow
from kejin.errors import InputError
from kejin.workflows.default_features import features_of_day
from kejin.workflows.evaluate_companies import Evaluator
from kejin.workflows.workspace import Workspace

OUTCOME, OBSERVED = "defaulted", "observed_on"


@dataclass(frozen=True)
class Panel:
    """Rows of all observation days as one Arrow table, sorted by day and company.

    columns    company_id, observed_on, every feature, stage, cluster, defaulted (boolean).
    data_hash  of the rows as a set, in the byte form of engines/content_hash: no order, and nothing that is missing,
               changes it.
    features   that the model may use.
    refused    rows of applicants who were refused, without an outcome; None where nobody knows of any.
    file       and its hash, where a file brought the rows instead of facts.
    """

    rows: Any
    fitting_days: tuple[date, ...]
    judging_day: date
    data_hash: str
    features: tuple[Feature, ...] = FEATURES
    refused: Any = None
    file: str | None = None
    file_sha256: str | None = None


def observation_days(known_to: date, horizon: int, days: int, spacing: int) -> tuple[tuple[date, ...], date]:
    """(days to fit on, oldest first; the day that judges). All are month ends; known_to is the last month end known."""
    judging = _month_end(add_months(known_to.replace(day=1), -horizon))
    first = [_month_end(add_months(judging.replace(day=1), -horizon - spacing * k)) for k in range(days)]
    return tuple(reversed(first)), judging


def _month_end(day: date) -> date:
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def default_panel(
    workspace: Workspace,
    as_of: date,
    definition: DefaultDefinition,
    days: int,
    spacing: int,
    progress: Callable[[date], None] | None = None,
) -> Panel:
    """The panel as known on a day. Raises workflows.panel_empty where no observation day has borrowers."""
    later = workspace.facts(as_of)
    known_to = (
        later.table("loan_state").month_end.max().to_pyarrow().as_py() if later.with_rows(["loan_state"]) else None
    )
    if known_to is None:
        raise InputError("workflows.panel_empty", as_of=as_of, judging="-", days=0)
    fitting, judging = observation_days(known_to, int(definition.horizon_months.value), days, spacing)
    parts = []
    for day in (*fitting, judging):
        if progress is not None:
            progress(day)
        part = _of_day(workspace, day, later, definition)
        if part is not None:
            parts.append(part)
    used = {day for day, _ in parts}
    if judging not in used or len(used) < 2:
        raise InputError("workflows.panel_empty", as_of=as_of, judging=judging, days=len(used))
    import pyarrow as pa

    rows = pa.concat_tables([table for _, table in parts]).combine_chunks()
    return Panel(rows, tuple(day for day in fitting if day in used), judging, arrow_hash(rows, "default_panel")[1])


def _of_day(workspace: Workspace, day: date, later: Any, definition: DefaultDefinition) -> tuple[date, Any] | None:
    """The rows of one observation day; None where nobody had borrowed."""
    evaluator = Evaluator(workspace, day)
    if not evaluator.facts.with_rows(("company", "loan", "loan_state")) >= {"company", "loan", "loan_state"}:
        return None
    exposed = borrowers(evaluator.facts, day, definition)
    outcome = defaulted_within(later, day, definition, exposed)
    features = features_of_day(evaluator)
    joined = outcome.join(features, "company_id")
    names = [name for name in features.columns if name != "company_id"]
    query = joined.select("company_id", *names, "defaulted").order_by("company_id")
    found = to_arrow(query.mutate(observed_on=ibis.literal(day)))
    return (day, found) if found.num_rows else None


def columns_of(rows: Any, chosen: Sequence[bool] | Any) -> dict[str, Any]:
    """Some rows of the panel as columns by name."""
    import pyarrow as pa

    part = rows.filter(pa.array(chosen))
    return {name: part[name].combine_chunks() for name in part.column_names}
