"""One company's profile, or many: its row of the run, the schemes as functions, the rows that stand behind it.

The run of the day is made when it is not there yet, because standing among peers needs everybody; after that a profile
is three look-ups and some microseconds of arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from kejin.engines.run_query import rows_of
from kejin.engines.source_rows import source_rows
from kejin.engines.stored_rows import stored_row
from kejin.errors import InputError
from kejin.evaluation.inputs import input_of
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
from kejin.facts.tables import ALL_TABLES
from kejin.schemes.compile_row import RowFunction, compile_row
from kejin.schemes.explain import explain, moved
from kejin.schemes.expressions import Program
from kejin.schemes.scheme import Label, Unit
from kejin.workflows.evaluate_companies import Evaluator
from kejin.workflows.evaluation_query import MEASURES

STAGE_SCHEME = "life_cycle"
SOURCES_MAX = 50  # rows of a table that are listed; a portfolio may have thousands
_BATCH = 500
_STANDINGS = "company_id|.*__percentile|.*__peers|.*_standing"
_TABLE_TITLES = {table.name: Label(table.zh, table.name.replace("_", " ")) for table in ALL_TABLES.values()}


class Profiler:
    """Profiles of one workspace, day and set of rules."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    @cached_property
    def _research(self) -> tuple[Program, RowFunction]:
        program = research_program()
        return program, compile_row(program)

    def profile(self, company_id: str, changes: Mapping[str, Any] | None = None) -> Profile:
        """Everything there is to say of one company.

        changes  inputs set to other values, to see what would follow; standing among peers stays as it is.
        Raises   InputError workflows.company_unknown.
        """
        for profile in self._profiles([company_id], changes or {}):
            return profile
        raise InputError(
            "workflows.company_unknown",
            company=company_id,
            as_of=self.evaluator.as_of,
            workspace=self.evaluator.workspace.path,
        )

    def profiles(self, company_ids: Sequence[str]) -> Iterator[Profile]:
        """The profiles of many companies, in the order of their codes; unknown ones are left out."""
        ordered = sorted(set(company_ids))
        for start in range(0, len(ordered), _BATCH):
            yield from self._profiles(ordered[start : start + _BATCH], {})

    def _profiles(self, company_ids: Sequence[str], changes: Mapping[str, Any]) -> Iterator[Profile]:
        evaluation = self.evaluator.results()
        inputs = self._rows(self.evaluator.folder / "inputs.parquet", ".*", company_ids)
        standings = {row["company_id"]: row for row in self._rows(evaluation, _STANDINGS, company_ids)}
        sources: dict[str, list[SourceRow]] = {}
        tables = self.evaluator.loaded
        backend = self.evaluator.workspace.backend
        for row in source_rows(backend, tables, company_ids, self.evaluator.as_of, SOURCES_MAX):
            key = dict(zip(ALL_TABLES[row["table_name"]].key, row["key"], strict=True))
            source = SourceRow(row["table_name"], key, row["known_on"], row["source"])
            sources.setdefault(row["company_id"], []).append(source)
        for row in inputs:
            company = row["company_id"]
            yield self._built(moved(row, changes), standings.get(company, {}), tuple(sources.get(company, ())))

    def _rows(self, path: Path, columns: str, company_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Columns whose names match a pattern, of the companies that are there."""
        if len(company_ids) == 1:
            row = stored_row(path, company_ids[0], columns)
            return [] if row is None else [row]
        file = str(path).replace("'", "''")
        wanted = f"SELECT COLUMNS('^({columns})$') FROM read_parquet('{file}')"
        sql = f"{wanted} WHERE company_id IN $companies ORDER BY company_id"
        return rows_of(self.evaluator.workspace.backend, sql, {"companies": list(company_ids)})

    def _built(self, row: Mapping[str, Any], standing: Mapping[str, Any], sources: tuple[SourceRow, ...]) -> Profile:
        rules = self.evaluator.rules
        program, research = self._research
        indicators = research({name: row.get(name) for name in program.inputs})
        answers = tuple(explain(scheme, row, input_of) for scheme in rules.schemes)
        titles = tuple(answer for answer in answers if answer.scheme != STAGE_SCHEME)
        figures = (*_research_figures(indicators, standing), *_portfolio_figures(row, standing))
        strengths, weaknesses = strengths_and_weaknesses(figures)
        return Profile(
            row["company_id"],
            str(row["name"]),
            self.evaluator.as_of,
            rules.known_on,
            rules.edition,
            self._identity(row, standing),
            next((answer for answer in answers if answer.scheme == STAGE_SCHEME), None),
            titles,
            figures,
            {name: row.get(name) for name in rules.program.inputs},
            sources,
            rules.unverified,
            tuple(Label(error.part("what", "zh"), error.part("what", "en")) for _, error in rules.absent),
            strengths,
            weaknesses,
            missing_sentences(titles, self.evaluator.loaded, _TABLE_TITLES),
            title_sentences(titles),
        )

    def _identity(self, row: Mapping[str, Any], standing: Mapping[str, Any]) -> tuple[FigureShown, ...]:
        cluster = row.get("cluster_code")
        named = self.evaluator.rules.clusters.get(str(cluster))
        district = ALL_TABLES["company"].column("district")
        districts = {choice.code: Label(choice.zh, choice.en) for choice in district.choices or ()}
        return (
            _shown("company_id", "统一社会信用代码", "Unified social credit code", "text", row["company_id"]),
            _shown("district", "所在区", "District", "text", districts.get(str(row.get("district")))),
            _shown("cluster_code", "20+8产业集群", "20+8 cluster", "text", named or cluster),
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


def _shown(name: str, zh: str, en: str, unit: Unit, value: Any) -> FigureShown:
    return FigureShown(name, Label(zh, en), unit, value, "identity")


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
