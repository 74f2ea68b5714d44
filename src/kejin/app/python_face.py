"""Kejin from Python: `ws = kejin.open("dir"); ws.evaluate(as_of="2026-09-30")`, the same acts as the command."""

from __future__ import annotations

import getpass
from datetime import date
from html import escape
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kejin.dates import parse_day

if TYPE_CHECKING:
    from kejin.evaluation.profile import Profile
    from kejin.workflows.load_facts import LoadReport

ROWS_SHOWN = 10
COLUMNS_SHOWN = 8


class ResultTable:
    """Rows of a result; prints itself, and goes to pandas, Polars or Arrow.

    `notes` are sentences that belong beside the figures: rules that are unverified or not in force.
    """

    def __init__(self, rows: Any, notes: tuple[str, ...] = ()) -> None:
        self.query = rows
        self.notes = notes

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.query.columns)

    def __len__(self) -> int:
        return int(self.query.count().to_pyarrow().as_py())

    def to_arrow(self) -> Any:
        """All rows as a pyarrow.Table."""
        return self.query.to_pyarrow()

    def to_pandas(self) -> Any:
        """All rows as a pandas.DataFrame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """All rows as a polars.DataFrame; Polars has to be installed."""
        import polars

        return polars.from_arrow(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def _first(self) -> tuple[list[str], list[list[str]]]:
        names = list(self.columns[:COLUMNS_SHOWN])
        rows = self.query.select(*names).limit(ROWS_SHOWN).to_pyarrow().to_pylist()
        return names, [["missing" if row[name] is None else str(row[name]) for name in names] for row in rows]

    def __repr__(self) -> str:
        names, rows = self._first()
        widths = [max(len(cell) for cell in column) for column in zip(names, *rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (names, *rows)
        ]
        size = f"{len(self):,} rows × {len(self.columns)} columns"
        return "\n".join([*lines, size, *self.notes])

    def _repr_html_(self) -> str:
        names, rows = self._first()
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        size = f"<p>{len(self):,} rows × {len(self.columns)} columns</p>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{size}{notes}"


class OpenWorkspace:
    """A workspace opened from Python; close it, or use it in a `with`."""

    def __init__(self, path: str | Path, write: bool = False) -> None:
        from kejin.workflows.workspace import Workspace

        self.workspace = Workspace.open(path, read_only=not write)

    def evaluate(self, as_of: date | str | None = None, *, actor: str | None = None) -> ResultTable:
        """Every company's evaluation on a day (today when not given); written into the journal."""
        from kejin.engines.run_query import read_parquet
        from kejin.workflows.evaluate_companies import evaluate_companies

        run = evaluate_companies(self.workspace, _day(as_of), actor or getpass.getuser())
        notes = [error.part("what") for _, error in run.rules.absent]
        if run.rules.unverified:
            notes.append("unverified rules used: " + ", ".join(run.rules.unverified))
        return ResultTable(read_parquet(self.workspace.backend, run.path), tuple(notes))

    def trace_funds(
        self, as_of: date | str | None = None, *, loan: str | None = None, rule: str = "lifo", actor: str | None = None
    ) -> ResultTable:
        """Where the money of every loan went, or of one; written into the journal."""
        from kejin.engines.run_query import read_parquet
        from kejin.workflows.loan_tracing import TraceOptions
        from kejin.workflows.trace_funds import FundTracing, trace_funds

        tracing = FundTracing(self.workspace, _day(as_of), TraceOptions(rule), loan)  # type: ignore[arg-type]
        run = trace_funds(tracing, actor or getpass.getuser())
        notes = [error.part("what") for error in run.findings]
        if run.rules.unverified:
            notes.append("unverified rules used: " + ", ".join(run.rules.unverified))
        return ResultTable(read_parquet(self.workspace.backend, run.path), tuple(notes))

    def profile(self, company: str, as_of: date | str | None = None, **changes: Any) -> Profile:
        """One company's profile; keyword arguments set inputs to other values, to see what would follow."""
        from kejin.workflows.company_profile import Profiler
        from kejin.workflows.evaluate_companies import Evaluator

        evaluator = Evaluator(self.workspace, _day(as_of))
        evaluator.check()
        return Profiler(evaluator).profile(company, changes)

    def facts(self, table: str, as_of: date | str | None = None) -> ResultTable:
        """The rows of a table of facts that were known on a day."""
        return ResultTable(self.workspace.facts(_day(as_of)).table(table))

    def load(self, *paths: str | Path) -> LoadReport:
        """Check files and load the good rows; the workspace must be open for writing."""
        from kejin.workflows.load_facts import load_facts

        return load_facts(self.workspace, [Path(path) for path in paths])

    def close(self) -> None:
        self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _day(day: date | str | None) -> date:
    if day is None:
        return date.today()  # noqa: DTZ011 — the user's own day is meant
    return parse_day(day) if isinstance(day, str) else day
