"""Where do a company's input figures come from? The query that makes one row a company of what the schemes read.

Only the columns that are asked for are computed. Every part is one aggregation of one table, joined to the company.
A register (titles, awards, patents ...) that holds no row at all on the day was never loaded: its counts are missing.
In a register that is loaded, a company without rows counts 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

import ibis

from kejin.dates import add_years
from kejin.evaluation.inputs import INPUTS
from kejin.facts.view import Facts
from kejin.schemes.compile_table import nan_as_missing

NO_ROUND = "none"
STALE_AFTER_YEARS = 2  # a report of the year before last may still be the newest in spring; an older one is stale


def company_inputs(
    facts: Facts, as_of: date, needed: Collection[str], loaded: Collection[str], rights: ibis.Table | None
) -> ibis.Table:
    """One row a company with the columns needed.

    needed    input names (see inputs.py).
    loaded    tables that hold rows on the day.
    rights    one row a company with the counts of rights (from rights_inputs), or None when they are not needed.
    Returns   company_id, name, district, cluster_code, then the columns needed in sorted order; numbers float64.
    """
    parts = [
        part
        for part in (
            _reports(facts, as_of, needed),
            _staff(facts, as_of, needed),
            _profile(facts, as_of, needed),
            _titles(facts, as_of, needed),
            _awards(facts, as_of, needed),
            _standards(facts, as_of, needed),
            _equity(facts, as_of, needed),
            _units(facts, as_of, needed),
            _projects(facts, as_of, needed),
            _contracts(facts, as_of, needed),
            _failings(facts, as_of, needed),
            _expert(facts, needed),
            rights,
        )
        if part is not None
    ]
    wide = side_by_side(_company(facts.table("company"), as_of), parts)
    if "fiscal_years" in needed and "report_year" in wide.columns:
        wide = wide.mutate(fiscal_years=wide.report_year - wide.established_year + 1)
    return wide.select(
        "company_id",
        "name",
        "district",
        "cluster_code",
        *(_finished(wide, name, loaded).name(name) for name in sorted(needed)),
    )


def side_by_side(company: ibis.Table, parts: Sequence[ibis.Table]) -> ibis.Table:
    """Every company with the columns of the parts; each part has one row a company at most.

    One chain of joins and one selection at its end: a selection after each join would be a query of its own.
    """
    wide: Any = company
    names = list(company.columns)
    for number, part in enumerate(parts):
        wide = wide.left_join(part, "company_id", rname=f"{{name}}_of_part_{number}")
        names += [name for name in part.columns if name not in names]
    return wide.select(*names)


def _finished(wide: ibis.Table, name: str, loaded: Collection[str]) -> Any:
    """The column as the schemes want it: counts of loaded registers are 0 where there is no row, NaN is missing."""
    kind = "flag" if name.startswith("holds__") else INPUTS[name].unit if name in INPUTS else "count"
    if name not in wide.columns:
        return ibis.null({"flag": "boolean", "text": "string"}.get(kind, "float64"))
    column = wide[name]
    register = _REGISTER_OF(name)
    if register is not None:
        if register not in loaded:
            if name in _DECLARED_TOO:
                return column
            return ibis.null("boolean" if kind == "flag" else "float64")
        column = column.fill_null(False) if kind == "flag" else column.fill_null(0)
    if kind == "flag":
        return column.cast("boolean")
    if kind == "text":
        text = column.cast("string")
        # A company without a round in a loaded register never had one: that is known, not missing.
        return text.fill_null(NO_ROUND) if name == "latest_equity_round" and "equity_round" in loaded else text
    number = column.cast("float64")
    return nan_as_missing(number) if _may_be_nan(name) else number


_REGISTERS: tuple[tuple[str, str], ...] = (
    (r"holds__.*", "title"),
    (r"award_count__.*|contest_count__.*|national_award_main|awards_provincial_plus_.*", "award"),
    (r"standards_led__.*|standards_3y|standards_joined", "standard"),
    (r"equity_.*", "equity_round"),
    (r"units_.*|accredited_labs", "research_unit"),
    (r"projects_.*|major_special_lead", "research_project"),
    (r"technology_contracts_.*", "technology_contract"),
    (r"serious_incident_1y|serious_failing_2y", "penalty"),
)
# Known from the company's own declaration where the register was never loaded.
_DECLARED_TOO = {"serious_failing_2y"}


def _REGISTER_OF(name: str) -> str | None:  # noqa: N802
    return next((table for pattern, table in _REGISTERS if re.fullmatch(pattern, name)), None)


def _may_be_nan(name: str) -> bool:
    """Ratios and numbers may arrive as NaN from a file; counts and money cannot."""
    return name in INPUTS and INPUTS[name].table in {"business_profile", "expert_score", "staffing"}


def _company(company: ibis.Table, as_of: date) -> ibis.Table:
    born = company.established_on
    today = ibis.literal(as_of)
    active = ibis.cases(
        (company.ended_on <= today, False),
        (company.status.isnull(), ibis.null("boolean")),
        else_=company.status == "active",
    )
    return company.select(
        "company_id",
        "name",
        "district",
        "cluster_code",
        "mainland_resident",
        "listed",
        "on_abnormal_list",
        "on_serious_breach_list",
        "industry_code",
        industry_digits=without_letter(company.industry_code),
        established_year=born.year(),
        age_days=today.delta(born, unit="day"),
        age_years=full_years(born, as_of),
        is_active=active,
    )


def without_letter(code: Any) -> Any:
    """A GB/T 4754 code without the letter of its section."""
    return ibis.ifelse(code.substr(0, 1) >= "A", code.substr(1), code)


def full_years(start: Any, as_of: date) -> Any:
    """Full years from a date column to a day, without an engine's own date arithmetic."""
    not_yet = (start.month() * 100 + start.day()) > as_of.month * 100 + as_of.day
    return as_of.year - start.year() - ibis.ifelse(not_yet, 1, 0)


def _wanted(needed: Collection[str], pattern: str) -> dict[str, re.Match[str]]:
    matches = {name: re.fullmatch(pattern, name) for name in needed}
    return {name: match for name, match in matches.items() if match is not None}


def _recent_years(table: ibis.Table, as_of: date) -> ibis.Table:
    """Rows of complete fiscal years."""
    return table.filter(table.fiscal_year <= as_of.year - 1)


def _base_year(table: ibis.Table, as_of: date) -> ibis.Table:
    fresh = table.filter(table.fiscal_year.between(as_of.year - STALE_AFTER_YEARS, as_of.year - 1))
    return fresh.group_by("company_id").agg(report_year=fresh.fiscal_year.max())


def _by_year(table: ibis.Table, as_of: date, columns: Mapping[str, tuple[str, int]], to_fen: bool) -> ibis.Table:
    """company_id, report_year and each asked (column, years back) as a column of its own."""
    rows = _recent_years(table, as_of)
    base = _base_year(table, as_of)
    joined = rows.join(base, "company_id")
    back = joined.report_year - joined.fiscal_year
    deepest = max((years for _, years in columns.values()), default=0)
    joined = joined.mutate(years_back=back).filter(back.between(0, deepest))

    def pick(column: str, years: int) -> Any:
        value = joined[column]
        return ibis.ifelse(joined.years_back == years, value, ibis.null(value.type())).max()

    grouped = joined.group_by("company_id", "report_year").agg(
        **{name: pick(column, years) for name, (column, years) in columns.items()}
    )
    if not to_fen:
        return grouped
    # Money becomes whole fen once a company, after the aggregation: fewer conversions, and exact.
    return grouped.mutate(**{name: (grouped[name] * 100).cast("int64") for name in columns})


def _reports(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    table = facts.table("annual_report")
    asked = {
        name: (f"{match[1]}_cny", int(match[2]))
        for name, match in _wanted(needed, r"(\w+)_fen_y(\d)").items()
        if f"{match[1]}_cny" in table.columns
    }
    if not asked and "report_year" not in needed:
        return None
    return _by_year(table, as_of, asked, to_fen=True)


def _staff(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    table = facts.table("staffing")
    asked = {
        name: (match[1], int(match[2]))
        for name, match in _wanted(needed, r"(\w+?)_y(\d)").items()
        if match[1] in table.columns
    }
    return _by_year(table, as_of, asked, to_fen=False).drop("report_year") if asked else None


def _profile(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    table = facts.table("business_profile")
    asked = [name for name in needed if name in table.columns]
    extra = [name for name in ("niche_years", "serious_failing_2y") if name in needed]
    if not asked and not extra:
        return None
    fresh = table.filter(table.fiscal_year.between(as_of.year - STALE_AFTER_YEARS, as_of.year))
    newest = fresh.group_by("company_id").agg(newest_year=fresh.fiscal_year.max())
    row = fresh.join(newest, "company_id")
    row = row.filter(row.fiscal_year == row.newest_year)
    columns: dict[str, Any] = {name: row[name] for name in asked}
    if "niche_years" in needed:
        columns["niche_years"] = full_years(row.niche_started_on, as_of)
    return row.select("company_id", **columns)


def _counted(
    facts: Facts, name: str, conditions: Callable[[ibis.Table], Mapping[str, Any]], amount: str | None = None
) -> ibis.Table | None:
    """company_id and, for each condition, the number of rows (or the sum of an amount in fen) that meet it."""
    table = facts.table(name)
    met = conditions(table)
    if not met:
        return None

    def measure(condition: Any) -> Any:
        weight = (table[amount] * 100).cast("int64") if amount else ibis.literal(1, "int64")
        return ibis.ifelse(condition, weight, ibis.literal(0, "int64")).sum()

    return table.group_by("company_id").agg(**{column: measure(condition) for column, condition in met.items()})


def within(column: Any, as_of: date, years: int) -> Any:
    """Did it happen within so many years before the day, the day included?"""
    return (column > ibis.literal(add_years(as_of, -years))) & (column <= ibis.literal(as_of))


def running(table: ibis.Table, start: str, end: str, as_of: date) -> Any:
    """Had it begun and not ended on the day?"""
    today = ibis.literal(as_of)
    return (table[start] <= today) & (table[end].isnull() | (table[end] > today))


def _titles(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    asked = _wanted(needed, r"holds__(\w+)")
    if not asked:
        return None
    table = facts.table("title")
    today = ibis.literal(as_of)
    valid = (
        (table.granted_on <= today)
        & (table.valid_until.isnull() | (table.valid_until >= today))
        & (table.revoked_on.isnull() | (table.revoked_on > today))
    )
    held = {name: ibis.ifelse(valid & (table.title_code == match[1]), 1, 0).max() > 0 for name, match in asked.items()}
    return table.group_by("company_id").agg(**held)


def _awards(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    def conditions(award: ibis.Table) -> dict[str, Any]:
        science = award.award_kind == "science_technology"
        met: dict[str, Any] = {}
        for name, match in _wanted(needed, r"award_count__(\w+?)__top(\d+)__(\d+)y").items():
            met[name] = (
                science
                & (award.level == match[1])
                & (award["rank"] <= int(match[2]))
                & within(award.awarded_on, as_of, int(match[3]))
            )
        for name, match in _wanted(needed, r"contest_count__top(\d+)__(\d+)y").items():
            met[name] = (
                (award.award_kind == "maker_china")
                & (award["rank"] <= int(match[1]))
                & within(award.awarded_on, as_of, int(match[2]))
            )
        if "national_award_main" in needed:
            met["national_award_main"] = science & (award.level == "national") & award.applied_in_main
        high = award.level.isin(["international", "national", "provincial"])
        # One of a fixed window, others of a window that a rule sets.
        for name, match in _wanted(needed, r"awards_provincial_plus__?(\d+)y").items():
            met[name] = science & high & within(award.awarded_on, as_of, int(match[1]))
        return met

    return _counted(facts, "award", conditions)


def _standards(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    def conditions(standard: ibis.Table) -> dict[str, Any]:
        counted = standard.level.isin(["international", "national", "industry"])
        met = {
            name: counted & (standard.role == "led") & within(standard.published_on, as_of, int(match[1]))
            for name, match in _wanted(needed, r"standards_led__(\d+)y").items()
        }
        if "standards_3y" in needed:
            met["standards_3y"] = counted & within(standard.published_on, as_of, 3)
        if "standards_joined" in needed:
            met["standards_joined"] = counted & (standard.published_on <= ibis.literal(as_of))
        return met

    return _counted(facts, "standard", conditions)


def _equity(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    table = facts.table("equity_round")

    def paid_in(equity: ibis.Table) -> dict[str, Any]:
        met = {
            name: within(equity.closed_on, as_of, int(match[1]))
            for name, match in _wanted(needed, r"equity_paid_in_fen__(\d+)y").items()
        }
        for name, match in _wanted(needed, r"equity_qualified_fen__(\d+)y").items():
            met[name] = equity.qualified_investor & within(equity.closed_on, as_of, int(match[1]))
        if "equity_total_fen" in needed:
            met["equity_total_fen"] = equity.closed_on <= ibis.literal(as_of)
        return met

    sums = _counted(facts, "equity_round", paid_in, "amount_cny")
    if not {"equity_rounds", "latest_equity_round"} & set(needed):
        return sums
    past = table.filter(table.closed_on <= ibis.literal(as_of))
    # Day and round as one text, so that two rounds of one day have a defined order on every engine.
    newest = (past.closed_on.cast("string") + past["round"]).max().substr(10)
    rounds = past.group_by("company_id").agg(equity_rounds=past.count(), latest_equity_round=newest)
    return rounds if sums is None else rounds.left_join(sums, "company_id").drop("company_id_right")


def _units(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    levels = {
        "units_national": ["international", "national"],
        "units_provincial": ["provincial"],
        "units_municipal": ["municipal"],
        "units_other": ["district", "company"],
    }

    def conditions(unit: ibis.Table) -> dict[str, Any]:
        here = running(unit, "recognised_on", "ended_on", as_of)
        met = {name: here & unit.level.isin(codes) for name, codes in levels.items() if name in needed}
        if "accredited_labs" in needed:
            met["accredited_labs"] = here & (unit.unit_kind == "accredited_lab")
        return met

    return _counted(facts, "research_unit", conditions)


def _projects(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    def conditions(project: ibis.Table) -> dict[str, Any]:
        here = running(project, "started_on", "ended_on", as_of)
        recent = within(project.started_on, as_of, 3)
        every = {
            "projects_running": here,
            "projects_basic_applied": here & project.project_kind.isin(["basic", "applied"]),
            "projects_provincial_3y": recent & project.level.isin(["international", "national", "provincial"]),
            "projects_national_3y": recent & project.level.isin(["international", "national"]),
            "major_special_lead": project.major_special & (project.role == "lead") & project.related_to_main,
        }
        return {name: condition for name, condition in every.items() if name in needed}

    return _counted(facts, "research_project", conditions)


def _contracts(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    if "technology_contracts_fen_1y" not in needed:
        return None
    return _counted(
        facts,
        "technology_contract",
        lambda contract: {
            "technology_contracts_fen_1y": (contract.role == "seller") & within(contract.signed_on, as_of, 1)
        },
        "amount_cny",
    )


def _failings(facts: Facts, as_of: date, needed: Collection[str]) -> ibis.Table | None:
    if not {"serious_failing_2y", "serious_incident_1y"} & set(needed):
        return None
    penalty, profile = facts.table("penalty"), facts.table("business_profile")
    grave = penalty.penalty_kind.isin(["safety", "quality", "environment", "research_integrity"]) & penalty.serious
    since_last_year = penalty.decided_on >= ibis.literal(date(as_of.year - 1, 1, 1))
    decided = penalty.group_by("company_id").agg(
        penalised=ibis.ifelse(grave & since_last_year, 1, 0).max() > 0,
        serious_incident_1y=ibis.ifelse(grave & within(penalty.decided_on, as_of, 1), 1, 0).max() > 0,
    )
    recent = profile.filter(profile.fiscal_year >= as_of.year - 1)
    declared = recent.group_by("company_id").agg(
        declared=ibis.ifelse(recent.serious_incident | recent.research_misconduct, 1, 0).max() > 0,
        silent=ibis.ifelse(recent.serious_incident.isnull(), 0, 1).max() == 0,
    )
    both = decided.outer_join(declared, "company_id")
    said = ibis.ifelse(both.silent, ibis.null("boolean"), both.declared)
    # Kleene: a penalty or a declaration decides; where only one register speaks, its word stands.
    failing = ibis.cases((both.penalised, True), (said, True), else_=ibis.coalesce(said, both.penalised))
    return both.select(
        company_id=ibis.coalesce(both.company_id, both.company_id_right),
        serious_failing_2y=failing,
        serious_incident_1y=both.serious_incident_1y,
    )


def _expert(facts: Facts, needed: Collection[str]) -> ibis.Table | None:
    asked = _wanted(needed, r"expert__(\w+?)__(\w+)")
    if not asked:
        return None
    score = facts.table("expert_score")
    newest: dict[str, Any] = {}
    for name, match in asked.items():
        here = (score.scheme == match[1]) & (score.item == match[2])
        newest[name] = score.points.argmax(score.scored_on, where=here)
    return score.group_by("company_id").agg(**newest)
