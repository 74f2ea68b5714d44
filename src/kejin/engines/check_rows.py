"""The checks of one row, built from the declaration, as DuckDB conditions that hold where something is wrong.

A condition speaks of plain cells (`p_<column>`), read values (`v_<column>`) and, when findings are written, of the
cells as text (`t_<column>`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kejin.engines.fact_store import quoted
from kejin.engines.parse_values import check_character_sql, is_text, text_literal, tidy_number_sql
from kejin.facts.bind_columns import Binding, Feed
from kejin.facts.declaration import Column, Table
from kejin.facts.findings import names_of
from kejin.facts.uscc import LENGTH, PATTERN

TEXT_CHARACTERS_MAX = 10_000
FIRST_DAY, LAST_DAY = "1800-01-01", "2200-12-31"


@dataclass(frozen=True, slots=True)
class RowCheck:
    """One thing that may be wrong with a row.

    code      of the finding; a refined check gives its code as an SQL expression instead, over t_ and v_.
    wrong     condition over p_ and v_ that holds where it is wrong; never NULL.
    value     what to show, as SQL text over t_ and v_.
    """

    code: str
    column: str
    wrong: str
    value: str
    details: Mapping[str, object] = field(default_factory=dict)
    refined: str | None = None


def plain_name(column: str) -> str:
    """The name of a column's plain cell in the staging query."""
    return quoted(f"p_{column}")


def value_name(column: str) -> str:
    """The name of a column's read value in the staging query."""
    return quoted(f"v_{column}")


def text_name(column: str) -> str:
    """The name of a bad row's cell as text when findings are written."""
    return quoted(f"t_{column}")


def row_checks(binding: Binding, storages: Mapping[str, str], today: date) -> list[RowCheck]:
    """Every check of a row of the bound table; storages give the type of each plain cell."""
    checks: list[RowCheck] = []
    for feed in binding.feeds:
        checks += _cell_checks(feed, storages[feed.column.name])
    fed = {feed.column.name for feed in binding.feeds}
    checks += _date_checks(binding.table, fed, today)
    checks += _pair_checks(binding.table, fed)
    return checks


def _never_null(condition: str) -> str:
    return f"coalesce({condition}, false)"


def _cell_checks(feed: Feed, storage: str) -> list[RowCheck]:
    column = feed.column
    plain, value, text = plain_name(column.name), value_name(column.name), text_name(column.name)
    checks = [
        RowCheck(
            "facts.value_unreadable",
            column.name,
            f"({plain} IS NOT NULL AND {value} IS NULL)",
            text,
            _details_of_reading(column),
            refined=_why_unreadable(column, text),
        )
    ]
    if column.required:
        checks.append(RowCheck("facts.value_missing", column.name, f"({plain} IS NULL)", "''"))
    checks += _range_checks(column, value, text)
    if column.kind in ("text", "code") and column.choices is None and not feed.issue_ids:
        checks += _text_checks(column, value, text, storage)
    return checks


def _why_unreadable(column: Column, text: str) -> str:
    """The code that says why a cell could not be read."""
    if column.choices is not None:
        return "'facts.choice_unknown'"
    if column.check in ("ipc", "ipc_list"):
        return "'facts.ipc_invalid'"
    by_kind = {
        "text": "facts.not_text",
        "code": "facts.not_text",
        "date": "facts.not_a_date",
        "timestamp": "facts.not_a_time",
        "flag": "facts.not_yes_or_no",
    }
    if column.kind in by_kind:
        return f"'{by_kind[column.kind]}'"
    tidy = tidy_number_sql(text)
    number = f"TRY_CAST({tidy} AS DOUBLE)"
    digits = f"regexp_full_match({tidy}, '[+-]?[0-9]*[.]?[0-9]*')"
    endless = f"WHEN NOT isfinite({number}) THEN 'facts.not_finite'"
    if column.kind == "money":
        return (
            f"CASE {endless} WHEN abs({number}) >= 1e16 THEN 'facts.number_too_large'"
            f" WHEN {number} IS NOT NULL AND {digits} THEN 'facts.money_too_fine'"
            " ELSE 'facts.not_a_number' END"
        )
    if column.kind == "integer":
        return (
            f"CASE {endless} WHEN abs({number}) >= 9e15 THEN 'facts.number_too_large'"
            f" WHEN {number} IS NOT NULL AND {digits} THEN 'facts.not_whole' ELSE 'facts.not_a_number' END"
        )
    return f"CASE {endless} ELSE 'facts.not_a_number' END"


def _details_of_reading(column: Column) -> dict[str, object]:
    if column.choices is None:
        return {}
    return {"allowed": ", ".join(f"{choice.code} ({choice.zh})" for choice in column.choices)}


def _range_checks(column: Column, value: str, text: str) -> list[RowCheck]:
    details = {
        "low": "-∞" if column.low is None else f"{column.low:g}",
        "high": "∞" if column.high is None else f"{column.high:g}",
    }
    parts = []
    if column.low is not None:
        parts.append(f"{value} < {column.low!r}")
    if column.high is not None:
        parts.append(f"{value} > {column.high!r}")
    if not parts:
        return []
    wrong = _never_null(" OR ".join(parts))
    return [RowCheck("facts.out_of_range", column.name, wrong, f"coalesce({text}, {value}::VARCHAR)", details)]


def _text_checks(column: Column, value: str, text: str, storage: str) -> list[RowCheck]:
    checks = []
    if is_text(storage):
        # strlen counts bytes and is at hand; characters are counted only where there are many bytes.
        too_long = f"strlen({value}) > {TEXT_CHARACTERS_MAX} AND length({value}) > {TEXT_CHARACTERS_MAX}"
        checks.append(
            RowCheck(
                "facts.text_too_long", column.name, _never_null(too_long), text, {"limit": f"{TEXT_CHARACTERS_MAX:,}"}
            )
        )
    if column.check == "uscc":
        shape = f"regexp_full_match({value}, '{PATTERN}')"
        right = f"{shape} AND {check_character_sql(value)} = substr({value}, {LENGTH}, 1)"
        checks.append(RowCheck("facts.credit_code_invalid", column.name, _never_null(f"NOT ({right})"), text))
    elif column.pattern is not None:
        wrong = _never_null(f"NOT regexp_full_match({value}, {text_literal(column.pattern)})")
        checks.append(RowCheck("facts.pattern_mismatch", column.name, wrong, text, {"pattern": column.pattern}))
    elif is_text(storage) and column.refers is None and column.check is None:
        control = _never_null(f"regexp_matches({value}, '[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]')")
        checks.append(RowCheck("facts.control_character", column.name, control, text))
    return checks


def _date_checks(table: Table, fed: set[str], today: date) -> list[RowCheck]:
    """Days must be days of our time; what happened cannot have been known before it happened."""
    checks = []
    known_on = value_name("known_on")
    for column in table.columns:
        if column.name not in fed:
            continue
        value = value_name(column.name)
        if column.kind in ("date", "timestamp"):
            outside = f"{value} < DATE '{FIRST_DAY}' OR {value} > DATE '{LAST_DAY}'"
            details = {"low": FIRST_DAY, "high": LAST_DAY}
            shown = f"{value}::VARCHAR"
            checks.append(RowCheck("facts.out_of_range", column.name, _never_null(outside), shown, details))
        if column.name == "known_on":
            late = _never_null(f"{value} > DATE '{today.isoformat()}'")
            details = {"today": today.isoformat()}
            checks.append(RowCheck("facts.known_on_ahead", column.name, late, f"{value}::VARCHAR", details))
        elif column.kind in ("date", "timestamp") and not column.ahead:
            wrong = _never_null(f"{value}::DATE > {known_on}")
            shown = f"{value}::VARCHAR || ' > ' || {known_on}::VARCHAR"
            checks.append(RowCheck("facts.after_known_on", column.name, wrong, shown))
        elif column.name == "fiscal_year":
            wrong = _never_null(f"{value} > year({known_on})")
            shown = f"{value}::VARCHAR || ' > ' || {known_on}::VARCHAR"
            checks.append(RowCheck("facts.after_known_on", column.name, wrong, shown))
    return checks


def _pair_checks(table: Table, fed: set[str]) -> list[RowCheck]:
    checks = []
    pairs = [("facts.dates_reversed", order.earlier, order.later) for order in table.date_orders]
    pairs += [("facts.part_above_whole", limit.part, limit.whole) for limit in table.at_most]
    for code, low, high in pairs:
        if low in fed and high in fed:
            wrong = _never_null(f"{value_name(low)} > {value_name(high)}")
            shown = f"{value_name(low)}::VARCHAR || ' > ' || {value_name(high)}::VARCHAR"
            checks.append(RowCheck(code, low, wrong, shown, {"other": names_of(table, [high])}))
    return checks


def any_wrong(checks: list[RowCheck]) -> str:
    """Condition that holds for a row with anything wrong."""
    return " OR ".join(check.wrong for check in checks) or "false"


def findings_sql(checks: list[RowCheck], rows: str, row_id: str) -> str:
    """One row a finding: row id, number of the check, code, value shown; `rows` has t_, p_ and v_ columns.

    Only the first wrong check of a cell is told: a cell that cannot be read has no range.
    """
    entries = []
    for number, check in enumerate(checks):
        code = check.refined or text_literal(check.code)
        told = f"{{'number': {number}, 'code': {code}, 'value': substr({check.value}, 1, 200)}}"
        entries.append(f"CASE WHEN {check.wrong} THEN {told} END")
    return (
        f"SELECT id, f.number, f.code, f.value FROM (SELECT {row_id} AS id, unnest([{', '.join(entries)}]) AS f"
        f" FROM {rows}) WHERE f IS NOT NULL"
    )
