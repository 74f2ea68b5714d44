"""Rows of one source on their way into the store: read and checked in one scan, compared as sets, then inserted.

All statements run inside the caller's transaction. Staged rows stand in temporary tables of the connection:
`stage` (file_no, row_no, v_<column>..., bad, cells of bad rows as text), `refused` (stage row, code, ...) and
`passed_over` (rows that are already there).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kejin.engines.check_rows import RowCheck, any_wrong, findings_sql, plain_name, row_checks, text_name, value_name
from kejin.engines.compare_rows import RowComparison
from kejin.engines.fact_store import FactStore, quoted
from kejin.engines.join_files import joined_relation
from kejin.engines.parse_values import known_on_sql, part_sql, plain_sql, text_literal, value_sql
from kejin.facts.bind_columns import Binding, Feed, columns_of_template
from kejin.facts.declaration import Plausible
from kejin.facts.findings import Finding, Findings, shown
from kejin.facts.row_source import RowSource

BATCHES = "source_batches"
SUSPECT_SHARE, SUSPECT_ROWS_MIN = 0.5, 5


@dataclass(slots=True)
class Counts:
    """Rows of one source: read = loaded + rejected + unchanged (repeated rows count as unchanged)."""

    read: int = 0
    loaded: int = 0
    rejected: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What the staging of a source needs besides the binding."""

    missing: tuple[str, ...] = ()
    id_space: str = "kejin"
    today: date = date.max
    directory: Path | None = None


class Stage:
    """One source being loaded into one table."""

    def __init__(
        self, store: FactStore, source: RowSource, relation: str, storages: Mapping[str, str], findings: Findings
    ) -> None:
        self.store = store
        self.source = source
        self.relation = relation
        self.storages = storages
        self.findings = findings
        self.counts = Counts()
        self.rows_before_join: int | None = None
        self._checks: list[RowCheck] = []
        self._binding: Binding | None = None

    @property
    def binding(self) -> Binding:
        assert self._binding is not None, "fill the stage first"
        return self._binding

    @property
    def _trimmed(self) -> bool:
        return self.source.batches is not None

    def _run(self, query: str) -> Any:
        return self.store.connection.execute(query)

    def fill(self, binding: Binding, reading: Reading) -> None:
        """Reads every row once: values, and whether anything is wrong with the row."""
        self._binding = binding
        plains, values, storages = [], [], {}
        for feed in binding.feeds:
            cell, storage = self._cell(feed, reading)
            name = feed.column.name
            storages[name] = storage
            plains.append(f"{cell} AS {plain_name(name)}")
            read = self._value(feed, plain_name(name), storage, reading)
            values.append(f"({read})::{feed.column.storage} AS {value_name(name)}")
        self._checks = row_checks(binding, storages, reading.today)
        names = [feed.column.name for feed in binding.feeds]
        kept = ", ".join(value_name(name) for name in names)
        cells = ", ".join(f"{plain_name(name)}::VARCHAR" for name in names)
        foreign = [feed for feed in binding.feeds if feed.foreign_columns]
        blank = " AND ".join(f"{plain_name(feed.column.name)} IS NULL" for feed in foreign) or "false"
        self._run("DROP TABLE IF EXISTS stage")
        self._run(
            f"CREATE TEMP TABLE stage AS SELECT file_no, row_no, {kept}, bad, CASE WHEN bad THEN [{cells}] END AS cells"
            f" FROM (SELECT *, ({any_wrong(self._checks)}) AS bad FROM (SELECT *, {', '.join(values)}"
            f" FROM (SELECT file_no, row_no, {', '.join(plains)} FROM {self.relation}) WHERE NOT ({blank})))"
        )
        if self.source.failure is not None:
            raise self.source.failure
        self._run("CREATE OR REPLACE TEMP TABLE refused (id BIGINT, code VARCHAR, column_name VARCHAR, value VARCHAR)")
        self._run("CREATE OR REPLACE TEMP TABLE passed_over (id BIGINT)")
        self.counts.read = self.store.single("SELECT count(*) FROM stage")
        unmatched = (self.rows_before_join or 0) - self.counts.read
        if unmatched > 0:
            like = self._finding("facts.rows_unmatched", 0, None, None, f"{unmatched:,}", {}, "note")
            self.findings.count(like, unmatched)
            self.findings.keep(like)

    def _cell(self, feed: Feed, reading: Reading) -> tuple[str, str]:
        """The plain cell of a feed as an expression, and its type."""
        if feed.constant is not None:
            return text_literal(feed.constant), "VARCHAR"
        if feed.template is not None:
            return self._filled_template(feed.template, reading), "VARCHAR"
        assert feed.foreign is not None, "a feed has a constant, a template or a column"
        storage = self.storages[feed.foreign]
        return plain_sql(quoted(feed.foreign), storage, reading.missing, trimmed=self._trimmed), storage

    def _filled_template(self, template: str, reading: Reading) -> str:
        """The template with its columns' text; missing when one of them is missing."""
        parts, rest = [], template
        for name in columns_of_template(template):
            before, _, rest = rest.partition("{" + name + "}")
            cell = plain_sql(quoted(name), self.storages[name], reading.missing, trimmed=self._trimmed)
            parts += [text_literal(before), part_sql(f"({cell})", self.storages[name])]
        return "(" + " || ".join([*parts, text_literal(rest)]) + ")"

    def _value(self, feed: Feed, plain: str, storage: str, reading: Reading) -> str:
        if feed.known_on is not None:
            return known_on_sql(plain, storage, feed.known_on.months, feed.date_format)
        return value_sql(feed, plain, storage, reading.id_space)

    def refuse_reader_problems(self) -> None:
        """Takes over what the reader found: rows of the wrong width, formulas, error values."""
        problems = self.source.problems
        if not problems:
            return
        by_foreign = {feed.foreign: feed.column.name for feed in self.binding.feeds if feed.foreign is not None}
        ragged = [problem for problem in problems if problem.foreign is None]
        for problem in ragged:
            self.findings.add(self._finding(problem.code, 0, problem.row, None, problem.value, {}))
        self.counts.read += len(ragged)
        self.counts.rejected += len(ragged)
        used = [(problem, by_foreign.get(problem.foreign or "")) for problem in problems]
        rows = self._ids_of_rows([problem.row for problem, column in used if column is not None])
        entries = [
            (rows[problem.row], problem.code, column, problem.value)
            for problem, column in used
            if column is not None and problem.row in rows
        ]
        if entries:
            self.store.connection.executemany("INSERT INTO refused VALUES (?, ?, ?, ?)", entries)

    def _ids_of_rows(self, rows: list[int]) -> dict[int, int]:
        if not rows:
            return {}
        listed = ", ".join(str(row) for row in sorted(set(rows)))
        found = self._run(f"SELECT row_no, rowid FROM stage WHERE row_no IN ({listed})").fetchall()
        return {int(row): int(stage_row) for row, stage_row in found}

    def compare(self) -> None:
        """Keys within the source, references, and rows that the store has already."""
        comparison = RowComparison(self.store, self.binding)
        comparison.compare()
        repeated = self.store.single("SELECT count(*) FROM passed_over")
        if comparison.repeated:
            like = self._finding("facts.row_repeated", 0, None, None, f"{comparison.repeated:,}", {}, "note")
            self.findings.count(like, comparison.repeated)
            self.findings.keep(like)
        self.counts.unchanged = repeated

    def suspect_units(self) -> bool:
        """Whether so many amounts are implausibly small that the source's unit must be wrong; tells either way."""
        refused = False
        fed = {feed.column.name for feed in self.binding.feeds}
        for hint in self.binding.table.plausible:
            if hint.column not in fed or (hint.per is not None and hint.per not in fed):
                continue
            amount, suspect = self._suspect_condition(hint)
            rows = self._run(
                f"SELECT count(*) FILTER ({amount} > 0), count(*) FILTER ({suspect}), min({amount}) FILTER ({suspect})"
                " FROM stage WHERE NOT bad"
            ).fetchall()
            with_amount, suspects, least = rows[0]
            if not suspects:
                continue
            details = {"low": f"{hint.low:,g}", "suspects": f"{suspects:,}", "rows": f"{with_amount:,}"}
            if suspects >= SUSPECT_ROWS_MIN and suspects >= SUSPECT_SHARE * with_amount:
                refused = True
                self.findings.add(self._finding("facts.unit_suspect", 0, None, hint.column, str(least), details))
            else:
                self._doubt_rows(hint, amount, suspect, suspects, details)
        return refused

    def _suspect_condition(self, hint: Plausible) -> tuple[str, str]:
        amount = value_name(hint.column)
        limit = f"{hint.low!r}" if hint.per is None else f"{hint.low!r} * {value_name(hint.per)}"
        return amount, f"coalesce({amount} > 0 AND {amount} < {limit}, false)"

    def _doubt_rows(
        self, hint: Plausible, amount: str, suspect: str, suspects: int, details: Mapping[str, object]
    ) -> None:
        rows = self._run(
            f"SELECT file_no, row_no, {amount} FROM stage WHERE NOT bad AND {suspect}"
            f" ORDER BY file_no, row_no LIMIT {self.findings.limit}"
        ).fetchall()
        for file_no, row_no, value in rows:
            self.findings.keep(
                self._finding("facts.unit_doubtful", file_no, row_no, hint.column, str(value), details, "warning")
            )
        self.findings.count(self._finding("facts.unit_doubtful", 0, None, None, "", {}, "warning"), suspects)

    def insert(self) -> None:
        """Puts the good rows into the store and counts."""
        names = [feed.column.name for feed in self.binding.feeds]
        into = ", ".join(quoted(name) for name in names)
        values = ", ".join(value_name(name) for name in names)
        without = ""
        if self.store.single("SELECT (SELECT count(*) FROM refused) + (SELECT count(*) FROM passed_over)"):
            without = " AND rowid NOT IN (SELECT id FROM refused) AND rowid NOT IN (SELECT id FROM passed_over)"
        self.counts.loaded = self.store.single(
            f"INSERT INTO {quoted(self.binding.table.name)} ({into}) SELECT {values} FROM stage WHERE NOT bad{without}"
        )
        self.counts.rejected += self.store.single(
            "SELECT count(*) FROM stage WHERE bad OR rowid IN (SELECT id FROM refused)"
        )

    def reject_all(self) -> None:
        """Nothing of this source loads."""
        self.counts.rejected = self.counts.read
        self.counts.unchanged = 0
        self.counts.loaded = 0

    def tell(self) -> None:
        """Writes the findings of bad and refused rows."""
        if self.store.single("SELECT (SELECT count(*) FROM stage WHERE bad) + (SELECT count(*) FROM refused)") == 0:
            return
        names = [feed.column.name for feed in self.binding.feeds]
        texts = ", ".join(
            f"cells[{place}] AS {text_name(name)}, cells[{place}] AS {plain_name(name)}, {value_name(name)}"
            for place, name in enumerate(names, 1)
        )
        rows = f"(SELECT rowid AS id, {texts} FROM stage WHERE bad)"
        self._run(
            "CREATE OR REPLACE TEMP TABLE told AS SELECT id, number, code, '' AS column_name, value"
            f" FROM ({findings_sql(self._checks, rows, 'id')})"
            " UNION ALL SELECT id, -1, code, column_name, value FROM refused"
        )
        for code, file_no, number in self._run(
            "SELECT code, file_no, count(*) FROM told JOIN stage ON stage.rowid = told.id GROUP BY ALL ORDER BY ALL"
        ).fetchall():
            self.findings.count(self._finding(code, file_no, None, None, "", {}), number)
        for finding in self._listed_findings():
            self.findings.keep(finding)

    def _listed_findings(self) -> Iterator[Finding]:
        rows = self._run(
            "SELECT code, file_no, row_no, number, column_name, value FROM (SELECT told.*, file_no, row_no,"
            " row_number() OVER (PARTITION BY code, file_no ORDER BY row_no, number) AS place"
            f" FROM told JOIN stage ON stage.rowid = told.id) WHERE place <= {self.findings.limit}"
            " ORDER BY file_no, row_no, number, column_name, code"
        ).fetchall()
        for code, file_no, row_no, number, column_name, value in rows:
            check = self._checks[number] if number >= 0 else None
            column = check.column if check is not None else (column_name or None)
            details = check.details if check is not None else self._details_of_refusal(code, column)
            yield self._finding(code, file_no, row_no, column, value, details)

    def _details_of_refusal(self, code: str, column: str | None) -> Mapping[str, object]:
        if code == "facts.reference_unknown" and column is not None:
            return {"refers": self.binding.table.column(column).refers}
        return {}

    def _finding(
        self,
        code: str,
        file_no: int,
        row: int | None,
        column: str | None,
        value: object,
        details: Mapping[str, object],
        severity: str | None = None,
    ) -> Finding:
        kind: Any = severity or "error"
        file = self.source.shown(int(file_no))
        return Finding(code, kind, file, self.binding.table.name, row, column, shown(value), details)

    def rejected_rows(self, limit: int) -> Iterator[tuple[str, int, dict[str, str]]]:
        """File, row number and the cells as text (foreign text where it is kept) of rows that did not load."""
        names = [feed.column.name for feed in self.binding.feeds]
        cells = ", ".join(f"{value_name(name)}::VARCHAR" for name in names)
        rows = self._run(
            f"SELECT file_no, row_no, coalesce(cells, [{cells}]) FROM stage"
            f" WHERE bad OR rowid IN (SELECT id FROM refused) ORDER BY file_no, row_no LIMIT {limit}"
        ).fetchall()
        for file_no, row_no, texts in rows:
            yield self.source.shown(int(file_no)), int(row_no), dict(zip(names, texts, strict=True))


def open_stage(store: FactStore, source: RowSource, findings: Findings, joins: Any, directory: Path | None) -> Stage:
    """A stage over a source (with its joined files), whose columns and their types are known."""
    if source.batches is None:
        files = ", ".join(text_literal(str(file)) for file in source.files)
        relation = (
            "(SELECT * EXCLUDE (file_index, file_row_number), file_index AS file_no, file_row_number + 1 AS row_no FROM"
            f" (SELECT *, file_index, file_row_number FROM read_parquet([{files}], union_by_name = true,"
            " hive_partitioning = false)))"
        )
    else:
        store.connection.register(BATCHES, source.batches())
        named = ", ".join(f"c{number} AS {quoted(name)}" for number, name in enumerate(source.columns) if name)
        relation = f"(SELECT {named}, 0 AS file_no, row_no FROM {BATCHES})"
    plain = relation
    if joins:
        assert directory is not None, "joined files lie in a directory"
        relation = joined_relation(store, relation, joins, directory)
    described = store.connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    storages = {str(row[0]): str(row[1]) for row in described}
    stage = Stage(store, source, relation, storages, findings)
    if source.batches is None and any(join.required for join in joins):
        stage.rows_before_join = store.single(f"SELECT count(*) FROM {plain}")
    return stage
