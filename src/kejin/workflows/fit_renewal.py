"""Fit the renewal and life models: rules of the day, renewals of a workspace or a file, a model file, a journal entry.

The procedure, in order:
1. look up fees, terms, discount rate and prior for the day;
2. the event table: from the facts as of the day, or from a file;
3. fit returns (maximum likelihood, with the prior of the rule unless told otherwise) and lives;
4. the model file `models/<hash>.json` in the workspace, and `models/current.json` for those who value patents;
5. an entry in the journal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from kejin.engines.content_hash import content_hash
from kejin.errors import InputError
from kejin.evaluation.patent_states import PatentTerm
from kejin.journal import Entry, Journal, Record, RuleUse
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.valuation.life_curve import LifeModel, life_model_from_json
from kejin.valuation.life_fit import fit_life
from kejin.valuation.renewal_events import RenewalEvents
from kejin.valuation.renewal_fees import KINDS, RenewalRules
from kejin.valuation.renewal_fit import Prior, fit_renewal
from kejin.valuation.renewal_model import RenewalModel, model_text, renewal_model_from_json
from kejin.valuation.shipped_model import shipped_life, shipped_renewal
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.renewal_tables import EventTable, events_of_facts, events_of_file
from kejin.workflows.workspace import Workspace

ACT = "fit_renewal"
TABLES_READ = ("patent", "patent_event")
ROWS_MAX = 50_000  # more rows say little more of a dozen parameters; a sample of this size is drawn by a fixed seed
DIGITS = 5  # of parameters in the result's hash: the last digits of a search differ between machines
Progress = Callable[[str, int, int], None]
STEPS = ("rules", "events", "returns", "lives", "journal")


@dataclass(frozen=True)
class FittedModels:
    """What a run gives.

    path        the model file.
    unverified  names of the rules used that nobody has checked against an official text.
    """

    renewal: RenewalModel
    life: LifeModel
    path: Path
    edition: str
    unverified: tuple[str, ...]
    result_hash: str
    entry: Entry | None


def fit_renewal_models(
    workspace: Workspace,
    as_of: date,
    *,
    events_file: Path | None = None,
    use_prior: bool = True,
    actor: str = "-",
    progress: Progress | None = None,
    known_on: date | None = None,
) -> FittedModels:
    """Fit both models and keep them in the workspace.

    events_file  a CSV or Parquet file of renewals; the workspace's own patents when not given.
    use_prior    hold spread and decay near the figures of the rule valuation/renewal/prior.
    Raises       valuation.too_few_lapses and the errors of bad rows; policy errors where a rule is not in force.
    """

    def step(name: str) -> None:
        if progress is not None:
            progress(name, STEPS.index(name), len(STEPS))

    step("rules")
    rules = Lookups(RuleBook.shipped(workspace.overlay_path), as_of, known_on)
    figures = fill_rules(RenewalRules, rules)
    step("events")
    table = _events(workspace, as_of, rules, events_file)
    step("returns")
    about = {
        "as_of": str(as_of),
        "seen_until": table.seen_until,
        "source": table.source,
        "data_sha256": table.sha256,
        "rules": [cite.rule for cite in figures.cites],
    }
    renewal, life = _fit(table, figures, use_prior, about, step)
    step("journal")
    digest = _digest(renewal, life)
    path = _stored(workspace, renewal, life, digest)
    entry = _journal_entry(workspace, rules, table, renewal, digest, actor, use_prior, events_file)
    unverified = tuple(sorted({found.name for found in rules.unverified()}))
    return FittedModels(renewal, life, path, rules.edition, unverified, digest, entry)


def replay(workspace: Path, entry: Entry) -> str:
    """Do the fit of an entry again; the hash of its parameters. Raises workflows.event_file_changed."""
    with Workspace.open(workspace) as opened:
        assert entry.as_of is not None
        rules = Lookups(RuleBook.shipped(opened.overlay_path), entry.as_of, entry.known_on)
        figures = fill_rules(RenewalRules, rules)
        name = entry.inputs["events_file"]
        table = _events(opened, entry.as_of, rules, None if name is None else Path(name))
        if table.sha256 != entry.inputs["events_sha256"]:
            raise InputError("workflows.event_file_changed", path=name)
        renewal, life = _fit(table, figures, bool(entry.inputs["prior"]), {}, lambda _: None)
    return _digest(renewal, life)


def models_of(workspace: Path) -> tuple[RenewalModel, LifeModel, str]:
    """(renewal model, life model, where they come from): those last fitted in the workspace, else those shipped."""
    current = workspace / "models" / "current.json"
    if not current.is_file():
        return shipped_renewal(), shipped_life(), "shipped"
    try:
        loaded = json.loads(current.read_text("utf-8"))
        parts = loaded["renewal"], loaded["life"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("valuation.model_file_wrong", said=f"{current.name}: {error}") from error
    return renewal_model_from_json(parts[0]), life_model_from_json(parts[1]), str(loaded["hash"])


def _events(workspace: Workspace, as_of: date, rules: Lookups, events_file: Path | None) -> EventTable:
    terms_of_kind = rules.table("patents/term_years")
    terms = {kind: int(terms_of_kind[kind]["years"]) for kind in KINDS}
    if events_file is not None:
        return events_of_file(events_file, as_of, terms)
    facts = workspace.facts(as_of)
    if "patent" not in facts.with_rows(TABLES_READ):
        raise InputError("workflows.no_patents", workspace=workspace.path, as_of=as_of)
    patent_terms = tuple(PatentTerm(kind, date(1985, 4, 1), years) for kind, years in terms.items())
    return events_of_facts(facts, as_of, patent_terms, rules.mapping("technology_fields/ipc_prefix"), terms)


def _fit(
    table: EventTable, figures: RenewalRules, use_prior: bool, about: dict[str, Any], step: Callable[[str], None]
) -> tuple[RenewalModel, LifeModel]:
    events, schedule = _sampled(table.events), figures.schedule()
    facts = about | {"rows_of_table": len(table.events)}
    prior = Prior.of_rule(figures.prior) if use_prior else None
    renewal = fit_renewal(events, schedule, prior=prior, about=facts)
    renewal.about["level_sd_log"] = renewal.level_sd_log(schedule, figures.discount_rate.number)
    step("lives")
    return renewal, fit_life(events, schedule, renewal=renewal, about=facts)


def _sampled(events: RenewalEvents) -> RenewalEvents:
    if len(events) <= ROWS_MAX:
        return events
    chosen = np.sort(np.random.default_rng(1).choice(len(events), ROWS_MAX, replace=False))
    return events.chosen(chosen)


def _digest(renewal: RenewalModel, life: LifeModel) -> str:
    """Hash of all parameters to five digits."""
    numbers = [*renewal.effects, *renewal.scale, life.invalid_yearly]
    for kind in sorted(life.kinds):
        numbers += [*life.kinds[kind].hazard, *life.kinds[kind].effects]
    names = [*renewal.design.names, *sorted(life.kinds)]
    text = json.dumps([names, [f"{float(number):.{DIGITS - 1}e}" for number in numbers]])
    return hashlib.sha256(text.encode()).hexdigest()


def _stored(workspace: Workspace, renewal: RenewalModel, life: LifeModel, digest: str) -> Path:
    folder = workspace.path / "models"
    folder.mkdir(exist_ok=True)
    text = model_text({"format": 1, "hash": digest, "renewal": renewal.as_json(), "life": life.as_json()})
    path = folder / f"renewal-{digest[:16]}.json"
    for target in (path, folder / "current.json"):
        beside = target.with_suffix(".part")
        beside.write_text(text, "utf-8")
        beside.replace(target)
    return path


def _journal_entry(
    workspace: Workspace,
    rules: Lookups,
    table: EventTable,
    renewal: RenewalModel,
    digest: str,
    actor: str,
    use_prior: bool,
    events_file: Path | None,
) -> Entry:
    rows = {} if events_file is not None else content_hash(workspace.facts(rules.as_of), sorted(TABLES_READ))
    together = hashlib.sha256("".join(f"{name}:{one}\n" for name, (_, one) in sorted(rows.items())).encode())
    about = renewal.about
    record = Record(
        act=ACT,
        actor=actor,
        role="analyst",
        inputs={
            "events_file": None if events_file is None else str(events_file),
            "events_sha256": table.sha256,
            "prior": use_prior,
        },
        result={
            "rows": about["rows"],
            "lapses": about["lapses"],
            "parameters": {str(row["name"]): float(row["value"]) for row in renewal.parameters()},
            "level_sd_log": float(about["level_sd_log"]),
            "unverified": sorted({found.name for found in rules.unverified()}),
        },
        result_hash=digest,
        as_of=rules.as_of,
        known_on=rules.known_on,
        rows_hash=together.hexdigest() if rows else None,
        row_counts={name: count for name, (count, _) in rows.items()},
        rule_edition=rules.edition,
        rules_used=tuple(_rule_use(used) for used in rules.records()),
        model_versions={"renewal": digest[:16]},
    )
    with Journal.open(workspace.cases_path) as journal:
        return journal.append(record)


def _rule_use(used: Any) -> RuleUse:
    return RuleUse(
        name=used["rule"],
        value=used["value"],
        from_=date.fromisoformat(used["from"]),
        document=used["document"],
        confidence=used["confidence"],
        overridden=used["overridden_by"] is not None,
    )
