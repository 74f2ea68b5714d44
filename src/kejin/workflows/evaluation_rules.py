"""Everything that the rules of a day say about evaluation, looked up once a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from kejin.errors import InputError
from kejin.evaluation.patent_states import PATENT_KINDS, PatentTerm
from kejin.evaluation.research_indicators import research_program
from kejin.evaluation.schemes.catalogue import SCHEMES, SchemeVersion
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.rule_values import BandTable, CodeMap, CodeSet, Figure, from_rule
from kejin.schemes.expressions import Program, combined
from kejin.schemes.scheme import Label, Scheme
from kejin.workflows.fill_rules import fill_rules

Record = TypeVar("Record")
_SILENT = ("policy.nothing_in_force", "policy.nothing_known")


@dataclass(frozen=True, slots=True)
class RightsRules:
    """What counts as which right."""

    class_one_kinds: CodeSet = from_rule("titles/high_tech/class_one_kinds")
    class_two_kinds: CodeSet = from_rule("titles/high_tech/class_two_kinds")
    field_by_ipc: CodeMap = from_rule("technology_fields/ipc_prefix")
    fields_by_industry: CodeMap = from_rule("technology_fields/usual_by_industry")

    @property
    def usual_fields(self) -> dict[str, tuple[int, ...]]:
        """Industry class or its beginning -> the WIPO fields usual for it (written 6+8 in the rule)."""
        return {
            code: tuple(int(number) for number in fields.split("+"))
            for code, fields in self.fields_by_industry.entries.items()
        }


@dataclass(frozen=True, slots=True)
class HighValueFigures:
    """When an invention patent is of high value."""

    criteria: CodeSet = from_rule("patents/high_value_invention/criteria")
    maintained_years_above: Figure = from_rule("patents/high_value_invention/maintained_years_above")


@dataclass(frozen=True, slots=True)
class ClusterRules:
    """Which cluster an industry usually belongs to."""

    by_industry: CodeMap = from_rule("clusters/by_industry")


@dataclass(frozen=True, slots=True)
class PeerRules:
    """Who counts as a peer."""

    size_by_staff: BandTable = from_rule("peers/size_by_staff")
    peers_min: Figure = from_rule("peers/peers_min")


@dataclass(frozen=True)
class EvaluationRules:
    """The rules of one day, ready for the models.

    schemes     in force on the day, in catalogue order; the life-cycle stage is one of them.
    absent      schemes that nothing was in force for, with the reason.
    used        every value looked up, as the journal stores it.
    unverified  names of the rules used that nobody has checked against an official text.
    """

    as_of: date
    known_on: date
    edition: str
    schemes: tuple[Scheme, ...]
    absent: tuple[tuple[str, InputError], ...]
    rights: RightsRules
    high_value: HighValueFigures | None
    peers: PeerRules
    cluster_by_industry: Mapping[str, str]
    terms: tuple[PatentTerm, ...]
    clusters: Mapping[str, Label]
    fields: Mapping[str, Label]
    used: tuple[Mapping[str, Any], ...]
    unverified: tuple[str, ...]

    @cached_property
    def program(self) -> Program:
        """The research indicators and every scheme in force, as one program."""
        return combined((research_program(), *(scheme.program for scheme in self.schemes)))

    def scheme(self, name: str) -> Scheme | None:
        """The scheme of this id, when it is in force."""
        return next((scheme for scheme in self.schemes if scheme.id == name), None)


def rules_of_day(as_of: date, known_on: date | None = None, overlay: Path | None = None) -> EvaluationRules:
    """Look everything up for a day, as known on a day (the same one when not given).

    A scheme for which nothing is in force is left out and named in `absent`. Raises InputError where a rule that every
    evaluation needs (rights, peers, fields) is not in force.
    """
    rules = Lookups(RuleBook.shipped(overlay), as_of, known_on)
    schemes: list[Scheme] = []
    absent: list[tuple[str, InputError]] = []
    for name, versions in SCHEMES.items():
        try:
            schemes.append(_scheme(rules, name, versions))
        except InputError as error:
            if error.code not in _SILENT:
                raise
            absent.append((name, error))
    rights, peers = fill_rules(RightsRules, rules), fill_rules(PeerRules, rules)
    cluster_rules = _if_in_force(ClusterRules, rules)
    terms = patent_terms(rules)
    clusters = _labels(rules, "clusters/industry_clusters") | _labels(rules, "clusters/future_industries")
    return EvaluationRules(
        as_of,
        rules.known_on,
        rules.edition,
        tuple(schemes),
        tuple(absent),
        rights,
        _if_in_force(HighValueFigures, rules),
        peers,
        cluster_rules.by_industry.entries if cluster_rules else {},
        terms,
        clusters,
        _labels(rules, "technology_fields/fields"),
        tuple(rules.records()),
        tuple(sorted({found.name for found in rules.unverified()})),
    )


def _if_in_force(record: type[Record], rules: Lookups) -> Record | None:
    """The record, or None on days before its rules began; what hangs on it then stays open."""
    try:
        return fill_rules(record, rules)
    except InputError as error:
        if error.code not in _SILENT:
            raise
        return None


def _scheme(rules: Lookups, name: str, versions: Mapping[str, SchemeVersion]) -> Scheme:
    """The version of the scheme that is in force on the day."""
    if len(versions) == 1:
        (version,) = versions.values()
    else:
        version = versions[rules.choice(f"titles/{name}/version")]
    return version.build(fill_rules(version.rules, rules))


def patent_terms(rules: Lookups) -> tuple[PatentTerm, ...]:
    """Terms by day of filing: every dated value of the rule that is known, not only the one in force on the day."""
    rule = rules.book.rule("patents/term_years")
    rules.look_up("patents/term_years")
    terms = []
    for dated in rule.values:
        if rules.book.known_since(dated) > rules.known_on:
            continue
        table = rules.book.table("patents/term_years", dated.from_, rules.known_on)
        terms += [PatentTerm(kind, dated.from_, int(table[kind]["years"])) for kind in PATENT_KINDS]
    return tuple(terms)


def _labels(rules: Lookups, name: str) -> dict[str, Label]:
    try:
        return {one.code: Label(one.names.zh, one.names.en) for one in rules.named_codes(name)}
    except InputError as error:
        if error.code not in _SILENT:
            raise
        return {}
