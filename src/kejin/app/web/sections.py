"""From which tables of facts is each section of a page made? Declared here once; what no consent covers is not shown.

A section is shown whole or not at all: where one of its tables is not covered by the consent that the reader has, the
page says which groups of tables are missing, and the interface for programs leaves it out and names it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from kejin.app.shown import table_of
from kejin.casework.consents import group_names
from kejin.evaluation.profile import Profile, Sentence
from kejin.facts.table_groups import missing_groups
from kejin.schemes.scheme import Label
from kejin.workflows.decision_tables import TABLES_READ as DECISION_TABLES
from kejin.workflows.evaluate_companies import TABLES_READ as EVALUATION_TABLES
from kejin.workflows.money_facts import TABLES_READ as TRAIL_TABLES
from kejin.workflows.value_patents import TABLES_READ as VALUATION_TABLES
from kejin.workflows.watch_facts import TABLES_READ as WATCH_TABLES


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: its name, and the tables that it is made from."""

    label: Label
    tables: tuple[str, ...]


SECTIONS: Mapping[str, Section] = {
    "identity": Section(Label("企业概况", "The company"), ("company", "annual_report", "staffing")),
    "titles": Section(Label("资质、评分与阶段", "Titles, scores and stage"), EVALUATION_TABLES),
    "trend": Section(Label("营收与研发趋势", "Revenue and R&D by year"), ("annual_report",)),
    "research_figures": Section(
        Label("研发指标与位次", "Research figures and standing"),
        (
            *("company", "annual_report", "staffing", "patent", "award", "research_project", "research_unit"),
            *("standard", "technology_contract"),
        ),
    ),
    "patent_figures": Section(
        Label("专利指标与位次", "Patent figures and standing"),
        ("company", "annual_report", "patent", "patent_inventor", "patent_citation", "patent_event"),
    ),
    "event_equity_round": Section(Label("股权融资事件", "Equity rounds"), ("equity_round",)),
    "event_title": Section(Label("资质事件", "Titles gained and lost"), ("title",)),
    "event_patent": Section(Label("专利申请与授权", "Patents filed and granted"), ("patent",)),
    "event_loan": Section(Label("贷款事件", "Loans taken"), ("loan",)),
    "event_penalty": Section(Label("处罚事件", "Penalties"), ("penalty",)),
    "loans": Section(Label("贷款", "Loans"), ("loan", "loan_state")),
    "policies": Section(Label("保险", "Insurance"), ("insurance_policy",)),
    "warning": Section(Label("预警", "Early warning"), WATCH_TABLES),
    "patent_values": Section(Label("专利价值", "Value of patents"), VALUATION_TABLES),
    "pledges": Section(Label("专利质押", "Pledge of patents"), (*VALUATION_TABLES, "ownership")),
    "trail": Section(Label("资金流向", "Money trail"), TRAIL_TABLES),
    "decision": Section(Label("授信决策", "Loan decision"), DECISION_TABLES),
    "offers": Section(Label("预授信", "Pre-approval"), DECISION_TABLES),
}
EVENT_SECTIONS: Mapping[str, str] = {
    "equity_round": "event_equity_round",
    "title": "event_title",
    "patent_filed": "event_patent",
    "patent_granted": "event_patent",
    "loan": "event_loan",
    "penalty": "event_penalty",
}
# Sections of the profile that an evaluation gives, and of a whole portrait.
FIGURE_SECTIONS: Mapping[str, str] = {"research": "research_figures", "patents": "patent_figures"}
STANDING_SECTIONS: Mapping[str, str] = {"research": "research_figures", "patent": "patent_figures"}
PROFILE = ("identity", "titles", "trend", "research_figures", "patent_figures")
COMPARED = ("titles", "research_figures", "patent_figures")
PORTRAIT = (*PROFILE, *dict.fromkeys(EVENT_SECTIONS.values()), "loans", "policies", "warning", "patent_values")


@dataclass(frozen=True, slots=True)
class NotCovered:
    """A section that is not shown, and the groups of tables that no consent covers."""

    section: str
    groups: tuple[str, ...]

    def label(self, lang: str) -> str:
        return SECTIONS[self.section].label.of(lang)

    def missing(self, lang: str) -> str:
        return group_names(self.groups, lang)

    def as_json(self, lang: str) -> dict[str, object]:
        return {"section": self.section, "label": self.label(lang), "groups": list(self.groups)}


def is_covered(section: str, covered: Collection[str]) -> bool:
    """Whether a section may be shown to somebody who may read these tables."""
    return not missing_groups(SECTIONS[section].tables, covered)


def not_covered(sections: Iterable[str], covered: Collection[str]) -> dict[str, NotCovered]:
    """The sections that may not be shown, each with the groups that are missing."""
    found = {one: NotCovered(one, missing_groups(SECTIONS[one].tables, covered)) for one in sections}
    return {section: one for section, one in found.items() if one.groups}


def tables_behind(inputs: Iterable[str]) -> tuple[str, ...]:
    """The tables behind some inputs of the evaluation, each once."""
    parts = (part.strip() for name in inputs for part in table_of(name).split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def covered_profile(profile: Profile, covered: Collection[str]) -> Profile:
    """The profile without the sections, inputs, rows and sentences that the consent does not cover."""
    hidden = not_covered(PROFILE, covered)
    if not hidden:
        return profile
    groups = {group for group, section in FIGURE_SECTIONS.items() if section not in hidden}
    figures = tuple(one for one in profile.figures if one.group in groups)
    names = {one.name for one in figures}
    inputs = {
        name: value for name, value in profile.inputs.items() if not missing_groups(tables_behind((name,)), covered)
    }
    standing = {f"{what}_standing" for what, section in STANDING_SECTIONS.items() if section not in hidden}
    identity = tuple(
        one
        for one in profile.identity
        if one.name == "company_id" or (one.name in standing if one.group == "standing" else "identity" not in hidden)
    )
    with_titles = "titles" not in hidden
    return replace(
        profile,
        identity=identity,
        stage=profile.stage if with_titles else None,
        answers=profile.answers if with_titles else (),
        titles=profile.titles if with_titles else (),
        missing=profile.missing if with_titles else (),
        figures=figures,
        inputs=inputs,
        sources=tuple(row for row in profile.sources if row.table in covered),
        strengths=_resting_on(profile.strengths, names),
        weaknesses=_resting_on(profile.weaknesses, names),
    )


def _resting_on(sentences: tuple[Sentence, ...], names: Collection[str]) -> tuple[Sentence, ...]:
    return tuple(one for one in sentences if all(name in names for name in one.rests_on))
