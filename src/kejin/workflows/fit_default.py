"""Fit, judge and register a default model: facts of a day in, a version in the register out.

The procedure, in order:
1. look up the definition of default and the settings of the model for the day;
2. the panel: borrowers on observation days, features as known then, default within the horizon;
3. scorecard and challenger on the fitting days, each calibrated on folds of companies it did not see, by stage;
4. judged on the judging day, a whole horizon later: all, by stage, by cluster, and what research and patents add;
5. written into the register as not validated, and into the journal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from kejin import __version__
from kejin.credit.challenger import Challenger
from kejin.credit.default_features import GROUPS
from kejin.credit.default_rules import DefaultDefinition, DefaultModelRules
from kejin.credit.discrimination import auc_difference
from kejin.credit.fit_default import CalibrationPlan, fit_default_challenger, fit_default_scorecard
from kejin.credit.fit_scorecard import FittedScorecard
from kejin.credit.registered_model import RegisteredModel
from kejin.credit.reject_inference import RejectInference
from kejin.credit.score_arrays import probabilities, score_columns, text_column
from kejin.credit.scorecard import content_hash_of, write_scorecard
from kejin.credit.validate_default import (
    by_part,
    feature_stability,
    prudent_bounds,
    ranking_figures,
    roc_points,
    score_stability,
    validation_figures,
)
from kejin.errors import InputError
from kejin.journal import Entry, Journal, Record, RuleUse
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.workflows.default_features import CLUSTER, STAGE
from kejin.workflows.default_models import (
    CHALLENGER,
    NAME,
    SCORECARD,
    VALIDATION,
    challenger_content,
    register_folder,
    registered_models,
    write_record,
)
from kejin.workflows.default_panel import OBSERVED, OUTCOME, Panel, columns_of, default_panel
from kejin.workflows.feature_file import panel_of_file
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.workspace import Workspace

ACT = "fit_default"
# Fitted beside the model, to show what the parts add.
COMPARED = {
    "financial_alone": GROUPS["financial"],
    "financial_research_patent": (*GROUPS["financial"], *GROUPS["research"], *GROUPS["patent"]),
}
STEPS = ("rules", "panel", "scorecard", "challenger", "judge", "register")
Progress = Callable[[str, str], None]


@dataclass(frozen=True)
class FitRun:
    """A fitted and registered version, with the figures of its validation."""

    model: RegisteredModel
    fitted: FittedScorecard
    challenger: Challenger
    validation: Mapping[str, Any]
    entry: Entry
    unverified: tuple[str, ...]


@dataclass(frozen=True)
class _Made:
    """What a fit made, before it is registered."""

    panel: Panel
    fitted: FittedScorecard
    challenger: Challenger
    validation: Mapping[str, Any]
    long_run_rate: float | None
    inference: RejectInference


def model_rules(workspace: Workspace, as_of: date) -> tuple[DefaultDefinition, DefaultModelRules, Lookups]:
    """The rules of a default model on a day."""
    rules = Lookups(RuleBook.shipped(workspace.overlay_path), as_of, as_of)
    return fill_rules(DefaultDefinition, rules), fill_rules(DefaultModelRules, rules), rules


def fit_default(
    workspace: Workspace,
    as_of: date,
    owner: str,
    version: str | None = None,
    long_run_rate: float | None = None,
    inference: RejectInference = "none",
    progress: Progress | None = None,
    panel: Panel | None = None,
) -> FitRun:
    """Fit a version as of a day.

    owner          who answers for the model; another person validates it.
    panel          of the same day, where it was made before, or from a file.
    long_run_rate  the mean probability over the cycle; None keeps the rate of the panel.
    Raises         workflows.panel_empty, credit.version_exists, credit.outcome_one_sided, credit.nothing_tells;
                   workflows.rejects_unknown where refused applicants are to count and the panel knows of none.
    """

    def step(name: str, detail: str = "") -> None:
        if progress is not None:
            progress(name, detail)

    step("rules")
    definition, rules, lookups = model_rules(workspace, as_of)
    if inference != "none" and (panel is None or panel.refused is None):
        raise InputError("workflows.rejects_unknown", as_of=as_of)
    version = version or _next_version(workspace, as_of)
    if any(one.version == version for one in registered_models(workspace)):
        raise InputError("credit.version_exists", version=version)
    panel = panel or _panel(workspace, as_of, definition, rules, lambda day: step("panel", day.isoformat()))
    fitting, judging = _split(panel)
    plan = _plan(rules, long_run_rate)
    step("scorecard")
    groups = text_column(fitting, "company_id")
    hits = np.asarray(fitting[OUTCOME]).astype(np.uint8)
    fitted = _fitted(panel, as_of, version, plan, rules, lookups.edition, inference)
    parts = _parts(panel, rules, plan)
    step("challenger")
    challenger = fit_default_challenger(
        fitting, hits, panel.features, groups, plan=plan, version=version, binned=fitted.binned
    )
    step("judge")
    validation = judge(fitted, challenger, parts, fitting, judging)
    step("register")
    made = _Made(panel, fitted, challenger, validation, long_run_rate, inference)
    model, entry = _registered(workspace, as_of, owner, made, rules, lookups)
    return FitRun(model, fitted, challenger, validation, entry, model.unverified)


def replay(workspace: Path, entry: Entry) -> str:
    """Fit the scorecard of an entry again, from the facts (or the file) and rules of its day; the scorecard's hash.

    Raises workflows.feature_file_changed.
    """
    with Workspace.open(workspace) as opened:
        assert entry.as_of is not None
        definition, rules, lookups = model_rules(opened, entry.as_of)
        if (file := entry.inputs.get("features_file")) is None:
            panel = _panel(opened, entry.as_of, definition, rules)
        else:
            panel = panel_of_file(Path(file), entry.as_of, int(definition.horizon_months.value))
            if panel.file_sha256 != entry.inputs["features_sha256"]:
                raise InputError("workflows.feature_file_changed", path=file)
        asked = entry.inputs["long_run_rate"]
        plan = _plan(rules, None if asked is None else float(asked))
        inference: RejectInference = "fuzzy" if entry.inputs.get("reject_inference") == "fuzzy" else "none"
        version = str(entry.inputs["version"])
        fitted = _fitted(panel, entry.as_of, version, plan, rules, lookups.edition, inference)
    return fitted.scorecard.content_hash


def _panel(
    workspace: Workspace,
    as_of: date,
    definition: DefaultDefinition,
    rules: DefaultModelRules,
    progress: Callable[[date], None] | None = None,
) -> Panel:
    days, spacing = int(rules.figure("observation_days")), int(rules.figure("observation_spacing_months"))
    return default_panel(workspace, as_of, definition, days, spacing, progress)


def _plan(rules: DefaultModelRules, long_run_rate: float | None) -> CalibrationPlan:
    return CalibrationPlan("platt", STAGE, rules.figure("stage_prior"), long_run_rate, cohort_column=OBSERVED)


def _fitted(
    panel: Panel,
    as_of: date,
    version: str,
    plan: CalibrationPlan,
    rules: DefaultModelRules,
    edition: str,
    inference: RejectInference,
) -> FittedScorecard:
    """The scorecard of the fitting days of a panel."""
    fitting, _ = _split(panel)
    refused = panel.refused
    return fit_default_scorecard(
        fitting,
        np.asarray(fitting[OUTCOME]).astype(np.uint8),
        panel.features,
        text_column(fitting, "company_id"),
        rules.fit_settings(),
        plan,
        None if refused is None else columns_of(refused, [True] * refused.num_rows),
        inference,
        rules.figure("reject_odds_factor"),
        name=NAME,
        version=version,
        provenance=_provenance(panel, as_of, edition, inference),
    )


def _parts(panel: Panel, rules: DefaultModelRules, plan: CalibrationPlan) -> dict[str, FittedScorecard]:
    """Scorecards of some groups of features, to show what the others add; without those whose features tell nothing."""
    fitting, _ = _split(panel)
    hits, groups = np.asarray(fitting[OUTCOME]).astype(np.uint8), text_column(fitting, "company_id")
    offered = {feature.name for feature in panel.features}
    parts = {}
    for name, chosen in COMPARED.items():
        features = [feature for feature in chosen if feature.name in offered]
        try:
            parts[name] = fit_default_scorecard(fitting, hits, features, groups, rules.fit_settings(), plan)
        except InputError as error:
            if error.code != "credit.nothing_tells":
                raise
    return parts


def judge(
    fitted: FittedScorecard,
    challenger: Challenger,
    parts: Mapping[str, FittedScorecard],
    fitting: Mapping[str, Any],
    judging: Mapping[str, Any],
) -> dict[str, Any]:
    """Every figure of the validation, on rows of the judging day, as plain numbers."""
    hits = np.asarray(judging[OUTCOME]).astype(np.uint8)
    card = fitted.scorecard
    own, boosted = probabilities(card, judging), challenger.probabilities(judging)
    # Ranking is judged on the scores as they are: a calibration that found nothing makes everybody equal.
    beside = {name: score_columns(part.scorecard, judging)[0] for name, part in parts.items()}
    whole = score_columns(card, judging)[0]
    alone, with_research = (beside.get(name) for name in COMPARED)
    then = probabilities(card, fitting)
    return {
        "scorecard": validation_figures(hits, own),
        "challenger": validation_figures(hits, boosted),
        **{name: ranking_figures(hits, found) for name, found in beside.items()},
        "gain_of_research_and_patents": _gain(hits, with_research, alone),
        "gain_of_all_over_financial": _gain(hits, whole, alone),
        "by_stage": by_part(hits, own, text_column(judging, STAGE)),
        "by_cluster": by_part(hits, own, text_column(judging, CLUSTER)),
        "score_stability": score_stability(np.log(then / (1 - then)), np.log(own / (1 - own))),
        "feature_stability": feature_stability(card, judging),
        "prudent": prudent_bounds(hits, own),
        "roc": {"scorecard": roc_points(hits, own), "challenger": roc_points(hits, boosted)},
        "importance": _importance(challenger, judging),
        "left_out": dict(fitted.left_out),
        "information_value": {one.name: one.information_value for one in fitted.binned},
    }


def _gain(hits: Any, more: Any, less: Any) -> dict[str, float] | None:
    """What one score ranks better than another; None where one of them was not fitted."""
    return None if more is None or less is None else asdict(auc_difference(hits, more, less))


def _importance(challenger: Challenger, judging: Mapping[str, Any]) -> dict[str, float]:
    """Mean absolute SHAP value of each feature, in log-odds."""
    parts = np.abs(challenger.contributions(judging)[:, :-1]).mean(axis=0)
    return {name: float(value) for name, value in zip(challenger.features, parts, strict=True)}


def _split(panel: Panel) -> tuple[dict[str, Any], dict[str, Any]]:
    days = np.array(panel.rows["observed_on"].to_pylist(), dtype=object)
    return columns_of(panel.rows, days < panel.judging_day), columns_of(panel.rows, days == panel.judging_day)


def _provenance(panel: Panel, as_of: date, edition: str, inference: str) -> dict[str, Any]:
    return {
        "as_of": as_of.isoformat(),
        "fitting_days": [day.isoformat() for day in panel.fitting_days],
        "judging_day": panel.judging_day.isoformat(),
        "data_hash": panel.data_hash,
        "rule_edition": edition,
        "program": __version__,
        "reject_inference": inference,
    }


def _next_version(workspace: Workspace, as_of: date) -> str:
    taken = {one.version for one in registered_models(workspace)}
    number = 1
    while f"{as_of.isoformat()}.{number}" in taken:
        number += 1
    return f"{as_of.isoformat()}.{number}"


def _registered(
    workspace: Workspace,
    as_of: date,
    owner: str,
    made: _Made,
    rules: DefaultModelRules,
    lookups: Lookups,
) -> tuple[RegisteredModel, Entry]:
    panel, fitted, challenger, validation = made.panel, made.fitted, made.challenger, made.validation
    folder = register_folder(workspace) / fitted.scorecard.version
    folder.mkdir(parents=True, exist_ok=True)
    model_hash = write_scorecard(fitted.scorecard, folder / SCORECARD)
    content = challenger_content(challenger)
    _write(folder / CHALLENGER, content)
    _write(folder / VALIDATION, validation)
    figures = validation["scorecard"]
    model = RegisteredModel(
        NAME,
        fitted.scorecard.version,
        "credit_approval",
        rules.risk_grade.code,
        owner,
        as_of,
        panel.data_hash,
        model_hash,
        content_hash_of(content),
        lookups.edition,
        unverified=tuple(sorted({found.name for found in lookups.unverified()})),
        figures={name: figures[name] for name in ("rows", "defaults", "rate", "probability_mean")}
        | {"auc": figures.get("auc"), "line": figures.get("line")},
    )
    record = Record(
        act=ACT,
        actor=owner,
        role="owner",
        inputs={
            "version": model.version,
            "long_run_rate": made.long_run_rate,
            "reject_inference": made.inference,
            "features_file": panel.file,
            "features_sha256": panel.file_sha256,
        },
        result={"model_hash": model_hash, "rows": figures["rows"], "defaults": figures["defaults"]},
        result_hash=model_hash,
        as_of=as_of,
        known_on=as_of,
        rows_hash=panel.data_hash,
        row_counts={"panel": panel.rows.num_rows},
        rule_edition=lookups.edition,
        rules_used=tuple(_rule_use(used) for used in lookups.records()),
        model_versions={NAME: f"{model.version}:{model_hash}"},
    )
    with Journal.open(workspace.cases_path) as journal:
        entry = journal.append(record)
    write_record(workspace, model)
    return model, entry


def _rule_use(used: Mapping[str, Any]) -> RuleUse:
    return RuleUse(
        name=used["rule"],
        value=used["value"],
        from_=date.fromisoformat(used["from"]),
        document=used["document"],
        confidence=used["confidence"],
        overridden=used["overridden_by"] is not None,
    )


def _write(path: Any, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=float) + "\n", "utf-8")
