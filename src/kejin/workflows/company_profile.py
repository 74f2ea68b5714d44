"""One company's profile: the same query restricted to its rows, the schemes as functions, its standing from the run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kejin.engines.run_query import read_parquet, rows_of, sql_of
from kejin.errors import InputError
from kejin.evaluation.compile_row import RowFunction, compile_row
from kejin.evaluation.explain import explain, moved
from kejin.evaluation.patent_portfolio import COLUMNS as PORTFOLIO
from kejin.evaluation.profile import (
    FigureShown,
    Profile,
    SourceRow,
    missing_sentences,
    strengths_and_weaknesses,
    title_sentences,
)
from kejin.evaluation.research_indicators import RESEARCH_INDICATORS, research_program
from kejin.evaluation.scheme import Label, Unit
from kejin.facts.tables import ALL_TABLES
from kejin.workflows.evaluate_companies import Evaluator
from kejin.workflows.evaluation_query import COHORT, MEASURES, inputs_table

if TYPE_CHECKING:
    import ibis.expr.types as ir

_PLACE = "§company§"  # stands for the company in a compiled query; no code or name holds it
_THROUGH_PATENT = {"patent_event", "patent_inventor"}
_CITED = {"patent_citation"}
STAGE_SCHEME = "life_cycle"
SOURCES_MAX = 200  # rows of a table that are listed; a portfolio may have thousands


class OneCompany:
    """The facts of a day restricted to one company: its own rows, and the rows of its patents."""

    def __init__(self, evaluator: Evaluator, company_id: str) -> None:
        self._facts = evaluator.facts
        self._company = company_id

    def table(self, name: str) -> ir.Table:
        rows = self._facts.table(name)
        if name in _THROUGH_PATENT:
            return rows.semi_join(self._own_patents(), "publication_number")
        if name in _CITED:
            return rows.semi_join(self._own_patents(), rows.cited_number == self._own_patents().publication_number)
        return rows.filter(rows.company_id == self._company) if "company_id" in rows.columns else rows

    def _own_patents(self) -> ir.Table:
        patents = self._facts.table("patent")
        return patents.filter(patents.company_id == self._company).select("publication_number")


class Profiler:
    """Profiles of one workspace, day and set of rules; the compiled query and the peers are kept between companies."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    @cached_property
    def _sql(self) -> str:
        facts = OneCompany(self.evaluator, _PLACE)
        patents = self.evaluator.patents()
        own = patents.filter(patents.company_id == _PLACE)
        return sql_of(inputs_table(facts, self.evaluator.rules, self.evaluator.loaded, own)).replace(
            f"'{_PLACE}'", "$company"
        )

    @cached_property
    def _research(self) -> RowFunction:
        return compile_row(research_program())

    @cached_property
    def _standing_sql(self) -> str:
        results = read_parquet(self.evaluator.workspace.backend, self.evaluator.results())
        columns = [name for name in results.columns if name.endswith(("__percentile", "__peers", "_standing"))]
        chosen = results.filter(results.company_id == _PLACE).select(*columns, *COHORT)
        return sql_of(chosen).replace(f"'{_PLACE}'", "$company")

    def row(self, company_id: str) -> dict[str, Any]:
        """Inputs and portfolio of one company. Raises InputError workflows.company_unknown."""
        rows = self._query(self._sql, company_id)
        if not rows:
            raise InputError(
                "workflows.company_unknown",
                company=company_id,
                as_of=self.evaluator.as_of,
                workspace=self.evaluator.workspace.path,
            )
        return rows[0]

    def profile(self, company_id: str, changes: Mapping[str, Any] | None = None) -> Profile:
        """Everything there is to say of one company.

        changes  inputs set to other values, to see what would follow; standing among peers stays as it is.
        """
        row = moved(self.row(company_id), changes or {})
        standing = next(iter(self._query(self._standing_sql, company_id)), {})
        rules = self.evaluator.rules
        indicators = self._research({name: row.get(name) for name in research_program().inputs})
        answers = tuple(explain(scheme, row) for scheme in rules.schemes)
        titles = tuple(answer for answer in answers if answer.scheme != STAGE_SCHEME)
        figures = (*_research_figures(indicators, standing), *_portfolio_figures(row, standing))
        strengths, weaknesses = strengths_and_weaknesses(figures)
        return Profile(
            company_id,
            str(row["name"]),
            self.evaluator.as_of,
            rules.known_on,
            rules.edition,
            self._identity(row, standing),
            next((answer for answer in answers if answer.scheme == STAGE_SCHEME), None),
            titles,
            figures,
            {name: row.get(name) for name in rules.program.inputs},
            self._sources(company_id),
            rules.unverified,
            tuple(Label(error.part("what", "zh"), error.part("what", "en")) for _, error in rules.absent),
            strengths,
            weaknesses,
            missing_sentences(titles, self.evaluator.loaded),
            title_sentences(titles),
        )

    def _query(self, sql: str, company_id: str) -> list[dict[str, Any]]:
        return rows_of(self.evaluator.workspace.backend, sql, {"company": company_id})

    def _identity(self, row: Mapping[str, Any], standing: Mapping[str, Any]) -> tuple[FigureShown, ...]:
        cluster = row.get("cluster_code")
        named = self.evaluator.rules.clusters.get(str(cluster))
        district = ALL_TABLES["company"].column("district")
        districts = {choice.code: Label(choice.zh, choice.en) for choice in district.choices or ()}
        return (
            _shown("company_id", "统一社会信用代码", "Unified social credit code", "text", row["company_id"]),
            _shown("district", "所在区", "District", "text", _name(districts.get(str(row.get("district"))))),
            _shown("cluster_code", "20+8产业集群", "20+8 cluster", "text", _name(named) or cluster),
            _shown("industry_code", "行业代码", "Industry class", "text", row.get("industry_code")),
            _shown("age_years", "成立年数", "Full years since registration", "year", row.get("age_years")),
            _shown("report_year", "最近财务年度", "Last fiscal year known", "text", _year(row.get("report_year"))),
            _shown("size_group", "规模分组", "Size group", "level", row.get("size_group")),
            *(
                FigureShown(name, Label(zh, en), "ratio", standing.get(name), "standing", higher_is_better=True)
                for name, zh, en in (
                    ("research_standing", "研发综合位次", "Standing in research"),
                    ("patent_standing", "专利综合位次", "Standing in patents"),
                )
            ),
        )

    def _sources(self, company_id: str) -> tuple[SourceRow, ...]:
        """The rows of the company that were known, newest version of each, with where they came from."""
        facts = OneCompany(self.evaluator, company_id)
        found: list[SourceRow] = []
        for name in sorted(self.evaluator.loaded):
            table, key = facts.table(name), ALL_TABLES[name].key
            if name in _THROUGH_PATENT | _CITED:
                continue
            rows = table.select(*key, "known_on", "source").order_by(*key).limit(SOURCES_MAX).to_pyarrow().to_pylist()
            found += [
                SourceRow(name, {part: str(row[part]) for part in key}, row["known_on"], row["source"]) for row in rows
            ]
        return tuple(found)


def _shown(name: str, zh: str, en: str, unit: Unit, value: Any) -> FigureShown:
    return FigureShown(name, Label(zh, en), unit, value, "identity")


def _name(label: Label | None) -> str | None:
    return None if label is None else f"{label.zh} {label.en}"


def _year(value: float | None) -> str | None:
    return None if value is None else str(int(value))


def _research_figures(values: Mapping[str, Any], standing: Mapping[str, Any]) -> list[FigureShown]:
    return [
        FigureShown(
            one.name,
            one.label,
            one.unit,
            values.get(one.name),
            "research",
            None if one.better == "none" else one.better == "higher",
            standing.get(f"{one.name}__percentile"),
            standing.get(f"{one.name}__peers"),
            tuple(one.needs),
        )
        for one in RESEARCH_INDICATORS
    ]


def _portfolio_figures(row: Mapping[str, Any], standing: Mapping[str, Any]) -> list[FigureShown]:
    ranked = {measure.column: measure.higher_is_better for measure in MEASURES}
    return [
        FigureShown(
            name,
            label,
            unit,
            row.get(name),
            "patents",
            ranked.get(name),
            standing.get(f"{name}__percentile"),
            standing.get(f"{name}__peers"),
            ("patent",),
        )
        for name, (unit, label) in PORTFOLIO.items()
    ]
