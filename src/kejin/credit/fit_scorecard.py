"""How is a scorecard fitted? Bin every feature, keep those that tell something, weigh their WOE, write points.

Columns are read one at a time and kept as one byte a row, so memory is bounded by rows * (features + a few
columns). The result does not depend on the order of rows but for the last digits of sums; weights are kept to ten
digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kejin.credit.bin_feature import BinnedFeature, BinningSettings, Trend, bin_categorical, bin_numeric
from kejin.credit.calibration import Calibration
from kejin.credit.fit_logistic import LogisticFit, fit_on_bins
from kejin.credit.scorecard import Scaling, Scorecard, ScoredFeature
from kejin.errors import InputError

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature that a model may use.

    trend   of the bad rate over rising values: what the field expects, or `monotone` to let the rows decide.
    group   which part of the facts it comes from (financial, conduct, research, patent ...).
    """

    name: str
    label_zh: str = ""
    label_en: str = ""
    group: str = "-"
    kind: Literal["numeric", "categorical"] = "numeric"
    trend: Trend = "monotone"


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How a scorecard is fitted.

    iv_min        features with less information value are left out.
    iv_noise      and those with less than this many times bins * (1 / good rows + 1 / bad rows), which is about what
                  choosing the best bins finds in pure noise; 0 leaves this out.
    features_max  of the others those that move the score most stay.
    ridge         penalty on squared weights, in rows.
    sign_kept     features whose weight would be negative (a better bin costing points) are left out.
    """

    binning: BinningSettings = field(default_factory=BinningSettings)
    iv_min: float = 0.02
    iv_noise: float = 0.0
    features_max: int = 20
    ridge: float = 10.0
    sign_kept: bool = True
    scaling: Scaling = field(default_factory=Scaling)
    interval: float = 0.9
    interval_z: float = 1.6448536269514722
    reasons_max: int = 4


@dataclass(frozen=True, slots=True)
class FittedScorecard:
    """The scorecard, every feature's bins (also of those left out), and the log-odds of default of the rows."""

    scorecard: Scorecard
    binned: tuple[BinnedFeature, ...]
    left_out: Mapping[str, str]
    log_odds: Floats


def outcome_column(default: Any) -> Bytes:
    """0 and 1 as bytes. Raises credit.outcome_wrong for anything else, credit.outcome_one_sided for one kind only."""
    values = np.asarray(default)
    if values.dtype != np.bool_:
        with np.errstate(invalid="ignore"):
            wrong = ~((values == 0) | (values == 1))
        if wrong.any():
            raise InputError("credit.outcome_wrong", rows=int(wrong.sum()), first=values[wrong][0])
    found = values.astype(np.uint8)
    if not 0 < int(found.sum()) < len(found):
        raise InputError("credit.outcome_one_sided", feature="-")
    return found


def numeric_column(columns: Mapping[str, Any], name: str) -> Floats:
    """A column as float64 with NaN for missing; flags become 0 and 1. Raises credit.feature_missing."""
    try:
        values = columns[name]
    except KeyError:
        raise InputError("credit.feature_missing", feature=name) from None
    if hasattr(values, "to_numpy") and hasattr(values, "null_count"):  # Arrow
        import pyarrow as pa

        values = values.cast(pa.float64()).to_numpy(zero_copy_only=False) if hasattr(values, "cast") else values
    array = np.asarray(values)
    if array.dtype == object:
        array = np.array([np.nan if one is None else float(one) for one in array])
    return np.ascontiguousarray(array, dtype=np.float64)


def fit_scorecard(
    columns: Mapping[str, Any],
    default: Any,
    features: Sequence[Feature],
    settings: FitSettings = FitSettings(),
    name: str = "default",
    version: str = "1",
    weight: Floats | None = None,
    provenance: Mapping[str, Any] | None = None,
    threads: int = 2,
) -> FittedScorecard:
    """A scorecard of default.

    columns  feature -> column, shape (row,); anything with [name], so that columns may be read from a file one by one.
    default  0 or 1, shape (row,).
    Raises   credit.outcome_wrong, credit.outcome_one_sided, credit.feature_missing, credit.feature_infinite,
             credit.nothing_tells (no feature passes).
    """
    hits = outcome_column(default)

    def binned(feature: Feature) -> tuple[BinnedFeature, Bytes]:
        if feature.kind == "categorical":
            if feature.name not in columns:
                raise InputError("credit.feature_missing", feature=feature.name)
            return bin_categorical(feature.name, columns[feature.name], hits, settings.binning, weight)
        values = numeric_column(columns, feature.name)
        return bin_numeric(feature.name, values, hits, settings.binning, feature.trend, weight)

    with ThreadPoolExecutor(max_workers=threads) as pool:
        found = list(pool.map(binned, features))
    left_out, used = _told(found, settings)
    used, fit = _chosen(found, used, hits, settings, weight, left_out)
    weights = np.array([float(f"{w:.10g}") for w in fit.weights])
    scorecard = Scorecard(
        name,
        version,
        _scored([features[k] for k in used], [found[k][0] for k in used], weights, settings.scaling),
        float(weights[0]),
        tuple(tuple(float(f"{v:.10g}") for v in row) for row in fit.covariance),
        Calibration(),
        settings.scaling,
        settings.interval,
        settings.interval_z,
        settings.reasons_max,
        {
            "rows": len(hits),
            "defaults": int(hits.sum()),
            "settings": {"binning": asdict(settings.binning), "iv_min": settings.iv_min, "ridge": settings.ridge},
            **(provenance or {}),
        },
    )
    log_odds = np.full(len(hits), -weights[0])
    for k, own in zip(used, weights[1:], strict=True):
        log_odds -= own * np.array(found[k][0].woe)[found[k][1]]
    return FittedScorecard(scorecard, tuple(one for one, _ in found), left_out, log_odds)


def _told(found: Sequence[tuple[BinnedFeature, Bytes]], settings: FitSettings) -> tuple[dict[str, str], list[int]]:
    """Features that tell too little, with the reason, and the places of the others."""
    left_out: dict[str, str] = {}
    used = []
    for place, (one, _) in enumerate(found):
        if one.bins < 2 and one.information_value < settings.iv_min:
            left_out[one.name] = "one_bin"
        elif one.information_value < max(settings.iv_min, settings.iv_noise * _noise(one)):
            left_out[one.name] = "information_value"
        else:
            used.append(place)
    return left_out, used


def _chosen(
    found: Sequence[tuple[BinnedFeature, Bytes]],
    used: list[int],
    hits: Bytes,
    settings: FitSettings,
    weight: Floats | None,
    left_out: dict[str, str],
) -> tuple[list[int], LogisticFit]:
    """The features that stay and the fit on them: no weight below 0, and no more than `features_max`."""
    while True:
        if not used:
            raise InputError("credit.nothing_tells", iv_min=settings.iv_min)
        places, tables = [found[k][1] for k in used], [found[k][0].woe for k in used]
        fit = fit_on_bins(places, tables, 1 - hits, settings.ridge, weight)
        gone = [k for k, own in zip(used, fit.weights[1:], strict=True) if settings.sign_kept and own <= 0]
        reason = "sign"
        if not gone and len(used) > settings.features_max:
            moved = {k: own * _spread_of(found[k][0]) for k, own in zip(used, fit.weights[1:], strict=True)}
            gone = sorted(used, key=lambda k: (moved[k], k))[: len(used) - settings.features_max]
            reason = "features_max"
        if not gone:
            return used, fit
        left_out.update({found[k][0].name: reason for k in gone})
        used = [k for k in used if k not in gone]


def _noise(feature: BinnedFeature) -> float:
    """The scale of the information value of a feature that tells nothing."""
    return feature.bins * (1.0 / max(sum(feature.good), 1.0) + 1.0 / max(sum(feature.bad), 1.0))


def _spread_of(feature: BinnedFeature) -> float:
    """Standard deviation of the WOE over the rows."""
    rows = np.array(feature.good) + np.array(feature.bad)
    woe = np.array(feature.woe)
    mean = float(rows @ woe / rows.sum())
    return float(np.sqrt(rows @ (woe - mean) ** 2 / rows.sum()))


def _scored(
    features: Sequence[Feature], binned: Sequence[BinnedFeature], weights: Floats, scaling: Scaling
) -> tuple[ScoredFeature, ...]:
    share = (scaling.offset + scaling.factor * float(weights[0])) / max(len(features), 1)
    return tuple(
        ScoredFeature(
            feature.name,
            feature.label_zh or feature.name,
            feature.label_en or feature.name,
            feature.group,
            bins.kind,
            bins.trend,
            bins.edges,
            bins.categories,
            bins.good,
            bins.bad,
            bins.woe,
            tuple(round(share + scaling.factor * float(own) * woe) for woe in bins.woe),
            float(own),
            bins.information_value,
        )
        for feature, bins, own in zip(features, binned, weights[1:], strict=True)
    )
