"""Is the default model good enough, and where not? Every figure of the validation, for all rows, by stage and by
cluster.

The rows are those of the judging day: later than every outcome the model was fitted on. A part with too few
defaults gets Jeffreys' interval of its rate and no AUC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.credit.calibration_tests import (
    brier,
    calibration_line,
    hosmer_lemeshow,
    log_loss,
    murphy_parts,
    rate_test,
    spiegelhalter_z,
)
from kejin.credit.discrimination import auc_bootstrap, auc_delong, ks_bootstrap
from kejin.credit.few_defaults import jeffreys, pluto_tasche
from kejin.credit.score_arrays import feature_place
from kejin.credit.scorecard import Scorecard
from kejin.credit.stability import count_in_bands, score_bands, stability_index

Floats = NDArray[np.float64]
DEFAULTS_MIN = 10  # fewer defaults in a part: no ranking figures, no slope
_BANDS = 10


def validation_figures(default: NDArray[np.generic], probability: Floats, repeats: int = 200) -> dict[str, Any]:
    """Discrimination and calibration of one set of rows, as plain numbers for a report."""
    hits = np.asarray(default).astype(np.uint8)
    rows, bad = len(hits), int(hits.sum())
    found: dict[str, Any] = {
        "rows": rows,
        "defaults": bad,
        "rate": bad / rows if rows else None,
        "probability_mean": float(probability.mean()) if rows else None,
        "rate_jeffreys": asdict(jeffreys(rows, bad)),
    }
    if not rows or not 0 < found["probability_mean"] < 1:
        return found
    found["rate_test"] = asdict(rate_test(rows, bad, found["probability_mean"]))
    found["brier"] = brier(hits, probability)
    if not DEFAULTS_MIN <= bad <= rows - DEFAULTS_MIN:
        return found
    area = auc_delong(hits, probability)
    return found | {
        "auc": asdict(area),
        "auc_bootstrap": asdict(auc_bootstrap(hits, probability, repeats)),
        "gini": 2 * area.value - 1,
        "ks": asdict(ks_bootstrap(hits, probability, repeats)),
        "log_loss": log_loss(hits, probability),
        "hosmer_lemeshow": asdict(hosmer_lemeshow(hits, probability)),
        "murphy": asdict(murphy_parts(hits, probability)),
        "spiegelhalter_z": spiegelhalter_z(hits, probability),
        "line": asdict(calibration_line(hits, probability)),
    }


def ranking_figures(default: NDArray[np.generic], score: Floats, repeats: int = 200) -> dict[str, Any]:
    """AUC and KS of a score that is no probability."""
    hits = np.asarray(default).astype(np.uint8)
    found: dict[str, Any] = {"rows": len(hits), "defaults": int(hits.sum())}
    if not DEFAULTS_MIN <= hits.sum() <= len(hits) - DEFAULTS_MIN:
        return found
    area = auc_delong(hits, score)
    return found | {"auc": asdict(area), "gini": 2 * area.value - 1, "ks": asdict(ks_bootstrap(hits, score, repeats))}


def by_part(
    default: NDArray[np.generic], probability: Floats, part: Sequence[str | None] | NDArray[Any]
) -> dict[str, dict[str, Any]]:
    """The figures of each part (stage, cluster), in order of code; rows without a code stand under "missing"."""
    codes = np.array(["missing" if one is None else str(one) for one in part], dtype=object)
    return {
        str(code): validation_figures(np.asarray(default)[codes == code], probability[codes == code], 100)
        for code in sorted(set(codes))
    }


def roc_points(default: NDArray[np.generic], probability: Floats, points: int = 100) -> list[tuple[float, float]]:
    """(share of others, share of defaults) at or above falling cut-offs, for a plot."""
    hits = np.asarray(default).astype(bool)
    order = np.argsort(-probability, kind="stable")
    bad, good = np.cumsum(hits[order]) / hits.sum(), np.cumsum(~hits[order]) / (~hits).sum()
    last = np.flatnonzero(np.append(np.diff(-probability[order]) != 0, [True]))
    chosen = last[np.unique(np.linspace(0, len(last) - 1, points).astype(int))]
    return [(0.0, 0.0), *((float(good[k]), float(bad[k])) for k in chosen)]


def feature_stability(scorecard: Scorecard, columns: Mapping[str, Any]) -> dict[str, float]:
    """PSI of each feature: the rows now against the rows of the fit, over the scorecard's bins."""
    found = {}
    for feature in scorecard.features:
        place = feature_place(feature, columns)
        then = np.array(feature.good) + np.array(feature.bad)
        now = np.bincount(place, minlength=len(then) + 1)[: len(then)].astype(np.float64)
        found[feature.name] = stability_index(then, now)
    return found


def score_stability(then: Floats, now: Floats) -> dict[str, Any]:
    """PSI of the score over ten bands with equal numbers of rows of the fit."""
    edges = score_bands(then, _BANDS)
    before, after = count_in_bands(then, edges), count_in_bands(now, edges)
    return {"index": stability_index(before, after), "then": before.tolist(), "now": after.tolist()}


def prudent_bounds(
    default: NDArray[np.generic], probability: Floats, confidence: Sequence[float] = (0.5, 0.75, 0.9)
) -> dict[str, Any]:
    """Pluto-Tasche upper bounds over five bands of the score, best first: what can be said where few defaulted."""
    hits = np.asarray(default).astype(np.int64)
    edges = score_bands(probability, 5)
    place = np.searchsorted(edges, probability, side="right")
    companies = np.bincount(place, minlength=len(edges) + 1)
    defaults = np.bincount(place, weights=hits, minlength=len(edges) + 1).astype(np.int64)
    mean = np.bincount(place, weights=probability, minlength=len(edges) + 1) / np.maximum(companies, 1)
    return {
        "companies": companies.tolist(),
        "defaults": defaults.tolist(),
        "probability_mean": mean.tolist(),
        "bounds": {
            str(level): list(pluto_tasche(companies.tolist(), defaults.tolist(), level)) for level in confidence
        },
    }
