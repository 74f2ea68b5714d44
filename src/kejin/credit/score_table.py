"""Will these companies default within a year? A scorecard as an Ibis expression: inside DuckDB or Spark, one row or
all.

The same meaning as `score_row`, held together by a test. Layers of plain selections: bin of each feature, then its
WOE and points, then the sums, then the calibration and the reasons. Nothing is rounded in the query: points are
whole already.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import ibis

from kejin.credit.calibration import Calibration
from kejin.credit.score_row import neutral_points
from kejin.credit.scorecard import Scorecard, ScoredFeature
from kejin.errors import InputError

OUTPUTS = (
    "default_probability_1y",
    "default_probability_1y_low",
    "default_probability_1y_high",
    "points",
    "missing_inputs",
)
_PLACES = 1000  # more than the features of any scorecard: points lost * this + place is one number a feature


def reason_columns(scorecard: Scorecard) -> tuple[str, ...]:
    """Columns reason_1, reason_2 ... : features that cost most points, most first; missing where none is left."""
    return tuple(f"reason_{k + 1}" for k in range(min(scorecard.reasons_max, len(scorecard.features))))


def score_table(
    features: ibis.Table, scorecard: Scorecard, keep: Sequence[str] = ("company_id",), with_interval: bool = True
) -> ibis.Table:
    """One row a row of `features`: the columns kept, then OUTPUTS and the reason columns.

    features       has every column of scorecard.inputs.
    with_interval  False leaves the interval missing: its quadratic form is most of the work with many features.
    Raises         credit.feature_missing.
    """
    absent = [name for name in scorecard.inputs if name not in features.columns]
    if absent:
        raise InputError("credit.feature_missing", feature=", ".join(absent))
    stage = scorecard.calibration.stage_column
    kept = [name for name in (*keep, *([stage] if stage else [])) if name in features.columns]
    named = {name: features[name] for name in dict.fromkeys(kept)}
    placed = features.select(
        **named, **{f"b{k}": _place(features[one.name], one) for k, one in enumerate(scorecard.features)}
    )
    neutral = neutral_points(scorecard)
    columns: dict[str, Any] = {}
    for k, one in enumerate(scorecard.features):
        place = placed[f"b{k}"]
        columns[f"w{k}"] = _chosen(place, one.woe, 0.0, "float64")
        columns[f"p{k}"] = _chosen(place, one.points, neutral, "int64")
        lost = [max(one.points_best - own, 0) * _PLACES + (_PLACES - 1 - k) for own in (*one.points, neutral)]
        columns[f"l{k}"] = _chosen(place, lost[:-1], lost[-1], "int64")
        columns[f"m{k}"] = ibis.ifelse(place == one.missing_bin, 1, 0).cast("int64")
    valued = placed.select(*named, **columns)
    return _summed(valued, scorecard, [name for name in named if name in keep], with_interval)


def _summed(valued: ibis.Table, scorecard: Scorecard, keep: Sequence[str], with_interval: bool) -> ibis.Table:
    count = range(len(scorecard.features))
    log_odds = reduce(
        lambda total, k: total - valued[f"w{k}"] * _double(scorecard.features[k].weight),
        count,
        _double(-scorecard.intercept),
    )
    variance = _variance(valued, scorecard) if with_interval else None
    stage = scorecard.calibration.stage_column
    parts: dict[str, Any] = {
        "log_odds": log_odds,
        "points": reduce(add, [valued[f"p{k}"] for k in count]),
        "missing_inputs": reduce(add, [valued[f"m{k}"] for k in count]),
    }
    if variance is not None:
        parts["reach"] = ibis.greatest(variance, _double(0.0)).sqrt() * _double(scorecard.interval_z)
    ranks = [f"l{k}" for k in count]
    own = list(dict.fromkeys([*keep, *([stage] if stage else [])]))
    table = valued.select(*own, *ranks, **parts)
    names = reason_columns(scorecard)
    for number, _ in enumerate(names):
        before = f"top{number - 1}"
        rest = [
            table[rank] if number == 0 else ibis.ifelse(table[rank] < table[before], table[rank], -1) for rank in ranks
        ]
        top = rest[0] if len(rest) == 1 else ibis.greatest(*rest)
        table = table.mutate(**{f"top{number}": top.cast("int64")})
    reasons = {name: _reason(table, f"top{number}", scorecard) for number, name in enumerate(names)}
    stage_value = None if stage is None else table[stage]
    nothing = ibis.null("float64")

    def probability(x: Any) -> Any:
        return _double(1.0) / (_double(1.0) + (-_calibrated(x, stage_value, scorecard.calibration)).exp())

    return table.select(
        *keep,
        default_probability_1y=probability(table.log_odds),
        default_probability_1y_low=probability(table.log_odds - table.reach) if with_interval else nothing,
        default_probability_1y_high=probability(table.log_odds + table.reach) if with_interval else nothing,
        points=table.points,
        missing_inputs=table.missing_inputs,
        **reasons,
    )


def _double(value: float) -> Any:
    """A number that the engine takes as DOUBLE: written as a plain literal it would be a DECIMAL."""
    return ibis.literal(repr(float(value))).cast("float64")


def _place(column: Any, feature: ScoredFeature) -> Any:
    """The bin of a value; the one after the missing bin for a category never seen."""
    gap = feature.missing_bin
    if feature.kind == "categorical":
        text = column.cast("string")
        branches = [(text.isnull(), gap)]
        branches += [(text.isin(list(codes)), place) for place, codes in enumerate(feature.categories) if codes]
        return ibis.cases(*branches, else_=gap + 1).cast("int64")
    value = column.cast("float64")
    # Not isnan() alone: from the statistics of a Parquet file, which leave NaN out, DuckDB concludes there is none;
    # nor the difference alone, which it takes for 0 where all other numbers are the same. A number less itself is 0; of
    # NaN and infinity it is not, and both count as missing.
    branches = [(value.isnull(), gap), (value.isnan() | ~((value - value) == _double(0.0)), gap)]
    branches += [(value < _double(edge), place) for place, edge in enumerate(feature.edges)]
    return ibis.cases(*branches, else_=len(feature.edges)).cast("int64")


def _chosen(place: Any, values: Sequence[float], otherwise: float, kind: str) -> Any:
    """The value of a bin."""
    written = _double if kind == "float64" else (lambda value: ibis.literal(int(value), "int64"))
    branches = [(place == number, written(value)) for number, value in enumerate(values)]
    return ibis.cases(*branches, else_=written(otherwise))


def _variance(valued: ibis.Table, scorecard: Scorecard) -> Any:
    """Of the log-odds: the quadratic form of the covariance."""
    total: Any = _double(scorecard.covariance[0][0])
    for k, row in enumerate(scorecard.covariance[1:]):
        own = valued[f"w{k}"]
        inner: Any = own * _double(row[k + 1]) + _double(2.0 * row[0])
        for other in range(k):
            inner = inner + valued[f"w{other}"] * _double(2.0 * row[other + 1])
        total = total + own * inner
    return total


def _reason(table: ibis.Table, top: str, scorecard: Scorecard) -> Any:
    """The name of the feature with this rank; missing where it lost nothing."""
    branches = [
        ((table[top] >= _PLACES) & (table[top] == table[f"l{k}"]), ibis.literal(one.name, "string"))
        for k, one in enumerate(scorecard.features)
    ]
    return ibis.cases(*branches, else_=ibis.null("string"))


def _calibrated(x: Any, stage: Any, calibration: Calibration) -> Any:
    if calibration.kind == "isotonic":
        rising = calibration.steps
        branches = [(x < _double(rising[k + 1][0]), _double(rising[k][1])) for k in range(len(rising) - 1)]
        last = _double(rising[-1][1])
        found = ibis.cases(*branches, else_=last) if branches else last + x * _double(0.0)
    else:
        found = x * _double(calibration.slope) + _double(calibration.intercept)
    if stage is not None and calibration.stage_shift:
        shifts = [(stage == code, _double(shift)) for code, shift in calibration.stage_shift.items()]
        found = found + ibis.cases(*shifts, else_=_double(0.0))
    return found + _double(calibration.long_run_shift)
