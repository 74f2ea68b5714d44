"""Which companies should someone look at this month, and because of what?

Three steps. Indicators become comparable within a segment (stage of life): distance from the segment's median in units
of its pooled spread, because one company's own spread of twelve months says little. A hazard turns them into a
probability of default in the coming month. The line above which a company is shown is a quantile of the segment's
hazards in the months before, so that the number of alerts keeps to a budget; a fixed fall of 30% would fire on every
fourth healthy company a year. Alerts come from the hazard, never from adding up signals.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError
from kejin.monitoring.drift import stability_index
from kejin.monitoring.early_warning_indicators import INDICATORS, NAMES, WatchFacts, indicators_of_month
from kejin.monitoring.hazard import Hazard, choose_penalty_forward, fit_hazard
from kejin.rule_values import Figure, RowTable, from_rule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
STAGES = ("start_up", "growth", "mature")
COLOURS = ("amber", "red")
NEVER = np.iinfo(np.int32).max
CLIP = 3.0
MISSING_SHARE = (0.02, 0.98)  # a mark for a missing value is of use only between these shares
SPREAD_OF_NORMAL = 1.4826  # median absolute deviation to standard deviation
MONTHS_NEEDED, DEFAULTS_NEEDED = 6, 10
REFERENCE_MONTHS = 12


@dataclass(frozen=True, slots=True)
class WarningRules:
    """What the institution has set."""

    default_overdue_days_above: Figure = from_rule("monitoring/early_warning/default_overdue_days_above")
    alerts_per_100: RowTable = from_rule("monitoring/early_warning/alerts_per_100_company_months")
    signal_share: RowTable = from_rule("monitoring/early_warning/signal_share")
    stage_age_years_from: RowTable = from_rule("monitoring/early_warning/stage_age_years_from")
    drift_index_from: RowTable = from_rule("monitoring/early_warning/drift_index_from")

    def budget(self, stage: str) -> float:
        """Share of company-months that may raise an alert."""
        return self.alerts_per_100.number(stage, "value") / 100.0


@dataclass(frozen=True)
class Panel:
    """Company-months at risk, shape (row,) or (row, indicator): no default up to the month, something owed.

    defaulted  1 where the first default came in the month after; NaN where that is not known yet.
    """

    company: Ints
    place: Ints
    stage: Ints
    months_borrowing: Floats
    values: Floats
    defaulted: Floats

    def __len__(self) -> int:
        return len(self.company)

    def take(self, chosen: Flags) -> Panel:
        return Panel(self.company[chosen], self.place[chosen], self.stage[chosen], self.months_borrowing[chosen],
                     self.values[chosen], self.defaulted[chosen])  # fmt: skip

    @cached_property
    def labelled(self) -> Flags:
        found: Flags = np.isfinite(self.defaulted)
        return found


def first_default(facts: WatchFacts, rules: WarningRules) -> Ints:
    """Place of the first month at whose end a loan of the company was overdue beyond the limit; NEVER without one."""
    late = facts.monthly["overdue_days"].value > float(rules.default_overdue_days_above.value)
    return np.where(late.any(axis=1), late.argmax(axis=1), NEVER)


def build_panel(facts: WatchFacts, rules: WarningRules, first: int, last: int) -> Panel:
    """Company-months from place `first` to place `last`, each seen with the eyes of its own review day."""
    default, owed, late = first_default(facts, rules), facts.monthly["balance"], facts.monthly["overdue_days"]
    known_places = int(np.flatnonzero(np.isfinite(owed.value).any(axis=0)).max(initial=-1))
    begun = np.where(np.isfinite(owed.value).any(axis=1), np.isfinite(owed.value).argmax(axis=1), NEVER)
    parts = []
    for place in range(max(first, 1), last + 1):
        day = int(facts.review_on[place])
        seen = np.nan_to_num(np.fmax(owed.seen(place, day), owed.seen(place - 1, day)))
        limit = float(rules.default_overdue_days_above.value)
        seen_late = np.stack([late.seen(one, day) for one in range(place + 1)]) > limit
        risk = (seen > 0) & ~seen_late.any(axis=0)
        if place + 1 <= known_places:
            risk &= default > place
            outcome = (default == place + 1).astype(np.float64)
        else:
            outcome = np.full(len(default), np.nan)
        rows = np.flatnonzero(risk)
        months = np.full(len(default), float(place)) - np.minimum(begun, place)
        parts.append(Panel(rows, np.full(len(rows), place), stages(facts, rules, day)[rows], months[rows],
                           indicators_of_month(facts, place)[rows], outcome[rows]))  # fmt: skip
    return Panel(*(np.concatenate([getattr(part, name) for part in parts]) for name in
                   ("company", "place", "stage", "months_borrowing", "values", "defaulted")))  # fmt: skip


def stages(facts: WatchFacts, rules: WarningRules, day: int) -> Ints:
    """The segment of each company on a day, by age; a company of unknown age is with the youngest."""
    edges = [rules.stage_age_years_from.number(stage, "value") * 365.25 for stage in STAGES[1:]]
    return np.searchsorted(edges, np.nan_to_num(day - facts.established), side="right").astype(np.int64)


@dataclass(frozen=True)
class WarningModel:
    """A fitted model: the segments' medians and spreads, shape (stage, indicator), the marks used, the hazard."""

    middle: Floats
    spread: Floats
    marks: Ints
    hazard: Hazard

    def standard(self, panel: Panel) -> Floats:
        """Badness of each indicator in units of the segment's spread, limited to +-CLIP; 0 where missing."""
        away = (panel.values - self.middle[panel.stage]) / self.spread[panel.stage] * _sign()
        found: Floats = np.nan_to_num(np.clip(away, -CLIP, CLIP), nan=0.0)
        return found

    def rows(self, panel: Panel) -> Floats:
        """What the hazard reads: badness, marks of missing values, stage, months of borrowing."""
        missing = np.isnan(panel.values[:, self.marks]).astype(np.float64)
        stage = (panel.stage[:, None] == np.arange(1, len(STAGES))).astype(np.float64)
        duration = np.log1p(panel.months_borrowing) - np.log(13.0)
        return np.column_stack([self.standard(panel), missing, stage, duration])

    def probability(self, panel: Panel) -> Floats:
        """Probability of a first default in the next month, shape (row,)."""
        return self.hazard.probability(self.rows(panel))

    def pull(self, panel: Panel) -> Floats:
        """How much each indicator adds to the log-odds, shape (row, indicator); a missing one with its mark."""
        size = len(NAMES)
        added = self.standard(panel) * self.hazard.coefficients[1 : size + 1]
        marks = np.isnan(panel.values[:, self.marks]) * self.hazard.coefficients[size + 1 : size + 1 + len(self.marks)]
        added[:, self.marks] += marks
        return added


def fit_model(panel: Panel, as_of: object = "-") -> WarningModel:
    """Medians, spreads and hazard from labelled company-months. Raises monitoring.history_too_short."""
    known = panel.take(panel.labelled)
    months, defaults = len(np.unique(known.place)), int(known.defaulted.sum())
    if months < MONTHS_NEEDED or defaults < DEFAULTS_NEEDED:
        raise InputError("monitoring.history_too_short", as_of=as_of, months=months, defaults=defaults,
                         needed=MONTHS_NEEDED, needed_defaults=DEFAULTS_NEEDED)  # fmt: skip
    middle, spread = _segments(known)
    absent = np.isnan(known.values).mean(axis=0)
    marks = np.flatnonzero((absent > MISSING_SHARE[0]) & (absent < MISSING_SHARE[1]))
    empty = WarningModel(middle, spread, marks, Hazard(np.zeros(0), 0.0))
    rows = empty.rows(known)
    penalty = choose_penalty_forward(rows, known.defaulted, known.place)
    return WarningModel(middle, spread, marks, fit_hazard(rows, known.defaulted, penalty))


def alert_lines(probability: Floats, stage: Ints, rules: WarningRules) -> Floats:
    """The hazard above which a company of each stage is shown, so that the budget would have been met; shape (stage,).

    A stage without company-months has the line of all stages together.
    """
    lines = np.empty(len(STAGES))
    for number, name in enumerate(STAGES):
        chosen = probability[stage == number]
        chosen = chosen if len(chosen) else probability
        lines[number] = np.quantile(chosen, 1 - rules.budget(name), method="higher") if len(chosen) else np.inf
    return lines


def signal_lines(panel: Panel, rules: WarningRules) -> Floats:
    """Badness (value times sign) above which an indicator is amber or red; shape (stage, indicator, colour).

    Set so that the share of company-months of the segment with the colour is at most the rule's.
    """
    lines = np.full((len(STAGES), len(NAMES), len(COLOURS)), np.inf)
    bad = panel.values * _sign()
    for number in range(len(STAGES)):
        for column in range(len(NAMES)):
            values = bad[panel.stage == number, column]
            values = values[np.isfinite(values)]
            if len(values):
                shares = [rules.signal_share.number(colour, "value") for colour in COLOURS]
                lines[number, column] = [np.quantile(values, 1 - share, method="higher") for share in shares]
    return lines


def signals(panel: Panel, lines: Floats) -> Ints:
    """0 no signal, 1 amber, 2 red, -1 missing, shape (row, indicator); only indicators that fit the stage speak."""
    bad = panel.values * _sign()
    found = (bad[:, :, None] > lines[panel.stage]).sum(axis=2)
    fits = np.array([[stage in one.stages for one in INDICATORS] for stage in STAGES])[panel.stage]
    return np.where(~fits, 0, np.where(np.isnan(bad), -1, found)).astype(np.int64)


def drift(then: Panel, now: Panel) -> Floats:
    """The stability index of each indicator between two sets of company-months."""
    return np.array([stability_index(then.values[:, one], now.values[:, one]) for one in range(len(NAMES))])


def _sign() -> Floats:
    return np.array([1.0 if one.high_is_bad else -1.0 for one in INDICATORS])


def _segments(panel: Panel) -> tuple[Floats, Floats]:
    """Median and pooled spread of each indicator in each stage; a figure that is nearly always the same has its
    standard deviation, and 1 where it never changes."""
    middle, spread = np.zeros((len(STAGES), len(NAMES))), np.ones((len(STAGES), len(NAMES)))
    for number in range(len(STAGES)):
        for column in range(len(NAMES)):
            values = panel.values[panel.stage == number, column]
            values = values[np.isfinite(values)]
            if not len(values):
                continue
            middle[number, column] = np.median(values)
            size = SPREAD_OF_NORMAL * float(np.median(np.abs(values - middle[number, column])))
            size = size if size > 1e-9 else float(values.std())
            spread[number, column] = size if size > 1e-9 else 1.0
    return middle, spread
