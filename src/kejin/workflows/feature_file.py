"""Which rows does a default model learn from when a file brings them? A feature table, with the refused if it has any.

One row a company and observation day:
    company_id, observed_on          who and when
    defaulted                        1 or 0 within the horizon after the day; empty for the refused
    refused                          optional: 1 for an applicant who was refused
    life_cycle_stage, cluster_code   optional
and every other column is a feature: numbers and flags are numeric, text is categorical. A feature with the name of one
that is made from facts keeps its label and the trend expected of it.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

from kejin.credit.default_features import FEATURES
from kejin.credit.fit_scorecard import Feature
from kejin.dates import add_months
from kejin.engines.result_hash import arrow_hash
from kejin.errors import InputError, UseError
from kejin.workflows.default_features import CLUSTER, STAGE
from kejin.workflows.default_panel import OBSERVED, OUTCOME, Panel

COMPANY, REFUSED = "company_id", "refused"


def panel_of_file(path: Path, as_of: date, horizon_months: int) -> Panel:
    """The panel of a CSV or Parquet file.

    The last observation day judges; days whose horizon was over by then are fitted on, and those between are left
    out. Refused applicants count up to the last day fitted on.
    Raises UseError workflows.feature_file_kind; InputError workflows.feature_file_unread, feature_columns_missing,
           feature_column_wrong, feature_outcome_missing, feature_outcome_of_refused, feature_days_late, panel_empty.
    """
    import pyarrow as pa
    from pyarrow import compute

    read = _read(path)
    lacking = sorted({COMPANY, OBSERVED, OUTCOME} - set(read.column_names))
    if lacking:
        raise InputError("workflows.feature_columns_missing", path=path, columns=", ".join(lacking))
    if REFUSED not in read.column_names:
        read = read.append_column(REFUSED, pa.array([False] * read.num_rows, pa.bool_()))
    rows, features = _typed(read, path)
    refused = rows[REFUSED].combine_chunks()
    _check_outcomes(rows, refused, path)
    lent = rows.filter(compute.invert(refused))
    days = sorted(set(lent[OBSERVED].to_pylist()))
    judging = days[-1] if days else None
    fitting = tuple(day for day in days if judging is not None and add_months(day, horizon_months) <= judging)
    if judging is None or not fitting:
        raise InputError("workflows.panel_empty", as_of=as_of, judging=judging or "-", days=len(days))
    if add_months(judging, horizon_months) > as_of:
        raise InputError("workflows.feature_days_late", path=path, day=judging, months=horizon_months, as_of=as_of)
    used = compute.is_in(lent[OBSERVED], pa.array([*fitting, judging], pa.date32()))
    order = [(OBSERVED, "ascending"), (COMPANY, "ascending")]
    turned_down = rows.filter(refused)
    turned_down = turned_down.filter(compute.less_equal(turned_down[OBSERVED], pa.scalar(fitting[-1], pa.date32())))
    return Panel(
        lent.filter(used).sort_by(order).combine_chunks(),
        fitting,
        judging,
        arrow_hash(rows, "default_panel")[1],
        features,
        turned_down.sort_by(order).combine_chunks() if turned_down.num_rows else None,
        str(path),
        hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _read(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise UseError("workflows.feature_file_kind", path=path, suffix=suffix or "-")
    try:
        return pq.read_table(path) if suffix == ".parquet" else pa.csv.read_csv(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError("workflows.feature_file_unread", path=path, said=str(error)[:200]) from error


def _typed(read: Any, path: Path) -> tuple[Any, tuple[Feature, ...]]:
    """Every column in its type, and the features in the order of their names."""
    import pyarrow as pa

    kinds = {COMPANY: pa.string(), OBSERVED: pa.date32(), OUTCOME: pa.bool_(), REFUSED: pa.bool_()}
    kinds |= {STAGE: pa.string(), CLUSTER: pa.string()}
    known = {feature.name: feature for feature in FEATURES}
    columns, features = {}, []
    for name in (*kinds, *sorted(set(read.column_names) - set(kinds))):
        if name not in read.column_names:  # a stage or cluster that nobody knows
            columns[name] = pa.nulls(read.num_rows, kinds[name])
            continue
        plain = read[name].type
        number = pa.types.is_integer(plain) or pa.types.is_floating(plain) or pa.types.is_boolean(plain)
        numeric = number or pa.types.is_decimal(plain) or pa.types.is_null(plain)
        if name in (OUTCOME, REFUSED) and numeric and _other_than_0_and_1(read[name]):
            raise InputError("workflows.feature_column_wrong", path=path, column=name, said="neither 0 nor 1")
        try:
            columns[name] = read[name].cast(kinds.get(name) or (pa.float64() if numeric else pa.string()))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InputError("workflows.feature_column_wrong", path=path, column=name, said=str(error)[:120]) from error
        if name not in kinds:
            kind = "numeric" if numeric else "categorical"
            found = known.get(name)
            features.append(found if found and found.kind == kind else Feature(name, kind=kind))  # type: ignore[arg-type]
    return pa.table(columns), tuple(features)


def _other_than_0_and_1(values: Any) -> bool:
    import pyarrow as pa

    return bool({one for one in values.cast(pa.float64()).unique().to_pylist() if one is not None} - {0.0, 1.0})


def _check_outcomes(rows: Any, refused: Any, path: Path) -> None:
    """Whoever got a loan has an outcome, and nobody else: an unknown outcome is neither a default nor a refusal."""
    from pyarrow import compute

    nobody = compute.or_(rows[COMPANY].is_null(), rows[OBSERVED].is_null())
    if (count := compute.sum(compute.or_(nobody, refused.is_null())).as_py() or 0) > 0:
        names = ", ".join((COMPANY, OBSERVED, REFUSED))
        raise InputError("workflows.feature_column_wrong", path=path, column=names, said=f"{count} empty")
    unknown = compute.sum(compute.and_(compute.invert(refused), rows[OUTCOME].is_null())).as_py() or 0
    if unknown:
        raise InputError("workflows.feature_outcome_missing", path=path, rows=unknown)
    known = compute.sum(compute.and_(refused, rows[OUTCOME].is_valid())).as_py() or 0
    if known:
        raise InputError("workflows.feature_outcome_of_refused", path=path, rows=known)
