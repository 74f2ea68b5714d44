"""Everything that the rules of a day say about tracing, looked up once a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kejin.errors import InputError
from kejin.monitoring.account_ends import EndRules
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.rule_values import CodeSet, Figure, RowTable, Wording, from_rule
from kejin.workflows.fill_rules import fill_rules

TYPOLOGIES = tuple(f"t{number}" for number in range(1, 14))
FLAGS = tuple(f"r{number}" for number in range(1, 11))
_SILENT = ("policy.nothing_in_force", "policy.nothing_known")


@dataclass(frozen=True, slots=True)
class TracingBounds:
    """How far money is followed, and who counts as related."""

    hops_max: Figure = from_rule("monitoring/tracing/hops_max")
    window_days: Figure = from_rule("monitoring/tracing/window_days")
    dust_cny: Figure = from_rule("monitoring/tracing/dust_cny")
    hub_payments_min: Figure = from_rule("monitoring/tracing/hub_payments_min")
    shared_key_companies_max: Figure = from_rule("monitoring/tracing/shared_key_companies_max")
    finding_days: Figure = from_rule("monitoring/tracing/finding_days")


@dataclass(frozen=True, slots=True)
class FindingRules:
    """When a trail becomes a finding."""

    misuse_classes: CodeSet = from_rule("monitoring/ends/misuse_classes")
    share_min: RowTable = from_rule("monitoring/typologies/share_min")
    no_research: RowTable = from_rule("monitoring/typologies/no_research")
    equal_deposit: RowTable = from_rule("monitoring/flags/equal_deposit")
    split_limits: RowTable = from_rule("monitoring/flags/split_limits")
    habit: RowTable = from_rule("monitoring/flags/habit")
    permutations: RowTable = from_rule("monitoring/chance_return/permutations")
    weights: RowTable = from_rule("monitoring/evidence/weights")


@dataclass(frozen=True, slots=True)
class GradeRule:
    """The grade that misuse calls for."""

    misuse_at_least: Wording = from_rule("monitoring/grades/misuse_at_least")


@dataclass(frozen=True)
class TracingRules:
    """The rules of one day for tracing.

    typologies  T code -> (names by language, codes of the evidence that raises it)
    flags       R code -> (names by language, its figures)
    entrusted   kind of loan -> (threshold in fen, first day in force); kinds without a rule in force are absent
    """

    as_of: date
    known_on: date
    edition: str
    bounds: TracingBounds
    ends: EndRules
    findings: FindingRules
    grade: GradeRule | None
    typologies: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]]
    flags: Mapping[str, tuple[Mapping[str, str], Mapping[str, float]]]
    entrusted: Mapping[str, tuple[int, date]]
    used: tuple[Mapping[str, Any], ...]
    unverified: tuple[str, ...]
    absent: tuple[tuple[str, InputError], ...] = ()


def tracing_rules(as_of: date, known_on: date | None = None, overlay: Path | None = None) -> TracingRules:
    """Look everything up for a day. Raises InputError policy.nothing_in_force where tracing itself has no rule."""
    rules = Lookups(RuleBook.shipped(overlay), as_of, known_on)
    bounds, ends = fill_rules(TracingBounds, rules), fill_rules(EndRules, rules)
    findings = fill_rules(FindingRules, rules)
    typologies = {code: _typology(rules, code) for code in TYPOLOGIES}
    flags = {code: _flag(rules, code) for code in FLAGS}
    entrusted = {}
    for kind in ("working_capital", "fixed_asset"):
        name = f"monitoring/entrusted/{kind}_payment_cny_above"
        if rules.in_force(name):
            entrusted[kind] = (int(rules.decimal(name) * 100), rules.look_up(name).since)
    grade = fill_rules(GradeRule, rules) if rules.in_force("monitoring/grades/misuse_at_least") else None
    return TracingRules(
        as_of, rules.known_on, rules.edition, bounds, ends, findings, grade, typologies, flags, entrusted,
        tuple(rules.records()), tuple(sorted({found.name for found in rules.unverified()})),
    )  # fmt: skip


def _typology(rules: Lookups, code: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    name = f"monitoring/typologies/{code}"
    return _names(rules, name), rules.codes(name)


def _flag(rules: Lookups, code: str) -> tuple[Mapping[str, str], Mapping[str, float]]:
    name = f"monitoring/flags/{code}"
    figures = {key: float(row["value"]) for key, row in rules.table(name).items()}
    return _names(rules, name), figures


def _names(rules: Lookups, name: str) -> Mapping[str, str]:
    title = rules.book.rule(name).title
    return {"zh": title.zh, "en": title.en}


def figures(table: RowTable) -> dict[str, float]:
    """The rows of a table with one column `value`."""
    try:
        return {key: float(row["value"]) for key, row in table.rows.items()}
    except KeyError as error:
        raise InputError("monitoring.rule_column_missing", rule=table.cite.rule) from error
