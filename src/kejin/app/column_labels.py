"""What does each column of a result mean? Label, unit and names of its codes, for headers that people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kejin.app.shown import STAGES
from kejin.evaluation.patent_portfolio import COLUMNS as PORTFOLIO
from kejin.evaluation.research_indicators import RESEARCH_INDICATORS
from kejin.facts.tables import ALL_TABLES
from kejin.schemes.scheme import Label, Scheme, Unit, step

if TYPE_CHECKING:
    from kejin.workflows.evaluation_rules import EvaluationRules

LOW, HIGH = Label("最低", "lowest"), Label("最高", "highest")


@dataclass(frozen=True, slots=True)
class ColumnLabel:
    """A column as a reader sees it.

    codes   code -> name, where the column holds codes.
    """

    label: Label
    unit: Unit = "text"
    codes: Mapping[Any, Label] = field(default_factory=dict)


def result_labels(rules: EvaluationRules) -> dict[str, ColumnLabel]:
    """The labels of every column of an evaluation's result."""
    labels = _identity(rules)
    for one in RESEARCH_INDICATORS:
        labels[one.name] = ColumnLabel(one.label, one.unit)
    for name, (unit, label) in PORTFOLIO.items():
        labels[name] = ColumnLabel(label, unit)
    for name, shown in list(labels.items()):
        zh, en = shown.label.zh, shown.label.en
        labels[f"{name}__percentile"] = ColumnLabel(Label(f"{zh}：同业位次", f"{en}: percentile among peers"), "ratio")
        labels[f"{name}__peers"] = ColumnLabel(Label(f"{zh}：同业家数", f"{en}: number of peers"), "count")
    for scheme in rules.schemes:
        labels |= _scheme(scheme)
    return labels


def _identity(rules: EvaluationRules) -> dict[str, ColumnLabel]:
    company = ALL_TABLES["company"]
    districts = {choice.code: Label(choice.zh, choice.en) for choice in company.column("district").choices or ()}
    return {
        "company_id": ColumnLabel(Label("统一社会信用代码", "Unified social credit code")),
        "name": ColumnLabel(Label("企业名称", "Company")),
        "district": ColumnLabel(Label("所在区", "District"), codes=districts),
        "cluster_code": ColumnLabel(Label("20+8产业集群", "20+8 cluster"), codes=dict(rules.clusters)),
        "size_group": ColumnLabel(Label("规模分组", "Size group"), "level"),
        "report_year": ColumnLabel(Label("最近财务年度", "Last fiscal year known"), "level"),
        "research_standing": ColumnLabel(Label("研发综合位次", "Standing in research"), "ratio"),
        "patent_standing": ColumnLabel(Label("专利综合位次", "Standing in patents"), "ratio"),
    }


def _scheme(scheme: Scheme) -> dict[str, ColumnLabel]:
    """Answer, score, gates, blocks and items of one scheme."""

    def named(zh: str, en: str, unit: Unit, *parts: str, codes: Mapping[Any, Label] | None = None) -> None:
        label = Label(f"{scheme.label.zh}：{zh}", f"{scheme.label.en}: {en}")
        labels[step(scheme.id, *parts)] = ColumnLabel(label, unit, codes or {})

    labels: dict[str, ColumnLabel] = {}
    named("是否符合", "qualifies", "flag", "qualifies")
    named("阶段", "stage", "text", "stage_code", codes=dict(STAGES))
    for end, word in (("low", LOW), ("high", HIGH)):
        named(f"得分{word.zh}", f"score, {word.en}", "point", "score", end)
        for item in scheme.items:
            named(f"{item.label.zh}得分{word.zh}", f"{item.label.en}, {word.en} points", "point", item.name, end)
        for block in scheme.blocks:
            named(
                f"{block.label.zh}小计{word.zh}",
                f"{block.label.en}, {word.en} in all",
                "point",
                block.name,
                f"block_{end}",
            )
    for gate in scheme.gates:
        named(gate.label.zh, gate.label.en, "flag", gate.name)
    return labels
