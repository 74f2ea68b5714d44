"""What is a scorecard? Bins, WOE, weights and points of each feature, kept as one file with its origin and content
hash.

ln(odds of no default) = intercept + sum over features of weight * WOE of the bin; the calibration turns it into a
probability of default within a year. Points are the same sum in whole numbers for people: `base_points` at
`base_odds` to 1, and `points_to_double` more for odds twice as good. Weights are never negative, so a better bin
never costs points.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from kejin.credit.calibration import Calibration
from kejin.errors import InputError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Scaling:
    """How log-odds become points."""

    base_points: float = 600.0
    base_odds: float = 50.0
    points_to_double: float = 20.0

    @property
    def factor(self) -> float:
        return self.points_to_double / math.log(2.0)

    @property
    def offset(self) -> float:
        return self.base_points - self.factor * math.log(self.base_odds)


@dataclass(frozen=True, slots=True)
class ScoredFeature:
    """One feature; lists have one entry a bin, the bin of missing values last.

    edges       numeric: bin k holds edges[k-1] <= value < edges[k].
    categories  categorical: the codes of each bin; an unknown code has WOE 0.
    weight      >= 0.
    """

    name: str
    label_zh: str
    label_en: str
    group: str
    kind: Literal["numeric", "categorical"]
    trend: str
    edges: tuple[float, ...]
    categories: tuple[tuple[str, ...], ...]
    good: tuple[float, ...]
    bad: tuple[float, ...]
    woe: tuple[float, ...]
    points: tuple[int, ...]
    weight: float
    information_value: float

    @property
    def missing_bin(self) -> int:
        return len(self.woe) - 1

    @property
    def points_best(self) -> int:
        return max(self.points)

    def label(self, lang: str) -> str:
        return self.label_zh if lang == "zh" else self.label_en

    def bin_text(self, place: int, lang: str = "en") -> str:
        """The bin as a reader writes it: an interval, codes, or missing."""
        if place == self.missing_bin:
            return "缺失" if lang == "zh" else "missing"
        if self.kind == "categorical":
            return ", ".join(self.categories[place])
        low = f"[{self.edges[place - 1]:g}" if place else "("
        high = f"{self.edges[place]:g})" if place < len(self.edges) else ")"
        return f"{low}, {high}" if place else f"(, {high}"


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A fitted scorecard.

    covariance   of intercept and weights, for the interval of the probability.
    interval     level of the interval, e.g. 0.9; interval_z its normal quantile.
    reasons_max  how many reasons an answer names.
    provenance   where it comes from: content hash of the rows, days, counts, rules, settings.
    """

    name: str
    version: str
    features: tuple[ScoredFeature, ...]
    intercept: float
    covariance: tuple[tuple[float, ...], ...]
    calibration: Calibration
    scaling: Scaling = Scaling()
    interval: float = 0.9
    interval_z: float = 1.6448536269514722
    reasons_max: int = 4
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every column that scoring reads."""
        stage = self.calibration.stage_column
        names = [feature.name for feature in self.features]
        return tuple(names if stage is None or stage in names else [*names, stage])

    def feature(self, name: str) -> ScoredFeature:
        return next(feature for feature in self.features if feature.name == name)

    def as_dict(self) -> dict[str, Any]:
        """The content of the file, without its hash."""
        return {"format": FORMAT, "kind": "scorecard", **asdict(self)}

    @property
    def content_hash(self) -> str:
        """SHA-256 of the content in one byte form (sorted keys, no spaces)."""
        return content_hash_of(self.as_dict())


def content_hash_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of the JSON with sorted keys and no spaces; numbers as Python writes them (shortest, exact)."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def write_scorecard(scorecard: Scorecard, path: Path) -> str:
    """The scorecard as a JSON file that a person can read; returns its content hash."""
    digest = scorecard.content_hash
    text = json.dumps(
        {**scorecard.as_dict(), "content_hash": digest}, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False
    )
    path.write_text(text + "\n", "utf-8")
    return digest


def read_scorecard(path: Path) -> Scorecard:
    """The scorecard of a file.

    Raises credit.scorecard_unreadable, credit.scorecard_changed (the content does not fit its hash).
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        claimed = content.pop("content_hash")
        known = content.pop("format") == FORMAT and content.pop("kind") == "scorecard"
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError("credit.scorecard_unreadable", path=path, said=type(error).__name__) from error
    if not known:
        raise InputError("credit.scorecard_unreadable", path=path, said="format")
    scorecard = _from_dict(content, path)
    if scorecard.content_hash != claimed:
        raise InputError("credit.scorecard_changed", path=path, claimed=claimed[:12], found=scorecard.content_hash[:12])
    return scorecard


def _from_dict(content: dict[str, Any], path: Path) -> Scorecard:
    try:
        features = tuple(
            ScoredFeature(
                **{
                    **one,
                    **{name: tuple(one[name]) for name in ("edges", "good", "bad", "woe", "points")},
                    "categories": tuple(tuple(group) for group in one["categories"]),
                }
            )
            for one in content.pop("features")
        )
        return Scorecard(
            features=features,
            covariance=tuple(tuple(row) for row in content.pop("covariance")),
            calibration=Calibration.from_dict(content.pop("calibration")),
            scaling=Scaling(**content.pop("scaling")),
            **content,
        )
    except (TypeError, KeyError, ValueError) as error:
        raise InputError("credit.scorecard_unreadable", path=path, said=str(error)[:80]) from error
