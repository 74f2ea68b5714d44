"""Rows for the tests of scorecards: features of all kinds with gaps, a default that depends on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kejin.credit.bin_feature import BinningSettings
from kejin.credit.fit_scorecard import Feature, FitSettings

FEATURES = (
    Feature("margin", "利润率", "Margin", "financial", trend="falling"),
    Feature("age", "年龄", "Age", "company", trend="auto"),
    Feature("overdue", "逾期", "Overdue", "conduct", trend="rising"),
    Feature("industry", "行业", "Industry", "company", "categorical"),
    Feature("noise", "噪声", "Noise", "company"),
)
SETTINGS = FitSettings(BinningSettings(bins_max=5, share_min=0.03, defaults_min=5), iv_min=0.02, ridge=5.0)


def rows(count: int = 4000, seed: int = 3) -> tuple[dict[str, Any], np.ndarray]:
    """Columns by name and the outcome."""
    rng = np.random.default_rng(seed)
    margin, age = rng.normal(size=count), rng.gamma(2.0, 4.0, count)
    overdue = rng.poisson(0.3, count).astype(float)
    industry = np.array(["C39", "I65", "M73", "F51", "K70"], dtype=object)[rng.integers(0, 5, count)]
    stage = np.array(["start_up", "growth", "mature", None], dtype=object)[rng.integers(0, 4, count)]
    log_odds = -2.4 - 0.9 * margin - 0.6 * np.minimum(np.abs(age - 9) / 5, 2) + 0.8 * overdue
    log_odds += 0.6 * (industry == "F51") + 0.7 * (stage == "start_up")
    default = (rng.random(count) < 1 / (1 + np.exp(-log_odds))).astype(np.uint8)
    margin[rng.random(count) < 0.1] = np.nan
    overdue[rng.random(count) < 0.2] = np.nan
    industry[rng.random(count) < 0.05] = None
    return {
        "margin": margin, "age": age, "overdue": overdue, "industry": industry, "noise": rng.normal(size=count),
        "stage": stage,
    }, default  # fmt: skip
